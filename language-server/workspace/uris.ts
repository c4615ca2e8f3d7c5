/** File addresses as the editor writes them, so that the same file has one name everywhere. */
import { fileURLToPath } from "node:url";
import { encodePart } from "./specifiers.ts";

/** The editor's spelling of a path: drive letters small, everything but letters, digits and `-._~/` encoded. */
export function fileUri(file: string): string {
  let posix = file.replaceAll("\\", "/");
  if (process.platform !== "win32") posix = file;
  if (/^[A-Za-z]:/.test(posix)) posix = `/${posix.slice(0, 1).toLowerCase()}${posix.slice(1)}`;
  // A share on another machine: //host/share.
  const share = /^\/\/([^/]+)(\/.*)?$/.exec(posix);
  if (share !== null) return `file://${share[1]}${encodePath(share[2] ?? "/")}`;
  return `file://${encodePath(posix)}`;
}

function encodePath(posix: string): string {
  return posix.split("/").map(encodePart).join("/");
}

/** Undefined for what is no file: an untitled document, an address that cannot be read. */
export function filePath(uri: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

const spellings = new Map<string, string>();

/** The one spelling of an address, whoever wrote it. */
export function canonical(uri: string): string {
  const known = spellings.get(uri);
  if (known !== undefined) return known;
  const file = filePath(uri);
  const spelling = file === undefined ? uri : fileUri(file);
  // The same few are asked for at every keystroke.
  if (spellings.size > 10_000) spellings.clear();
  spellings.set(uri, spelling);
  return spelling;
}
