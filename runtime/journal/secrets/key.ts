/** $MILLRACE_HOME/secret.key: made at the first use, by whoever is first; for its user alone. */
import { chmodSync, linkSync, statSync, unlinkSync } from "node:fs";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { newId } from "../../protocol/ids.ts";
import { errorCode, isMissing } from "../disk.ts";
import type { Disk } from "../types.ts";
import { type HomeKey, homeKey, keyLength } from "./box.ts";

/** The key, or undefined in a home that has none yet. @throws MillraceError "home-unusable" when it cannot be used. */
export function readKey(disk: Disk, home: string): HomeKey | undefined {
  const file = homePaths.secretKey(home);
  let text: string;
  try {
    text = Buffer.from(disk.readFile(file)).toString("utf8").trim();
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw new MillraceError(
      "home-unusable",
      `${file}: the key of the secrets cannot be read: ${toError(thrown).message}`,
      {
        cause: thrown,
      },
    );
  }
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== keyLength) {
    throw new MillraceError(
      "home-unusable",
      `${file} is no key (${bytes.length} bytes, it should have ${keyLength}). Put it back from a backup; without it the ` +
        "secrets of this home cannot be read: remove the file then, and enter them again",
    );
  }
  return homeKey(bytes);
}

/**
 * The key, made when there is none. It is whole and on the disk under another name before it gets its own, which only
 * one process can give: all that race for it use the same.
 */
export async function takeKey(disk: Disk, home: string): Promise<HomeKey> {
  const known = readKey(disk, home);
  if (known !== undefined) return known;
  const file = homePaths.secretKey(home);
  const temporary = `${file}.${newId()}.tmp`;
  const made = `${process.getBuiltinModule("node:crypto").randomBytes(keyLength).toString("base64")}\n`;
  await write(disk, temporary, made);
  try {
    linkSync(temporary, file);
  } catch (thrown) {
    const code = errorCode(thrown) ?? "";
    // Some file systems know no second name for a file: there the key is made in its place.
    if (noLinks.has(code) && !disk.exists(file)) await write(disk, file, made);
    else if (code !== "EEXIST") throw thrown;
  } finally {
    unlinkSync(temporary);
  }
  await disk.syncFolder(home);
  const taken = readKey(disk, home);
  if (taken === undefined) throw new MillraceError("home-unusable", `${file} was removed while it was made; try again`);
  return taken;
}

const noLinks: ReadonlySet<string> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EISDIR"]);

async function write(disk: Disk, file: string, text: string): Promise<void> {
  const written = disk.createExclusive(file);
  try {
    written.write(Buffer.from(text), 0);
    await written.sync();
  } finally {
    written.close();
  }
}

/** A key that others may read is no secret: says so, after putting it right where that is possible. */
export function guardKey(home: string): string | undefined {
  const file = homePaths.secretKey(home);
  if (process.platform === "win32") return undefined;
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || (mode & 0o077) === 0) return undefined;
  chmodSync(file, 0o600);
  return `${file} could be read by others of this machine (mode ${(mode & 0o777).toString(8)}); now only by you`;
}
