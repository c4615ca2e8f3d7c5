/** New Flow: asks for a name, and leaves the cursor in a flow that runs. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type * as Vscode from "vscode";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { Context } from "../context.ts";
import { isInside } from "../paths.ts";
import { CancelledByUser } from "../problems.ts";
import { type FlowName, type KnownFlow, nameLikeOthers, readFlowName } from "./flow-name.ts";
import { chooseFolder } from "./folders.ts";
import { starterFlow } from "./starter.ts";
import type { TypesState } from "./types-state.ts";

/** Where flows are put that belong nowhere yet. */
const flowsFolder = "flows";

/** @throws CancelledByUser; MillraceError "conflict" when the file has come to be meanwhile. */
export async function newFlow(context: Context, types: TypesState): Promise<void> {
  const { vscode } = context;
  const folder = await chooseFolder(context, "A flow lives in a folder. Open one, then choose New Flow again.");
  const typed = await vscode.window.showInputBox({
    title: "New Flow",
    prompt: `What does it do? The name becomes a file in ${flowsFolder}/.`,
    placeHolder: "daily report",
    validateInput: (text) => validation(context, folder, text),
  });
  if (typed === undefined) throw new CancelledByUser();
  const verdict = readFlowName(typed);
  if (verdict.kind === "bad") throw new MillraceError("bad-usage", verdict.problem);
  const file = fileOf(folder, verdict.name);
  const uri = vscode.Uri.file(file);
  // First the types: a file that is opened before they are there shows red lines for seconds.
  await types.check(uri, "newFlow");
  const starter = starterFlow(verdict.name);
  await writeNew(file, starter.text);
  const cursor = new vscode.Position(starter.line, starter.character);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(cursor, cursor), preview: false });
}

function fileOf(folder: Vscode.WorkspaceFolder, name: FlowName): string {
  return path.join(folder.uri.fsPath, flowsFolder, `${name.file}.ts`);
}

async function writeNew(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")
      throw new MillraceError("conflict", `${file} is there already; choose another name.`, { cause: thrown });
    throw thrown;
  }
}

/** What stands under the box: what is wrong with the name, whom it resembles, or what will be made. */
function validation(
  { vscode, flows }: Pick<Context, "vscode" | "flows">,
  folder: Vscode.WorkspaceFolder,
  text: string,
): Vscode.InputBoxValidationMessage | undefined {
  if (text.trim() === "") return undefined;
  const severity = vscode.InputBoxValidationSeverity;
  const verdict = readFlowName(text);
  if (verdict.kind === "bad") return { severity: severity.Error, message: verdict.problem };
  const shown = `${flowsFolder}/${verdict.name.file}.ts`;
  if (existsSync(fileOf(folder, verdict.name)))
    return { severity: severity.Error, message: `${shown} is there already; choose another name.` };
  const known: KnownFlow[] = [...flows.files.values()]
    .filter(({ uri }) => isInside(vscode.Uri.parse(uri).fsPath, [folder.uri.fsPath]))
    .flatMap(({ uri, flows: sites }) => sites.map(({ name }) => ({ name, place: placeOf(vscode, uri) })));
  const like = nameLikeOthers(verdict.name, known);
  if (like !== undefined) return { severity: severity.Warning, message: like };
  return { severity: severity.Info, message: `Creates ${shown} with the flow "${verdict.name.identifier}".` };
}

function placeOf(vscode: Context["vscode"], uri: string): string {
  return vscode.workspace.asRelativePath(vscode.Uri.parse(uri), false);
}
