import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";

/** Raw output of processes that died is kept this long; milliseconds. */
const keptFor = 7 * 24 * 60 * 60 * 1000;

/** Removes old output of runner processes; what is missing or in use elsewhere is left alone. Never rejects. */
export async function pruneOutput(folder: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > keptFor) await rm(file, { force: true }).catch(() => undefined);
  }
}
