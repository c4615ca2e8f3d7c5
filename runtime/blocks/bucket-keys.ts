/** Keys of objects in a bucket: "folder/file.parquet", always with "/", never leading out of the bucket. */
import { MillraceError } from "../protocol/errors.ts";

/**
 * The key in its one form: "./a//b/" is "a/b". "" is the bucket itself.
 * @throws MillraceError "bad-usage" for a key that leads out ("..", an absolute path, a drive), has a NUL, or cannot
 * be a file's name on this platform.
 */
export function bucketKey(key: string, platform: string = process.platform): string {
  const refuse = (reason: string) =>
    new MillraceError(
      "bad-usage",
      `bucket key ${JSON.stringify(key)}: ${reason}; keys are relative, as "folder/file.csv"`,
    );
  if (key.includes("\0")) throw refuse("it has a NUL character");
  // On Windows a backslash separates folders too; on other systems it is a letter, and would be one trap more.
  const parts = key.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
  if (/^[\\/]/.test(key)) throw refuse("it is an absolute path");
  if (/^[a-zA-Z]:/.test(key)) throw refuse("it names a drive");
  if (parts.includes("..")) throw refuse('".." leads out of the folder');
  const odd = platform === "win32" ? parts.find((part) => notOnWindows.test(part)) : undefined;
  if (odd !== undefined) throw refuse(`"${odd}" cannot be the name of a file on Windows`);
  return parts.join("/");
}

/** A colon would open another stream of the file, a device name the device; a dot or blank at the end is cut off. */
const notOnWindows = /[<>:"|?*]|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|[. ]$/i;

export function joinKeys(...keys: readonly string[]): string {
  return keys
    .map((key) => bucketKey(key))
    .filter((key) => key !== "")
    .join("/");
}

/** What of `key` is under `folder`; undefined when it is not. */
export function keyWithin(folder: string, key: string): string | undefined {
  if (folder === "") return key;
  return key.startsWith(`${folder}/`) ? key.slice(folder.length + 1) : undefined;
}
