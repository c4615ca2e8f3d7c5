/** Keys of objects in a bucket: "folder/file.parquet", always with "/", never leading out of the bucket. */
import { MillraceError } from "../protocol/errors.ts";

/**
 * The key in its one form: "./a//b/" is "a/b". "" is the bucket itself.
 * @throws MillraceError "bad-usage" for a key that leads out ("..", an absolute path, a drive) or has a NUL.
 */
export function bucketKey(key: string): string {
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
  return parts.join("/");
}

export function joinKeys(...keys: readonly string[]): string {
  return keys
    .map(bucketKey)
    .filter((key) => key !== "")
    .join("/");
}

/** What of `key` is under `folder`; undefined when it is not. */
export function keyWithin(folder: string, key: string): string | undefined {
  if (folder === "") return key;
  return key.startsWith(`${folder}/`) ? key.slice(folder.length + 1) : undefined;
}
