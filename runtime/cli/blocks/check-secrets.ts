/** What `millrace doctor` says of the home's secrets. */
import { existsSync, statSync } from "node:fs";
import { realDisk } from "../../journal/disk.ts";
import { isReadable, secretFiles } from "../../journal/secrets/files.ts";
import { readKey } from "../../journal/secrets/key.ts";
import { homePaths } from "../../protocol/home.ts";

const mostRead = 1000;

export async function checkSecrets({ home }: { readonly home: string }) {
  const files = existsSync(home) ? secretFiles(realDisk, home) : [];
  const file = homePaths.secretKey(home);
  const enter = "Enter the secrets of those blocks again: millrace blocks ls names them.";
  // Throws what is wrong with a key that cannot be used.
  const key = existsSync(home) ? readKey(realDisk, home) : undefined;
  if (key === undefined) {
    if (files.length === 0) return { status: "ok" as const, message: "none are kept here" };
    return {
      status: "fail" as const,
      message: `${file} is gone, so ${files.length} secrets cannot be read`,
      fix: enter,
    };
  }
  const mode = statSync(file).mode & 0o777;
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    return {
      status: "fail" as const,
      message: `${file} can be read by others of this machine (mode ${mode.toString(8)})`,
      fix: `chmod 600 ${file}`,
    };
  }
  const unreadable = files.slice(0, mostRead).filter((id) => !isReadable(realDisk, home, id)).length;
  if (unreadable > 0) {
    return { status: "warn" as const, message: `${unreadable} secrets were saved with another key`, fix: enter };
  }
  return { status: "ok" as const, message: `${files.length} kept, encrypted with the key of this home` };
}
