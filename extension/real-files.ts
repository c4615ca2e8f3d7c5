/**
 * Runs know files by their real path; a workspace may be opened through a link. Between the two, both ways.
 */
import { realpathSync } from "node:fs";
import path from "node:path";
import type { VscodeApi } from "./context.ts";
import { isInside } from "./paths.ts";

export interface RealFiles {
  /** The path without links; as given when it cannot be told (the file is gone). */
  real(file: string): string;
  /** The path as the workspace spells it. */
  shown(file: string): string;
  /** The workspace's folders without links. */
  folders(): readonly string[];
}

export function createRealFiles(vscode: VscodeApi): RealFiles {
  const known = new Map<string, string>();

  function real(file: string): string {
    let found = known.get(file);
    if (found === undefined) {
      try {
        found = realpathSync.native(file);
      } catch {
        return file;
      }
      if (known.size > 5000) known.clear();
      known.set(file, found);
    }
    return found;
  }

  const given = (): readonly string[] => (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  return {
    real,
    shown(file) {
      for (const folder of given()) {
        const target = real(folder);
        if (target !== folder && isInside(file, [target])) return path.join(folder, path.relative(target, file));
      }
      return file;
    },
    folders: () => given().map(real),
  };
}
