/** Installs the real package into a project, where its user sees it happen. */
import type * as Vscode from "vscode";
import type { Context } from "../context.ts";
import { NotTrusted } from "../problems.ts";
import { installCommand, projectFolder } from "./packages.ts";

/** Resolves when the package manager has ended, however. */
export async function installPackage(
  { vscode }: Pick<Context, "vscode">,
  folder: Vscode.WorkspaceFolder,
  from: string,
): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new NotTrusted("Installing millrace");
  const cwd = projectFolder(from, folder.uri.fsPath) ?? folder.uri.fsPath;
  const task = new vscode.Task(
    { type: "shell" },
    folder,
    "install millrace",
    "Millrace",
    new vscode.ShellExecution(installCommand(cwd), { cwd }),
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, focus: false, clear: false };
  const over = Promise.withResolvers<void>();
  const listener = vscode.tasks.onDidEndTask(({ execution }) => {
    if (execution.task.name === task.name) over.resolve();
  });
  try {
    await vscode.tasks.executeTask(task);
    await over.promise;
  } finally {
    listener.dispose();
  }
}
