import { existsSync } from "node:fs";
import path from "node:path";
import { realDisk } from "../../journal/disk.ts";
import { prepareHome } from "../../journal/prepare-home.ts";
import type { Io } from "../command.ts";

/**
 * Refuses a home of a newer Millrace, a damaged or read-only one, and one on a network, before anything is loaded. A
 * home that is not there yet, or has only runs so far, is fine: the run makes what it needs.
 */
export async function checkHome(home: string, io: Pick<Io, "err" | "style">): Promise<void> {
  if (!existsSync(path.join(home, "home.json"))) return;
  await prepareHome(realDisk, home, { warn: (text) => io.err(`${io.style.yellow("warning")}: ${text}\n`) });
}
