/** What a run gets from the editor besides its parameters: its working directory and a file with variables. */
import { existsSync } from "node:fs";
import path from "node:path";
import type * as Vscode from "vscode";
import type { VscodeApi } from "../context.ts";
import type { Settings } from "../settings.ts";

/** The workspace's folder, so that relative paths mean the same as in its terminal; else the file's own. */
export function workingFolder(vscode: VscodeApi, uri: Vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? path.dirname(uri.fsPath);
}

/** The file with variables that the settings name, when it is there. */
export function variablesFile(vscode: VscodeApi, settings: Settings, uri: Vscode.Uri): string | undefined {
  const name = settings.get("envFile", uri);
  if (name === "") return undefined;
  const file = path.resolve(projectFolder(vscode, uri), name);
  return existsSync(file) ? file : undefined;
}

/** The nearest folder above the flow with a millrace.json, not beyond the workspace's. */
function projectFolder(vscode: VscodeApi, uri: Vscode.Uri): string {
  const top = workingFolder(vscode, uri);
  let folder = path.dirname(uri.fsPath);
  while (folder !== top && folder !== path.dirname(folder)) {
    if (existsSync(path.join(folder, "millrace.json"))) return folder;
    folder = path.dirname(folder);
  }
  return top;
}

/**
 * The environment that a run's process gets besides the service's own. The runner reads the file itself: what stands in it
 * never passes through our own records.
 */
export function runEnvironment(
  vscode: VscodeApi,
  settings: Settings,
  uri: Vscode.Uri,
): { readonly environment: Readonly<Record<string, string>> } | Record<string, never> {
  const variables = variablesFile(vscode, settings, uri);
  return variables === undefined ? {} : { environment: { MILLRACE_ENV_FILE: variables } };
}
