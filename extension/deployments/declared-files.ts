/** What the millrace.json files of the workspace declare. Reading one deploys nothing. */
import type * as Vscode from "vscode";
import type { DeclaredFile, VscodeApi } from "../context.ts";

export interface DeclaredFiles extends Vscode.Disposable {
  readonly files: readonly DeclaredFile[];
  readonly onDidChange: Vscode.Event<void>;
  /** Looks for them, once, and keeps up from then on. */
  wake(): Promise<void>;
  /** Reads one again at once: it was written here. */
  read(file: Vscode.Uri): Promise<void>;
}

const mostFiles = 100;

export function createDeclaredFiles(vscode: VscodeApi): DeclaredFiles {
  const { workspace } = vscode;
  const changed = new vscode.EventEmitter<void>();
  const files = new Map<string, DeclaredFile>();
  const ends: Vscode.Disposable[] = [changed];
  let woken: Promise<void> | undefined;

  async function take(uri: Vscode.Uri): Promise<void> {
    const text = await readText(vscode, uri);
    if (text === undefined) files.delete(uri.fsPath);
    else files.set(uri.fsPath, (await import("./parse-declared.ts")).parseDeclared(uri.fsPath, text));
  }

  async function read(uri: Vscode.Uri): Promise<void> {
    await take(uri);
    changed.fire();
  }

  async function start(): Promise<void> {
    const watcher = workspace.createFileSystemWatcher("**/millrace.json");
    const again = (uri: Vscode.Uri): void => {
      if (!/[\\/]node_modules[\\/]/.test(uri.fsPath)) void read(uri);
    };
    ends.push(watcher, watcher.onDidChange(again), watcher.onDidCreate(again), watcher.onDidDelete(again));
    const found = await workspace.findFiles("**/millrace.json", "**/node_modules/**", mostFiles);
    await Promise.all(found.map(take));
    changed.fire();
  }

  return {
    get files() {
      return [...files.values()];
    },
    onDidChange: changed.event,
    wake() {
      woken ??= start();
      return woken;
    },
    read,
    dispose() {
      for (const one of ends) one.dispose();
    },
  };
}

export async function readText({ workspace }: VscodeApi, uri: Vscode.Uri): Promise<string | undefined> {
  try {
    return Buffer.from(await workspace.fs.readFile(uri))
      .toString("utf8")
      .replace(/^\ufeff/, "");
  } catch {
    return undefined;
  }
}
