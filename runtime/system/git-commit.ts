/** Which commit a folder's repository is at, read from its files: starting git would take longer than many runs. */
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { SourceCommit } from "../protocol/records.ts";

/** Undefined outside of a repository, and before its first commit. Whether files were edited since is not looked at. */
export function commitAt(folder: string): SourceCommit | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const gitFolder = gitFolderOf(path.join(at, ".git"));
    if (gitFolder !== undefined) return headOf(gitFolder);
    if (path.dirname(at) === at) return undefined;
  }
}

/** A worktree or a submodule has a file there that names the folder. */
function gitFolderOf(place: string): string | undefined {
  const found = statSync(place, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isDirectory()) return place;
  const named = /^gitdir: (.+)$/m.exec(read(place))?.[1];
  return named === undefined ? undefined : path.resolve(path.dirname(place), named.trim());
}

function headOf(gitFolder: string): SourceCommit | undefined {
  const head = read(path.join(gitFolder, "HEAD")).trim();
  if (isCommit(head)) return { id: head };
  const ref = /^ref: (refs\/.+)$/.exec(head)?.[1];
  if (ref === undefined) return undefined;
  // Branches of a worktree stand in the repository that it belongs to.
  const common = path.resolve(gitFolder, read(path.join(gitFolder, "commondir")).trim());
  const id = read(path.join(common, ref)).trim() || packed(read(path.join(common, "packed-refs")), ref);
  return isCommit(id) ? { id, branch: ref.replace(/^refs\/heads\//, "") } : undefined;
}

function packed(lines: string, ref: string): string {
  return (
    lines
      .split("\n")
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(" ")[0] ?? ""
  );
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(text);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
