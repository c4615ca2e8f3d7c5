/** The taxi example: a whole pipeline, with a small sample beside it, so that it also runs without the internet. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Context } from "../context.ts";
import { chooseFolder } from "./folders.ts";
import type { TypesState } from "./types-state.ts";

/** The folder that is made, and the file in it that is shown. */
const target = "taxi";
const first = "etl-parent.ts";

/** What the example's home says of itself, and what it says here. */
const published = /^export const tripSource = (".*");$/m;
const place = "examples/zoomcamp/";

/** Never writes over a file: an example that is there is shown as it is. @throws CancelledByUser */
export async function copyExample(context: Context, types: TypesState): Promise<void> {
  const { vscode, extension } = context;
  const folder = await chooseFolder(context, "The example is put into a folder. Open one, then choose it again.");
  const to = path.join(folder.uri.fsPath, target);
  const uri = vscode.Uri.file(path.join(to, first));
  await types.check(uri, "newFlow");
  if (!existsSync(uri.fsPath)) await copyFlows(path.join(extension.extensionPath, "examples", "zoomcamp"), to);
  const document = await vscode.workspace.openTextDocument(uri);
  const at = document.positionAt(Math.max(0, document.getText().indexOf("const counts")));
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at), preview: false });
}

export async function copyFlows(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.includes(".test.")) continue;
    const source = path.join(entry.parentPath, entry.name);
    const copied = path.join(to, path.relative(from, source));
    if (existsSync(copied)) continue;
    await mkdir(path.dirname(copied), { recursive: true });
    if (entry.name.endsWith(".ts")) await writeFile(copied, adapted(await readFile(source, "utf8")), { flag: "wx" });
    else await copyFile(source, copied);
  }
}

/** Its own place in the comments, and the sample as the source until somebody wants the real months. */
export function adapted(text: string): string {
  return text
    .replaceAll(place, `${target}/`)
    .replace(
      published,
      [
        "// January and February 2021, a thousand made-up trips each. The real files, about a million trips a month:",
        "// $1",
        'export const tripSource = new URL("sample", import.meta.url).href;',
      ].join("\n"),
    );
}
