/** The folder that something new goes into. */
import type * as Vscode from "vscode";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";

const openFolder = "Open Folder";

/**
 * The only workspace folder, or the one that is picked; the active file's stands first.
 * @param missing what to say, with a button that opens one, when no folder is open
 * @throws CancelledByUser
 */
export async function chooseFolder(
  { vscode }: Pick<Context, "vscode">,
  missing: string,
): Promise<Vscode.WorkspaceFolder> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const [only] = folders;
  if (only === undefined) {
    const answer = await vscode.window.showInformationMessage(missing, openFolder);
    if (answer === openFolder) await vscode.commands.executeCommand("vscode.openFolder");
    throw new CancelledByUser();
  }
  if (folders.length === 1) return only;
  const active = vscode.window.activeTextEditor?.document.uri;
  const current = active === undefined ? undefined : vscode.workspace.getWorkspaceFolder(active);
  const sorted = [...folders].sort((left, right) => Number(right === current) - Number(left === current));
  const picked = await vscode.window.showQuickPick(
    sorted.map((folder) => ({ label: `$(folder) ${folder.name}`, description: folder.uri.fsPath, folder })),
    { title: "New Flow", placeHolder: "In which folder?" },
  );
  if (picked === undefined) throw new CancelledByUser();
  return picked.folder;
}
