/** Paths as the system compares them: what the editor calls a file and what a run calls it may differ in spelling. Pure. */
import path from "node:path";

/** Equal for two spellings of one path. */
export function pathKey(file: string, platform: NodeJS.Platform = process.platform): string {
  if (file === "") return "";
  if (platform === "win32") return path.win32.normalize(file).toLowerCase();
  const normal = path.posix.normalize(file);
  return platform === "darwin" ? normal.normalize("NFC").toLowerCase() : normal;
}

/** Whether a file lies in one of the folders, at any depth. */
export function isInside(
  file: string,
  folders: readonly string[],
  platform: NodeJS.Platform = process.platform,
): boolean {
  const key = pathKey(file, platform);
  const separator = platform === "win32" ? "\\" : "/";
  return folders.some((folder) => {
    const beginning = pathKey(folder, platform);
    return key.startsWith(beginning.endsWith(separator) ? beginning : beginning + separator);
  });
}

/** One key per flow: its file and export, because a name is only a label. */
export function flowKey(file: string, exported: string | null, name: string): string {
  return `${pathKey(file)}\n${exported ?? `(${name})`}`;
}

/** What tells files apart: their paths without the folders that all of them begin with, and the end that all share. */
export function tellApart(files: readonly string[]): ReadonlyMap<string, string> {
  let paths: readonly (readonly string[])[] = files.map((file) => file.split(/[\\/]/));
  const share = (at: 0 | -1): boolean =>
    paths.length > 1 && paths.every((parts) => parts.length > 1 && parts.at(at) === paths[0]?.at(at));
  while (share(0)) paths = paths.map((parts) => parts.slice(1));
  while (share(-1)) paths = paths.map((parts) => parts.slice(0, -1));
  return new Map(files.map((file, index) => [file, paths[index]?.join("/") ?? file]));
}
