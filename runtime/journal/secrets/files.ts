/** $MILLRACE_HOME/secrets/<id>: one ciphertext each, durable before anything refers to it, really gone when removed. */

import path from "node:path";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { newId } from "../../protocol/ids.ts";
import { isMissing, replaceFile } from "../disk.ts";
import type { Disk } from "../types.ts";
import { isSealed, open, type Sealed, seal } from "./box.ts";
import { readKey, takeKey } from "./key.ts";

const purpose = (id: string): string => `secret ${id}`;

const isId = (text: string): boolean => /^[0-9a-f-]{36}$/.test(text);

/** Writes the secret down; resolves to its id when it is on the disk. */
export async function keepSecret(disk: Disk, home: string, value: string): Promise<string> {
  const id = newId();
  await putSecret(disk, home, id, value);
  return id;
}

/** The same for one that has its id already: it comes from another home. */
export async function putSecret(disk: Disk, home: string, id: string, value: string): Promise<void> {
  if (!isId(id)) throw new MillraceError("bad-usage", `"${id}" is no id of a secret.`);
  const key = await takeKey(disk, home);
  const folder = homePaths.secrets(home);
  if (disk.makeFolder(folder).length > 0) await disk.syncFolder(home);
  await replaceFile(disk, path.join(folder, id), `${JSON.stringify(seal(key, value, purpose(id)))}\n`);
}

/** @throws MillraceError "not-found" when it is gone or was saved with another key, "journal-corrupt" when damaged. */
export function readSecret(disk: Disk, home: string, id: string): string {
  const sealed = readSealed(disk, home, id);
  if (sealed === undefined) throw new MillraceError("not-found", "its ciphertext is gone from secrets/");
  const key = readKey(disk, home);
  if (key === undefined) throw new MillraceError("not-found", "the key of this home, secret.key, is gone");
  return open(key, sealed, purpose(id));
}

/** Whether it was saved with the key that the home has now. */
export function isReadable(disk: Disk, home: string, id: string): boolean {
  try {
    readSecret(disk, home, id);
    return true;
  } catch (thrown) {
    if (thrown instanceof MillraceError) return false;
    throw thrown;
  }
}

export async function removeSecrets(disk: Disk, home: string, ids: Iterable<string>): Promise<void> {
  const folder = homePaths.secrets(home);
  let removed = false;
  for (const id of ids) {
    try {
      disk.remove(path.join(folder, id));
      removed = true;
    } catch (thrown) {
      if (!isMissing(thrown)) throw thrown;
    }
  }
  if (removed) await disk.syncFolder(folder);
}

/** Removes what nothing refers to: a process may have died between the file and the record, or before the removal. */
export async function sweepSecrets(disk: Disk, home: string, used: ReadonlySet<string>): Promise<readonly string[]> {
  const orphans = secretFiles(disk, home).filter((name) => !used.has(name));
  await removeSecrets(disk, home, orphans);
  return orphans;
}

export function secretFiles(disk: Disk, home: string): readonly string[] {
  const folder = homePaths.secrets(home);
  return disk.exists(folder) ? disk.list(folder).map((file) => path.basename(file)) : [];
}

function readSealed(disk: Disk, home: string, id: string): Sealed | undefined {
  // It comes from a file that somebody may have edited, and becomes part of a path.
  if (!isId(id)) return undefined;
  let text: string;
  try {
    text = Buffer.from(disk.readFile(path.join(homePaths.secrets(home), id))).toString("utf8");
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
  try {
    const content: unknown = JSON.parse(text);
    if (isSealed(content)) return content;
  } catch {
    // Said below.
  }
  throw new MillraceError("journal-corrupt", `secrets/${id} is damaged`);
}
