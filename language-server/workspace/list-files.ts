import { opendir, realpath } from "node:fs/promises";
import path from "node:path";
import { grammarOf } from "../parser/grammars.ts";

export interface ListOptions {
  /** Of paths relative to the folder, written with "/". */
  readonly excluded: (relative: string) => boolean;
  /** Asked between folders: true ends the walk. */
  readonly cancelled: () => boolean;
  /** Real paths of folders that were walked, shared by all folders of a workspace so that none is walked twice. */
  readonly visited: Set<string>;
  /** Told of a folder that cannot be read. */
  readonly report: (message: string) => void;
}

/**
 * The source files below a folder, without node_modules, hidden and excluded ones. Links to folders are followed once:
 * a circle of links ends, and what is reached by two ways is listed once.
 */
export async function* listFiles(root: string, options: ListOptions): AsyncGenerator<string> {
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    if (options.cancelled()) return;
    try {
      const real = await realpath(folder);
      if (options.visited.has(real)) continue;
      options.visited.add(real);
      for await (const entry of await opendir(folder)) {
        const file = path.join(folder, entry.name);
        if (isHidden(entry.name) || options.excluded(relativeTo(root, file))) continue;
        if (entry.isDirectory()) pending.push(file);
        else if (entry.isFile()) {
          if (grammarOf(entry.name) !== undefined) yield file;
        } else if (entry.isSymbolicLink()) {
          if (grammarOf(entry.name) !== undefined) yield file;
          else if (path.extname(entry.name) === "") pending.unshift(file);
        }
      }
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A link to a file, a folder that went away meanwhile, a link that leads nowhere or in a circle.
      if (code === "ENOTDIR" || code === "ENOENT" || code === "ELOOP") continue;
      options.report(`${folder} cannot be read: flows in it are not found (${String(code ?? error)}).`);
    }
  }
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

export function relativeTo(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join("/");
}

/** Whether a path below the root is among those that are not looked at. */
export function isLeftOut(relative: string, excluded: (relative: string) => boolean): boolean {
  const parts = relative.split("/");
  return parts.some((name, index) => isHidden(name) || excluded(parts.slice(0, index + 1).join("/")));
}
