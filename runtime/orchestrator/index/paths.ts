/** Paths as the system compares them: what an editor calls a file and what a run calls it may differ in spelling. Pure. */
import path from "node:path";

/** Equal for two spellings of one path: separators, "." and "..", and case where the usual file system ignores it. */
export function pathKey(file: string, platform: NodeJS.Platform = process.platform): string {
  // Not resolved: a path is absolute here, and what is none ("" when the file is not known) stays what it is.
  if (file === "") return "";
  if (platform === "win32") return path.win32.normalize(file).toLowerCase();
  const normal = path.posix.normalize(file);
  return platform === "darwin" ? normal.normalize("NFC").toLowerCase() : normal;
}

/** Returns the test whether a file lies in one of the folders, at any depth. */
export function insideAny(
  folders: readonly string[],
  platform: NodeJS.Platform = process.platform,
): (file: string) => boolean {
  const separator = platform === "win32" ? "\\" : "/";
  const beginnings = folders.map((folder) => {
    const key = pathKey(folder, platform);
    return key.endsWith(separator) ? key : key + separator;
  });
  return (file) => {
    const key = pathKey(file, platform);
    return beginnings.some((beginning) => key.startsWith(beginning));
  };
}
