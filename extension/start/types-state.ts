/** Which workspace folders resolve `import "millrace"`: the language server hints where one does not. */
import path from "node:path";
import type * as Vscode from "vscode";
import type { Context } from "../context.ts";
import { type LinkReason, linkTypes } from "./link-types.ts";
import { findMillrace } from "./packages.ts";

export interface TypesState {
  /** By the folder's address as text, as `KnownFacts.types_linked` wants it. Not for folders that want no hint. */
  readonly linked: Readonly<Record<string, boolean>>;
  readonly onDidChange: Vscode.Event<void>;
  /** Links the folder of this file if that is to be done, and looks again. */
  check(uri: Vscode.Uri, reason: LinkReason): Promise<void>;
  /** Looks again at all folders: something was installed or taken away. */
  look(): void;
}

export function createTypesState(context: Context): TypesState {
  const { vscode, flows, settings } = context;
  const changed = context.own(new vscode.EventEmitter<void>());
  let linked: Readonly<Record<string, boolean>> = {};

  function look(): void {
    const next: Record<string, boolean> = {};
    for (const folder of vscode.workspace.workspaceFolders ?? [])
      if (folder.uri.scheme === "file" && settings.get("types.link", folder.uri) !== "off")
        next[folder.uri.toString()] = foldersWithFlows(folder).every(resolves);
    if (JSON.stringify(next) === JSON.stringify(linked)) return;
    linked = next;
    changed.fire();
  }

  function foldersWithFlows(folder: Vscode.WorkspaceFolder): readonly string[] {
    const found = new Set<string>([folder.uri.fsPath]);
    for (const uri of flows.files.keys()) {
      const file = vscode.Uri.parse(uri);
      if (vscode.workspace.getWorkspaceFolder(file)?.uri.toString() === folder.uri.toString())
        found.add(path.dirname(file.fsPath));
    }
    // Where files are known the folder's top does not matter: packages of their own may have what they need.
    if (found.size > 1) found.delete(folder.uri.fsPath);
    return [...found];
  }

  return {
    get linked() {
      return linked;
    },
    onDidChange: changed.event,
    async check(uri, reason) {
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      if (folder === undefined || uri.scheme !== "file") return;
      await linkTypes(context, folder, reason, path.dirname(uri.fsPath));
      look();
    },
    look,
  };
}

function resolves(folder: string): boolean {
  const found = findMillrace(folder);
  return found !== undefined && found.kind !== "foreign";
}
