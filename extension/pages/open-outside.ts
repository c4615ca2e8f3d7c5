/** What a page's links lead to outside of its own pages: files that tasks made, addresses on the web. */
import path from "node:path";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { Context } from "../context.ts";

type Parts = Pick<Context, "vscode">;

/** @throws MillraceError for anything but web pages and mail: a link in user data must not reach other programs. */
export async function openExternal({ vscode }: Parts, url: string): Promise<null> {
  const scheme = URL.parse(url)?.protocol;
  if (scheme !== "http:" && scheme !== "https:" && scheme !== "mailto:") {
    throw new MillraceError("bad-usage", `This link is not opened, because it is none to a web page: ${url}`);
  }
  // The editor asks about sites that it does not trust yet.
  await vscode.env.openExternal(vscode.Uri.parse(url, true));
  return null;
}

/**
 * Opens a file, or shows it among its neighbours.
 * @throws MillraceError when it is not there, or no result names it: a page shows what users' data says.
 */
export async function openFile(
  { vscode }: Parts,
  named: ReadonlySet<string>,
  file: string,
  reveal: boolean,
): Promise<null> {
  if (!named.has(file)) throw new MillraceError("bad-usage", `No result of this run names the file ${file}.`);
  if (!path.isAbsolute(file)) throw new MillraceError("bad-file", `The result names no whole path: ${file}`);
  const uri = vscode.Uri.file(file);
  try {
    await vscode.workspace.fs.stat(uri);
  } catch (cause) {
    throw new MillraceError("bad-file", `${file} is not there any more.`, { cause });
  }
  if (!reveal) await vscode.commands.executeCommand("vscode.open", uri);
  else if (vscode.workspace.getWorkspaceFolder(uri) !== undefined) {
    await vscode.commands.executeCommand("revealInExplorer", uri);
  } else await vscode.commands.executeCommand("revealFileInOS", uri);
  return null;
}
