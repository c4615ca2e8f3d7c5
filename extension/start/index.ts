/** The first minutes: New Flow, the example, and `import "millrace"` without red lines. */
import path from "node:path";
import type * as Vscode from "vscode";
import type { CommandElement, Context } from "../context.ts";
import { chooseFolder } from "./folders.ts";
import { showStub } from "./show-stub.ts";
import { createTypesState, type TypesState } from "./types-state.ts";

export { linkTypes } from "./link-types.ts";
export type { TypesState } from "./types-state.ts";

export function registerStart(context: Context): TypesState {
  const { vscode, flows, own } = context;
  const types = createTypesState(context);
  const command = (name: string, doing: string, work: (argument: unknown) => Promise<void>): void => {
    const handler = (argument: unknown) => work(argument).catch((thrown: unknown) => context.report(thrown, doing));
    own(vscode.commands.registerCommand(name, handler));
  };

  command("millrace.newFlow", "New Flow", async () => {
    await (await import("./new-flow.ts")).newFlow(context, types);
  });
  command("millrace.example", "Taxi Example", async () => {
    await (await import("./example.ts")).copyExample(context, types);
  });
  command("millrace.linkTypes", "Linking the types of millrace", async (argument) => {
    await types.check(await place(argument), "asked");
  });
  command("millrace.installPackage", "Installing millrace", async (argument) => {
    const uri = await place(argument);
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    if (folder === undefined) return;
    const { installPackage } = await import("./install-package.ts");
    await installPackage(context, folder, path.dirname(uri.fsPath));
    types.look();
  });

  /** The file that the quick fix stands in, or a file of the folder that is picked. */
  async function place(argument: unknown): Promise<Vscode.Uri> {
    const named = uriOf(argument) ?? vscode.window.activeTextEditor?.document.uri;
    if (named !== undefined && vscode.workspace.getWorkspaceFolder(named) !== undefined) return named;
    const folder = await chooseFolder(context, "Types are linked into a folder. Open one first.");
    return vscode.Uri.joinPath(folder.uri, "package.json");
  }

  function uriOf(argument: unknown): Vscode.Uri | undefined {
    if (argument instanceof vscode.Uri) return argument;
    if (typeof argument === "string") return vscode.Uri.parse(argument);
    const target = isElement(argument) ? argument.target : undefined;
    return target === undefined ? undefined : vscode.Uri.parse(target.uri);
  }

  /** Opening a file that imports millrace - flows, tasks or blocks -, or coming back to it after something was installed. */
  const seen = (document: Vscode.TextDocument | undefined): void => {
    if (document === undefined || !(flows.files.has(document.uri.toString()) || importsMillrace(document))) return;
    const { uri } = document;
    types.check(uri, "open").catch((thrown: unknown) => context.log.warn(`types of ${uri.fsPath}: ${String(thrown)}`));
  };
  own(vscode.window.onDidChangeActiveTextEditor((editor) => seen(editor?.document)));
  own(
    flows.onDidChange((changed) => {
      types.look();
      const active = vscode.window.activeTextEditor?.document;
      if (active !== undefined && changed.includes(active.uri.toString())) seen(active);
    }),
  );
  own(vscode.workspace.onDidGrantWorkspaceTrust(() => seen(vscode.window.activeTextEditor?.document)));
  own(vscode.workspace.onDidChangeWorkspaceFolders(() => types.look()));
  own(
    context.settings.onDidChange((event) => {
      if (!event.affectsConfiguration("millrace.types.link")) return;
      types.look();
      seen(vscode.window.activeTextEditor?.document);
    }),
  );
  showStub(context, types);
  own(types.onDidChange(() => flows.tell({ types_linked: types.linked })));
  // Whether folders have the types is looked up with their first flows: nobody asks before.
  seen(vscode.window.activeTextEditor?.document);
  return types;
}

function importsMillrace(document: Vscode.TextDocument): boolean {
  const isCode = /^(type|java)script/.test(document.languageId);
  return isCode && /\bfrom\s*["']millrace(?:\/\w+)?["']/.test(document.getText());
}

function isElement(value: unknown): value is CommandElement {
  return typeof value === "object" && value !== null && "target" in value;
}
