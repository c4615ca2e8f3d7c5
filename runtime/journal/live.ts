/** live/<run id>: the runs that are being executed, or whose end is not yet safely in a snapshot. */
import { homePaths } from "../protocol/home.ts";
import { isId } from "../protocol/ids.ts";
import type { LastWord, LiveEntry } from "../protocol/live.ts";
import { isMissing, replaceFile } from "./disk.ts";
import type { Disk } from "./types.ts";

/** Atomic. Not synced: after a crash of the machine no runner lives, and the journal tells what became of the run. */
export async function writeLiveEntry(disk: Disk, home: string, entry: LiveEntry): Promise<void> {
  disk.makeFolder(homePaths.live(home));
  await replaceFile(disk, homePaths.liveRun(home, entry.run_id), `${JSON.stringify(entry)}\n`, { durable: false });
}

/** Says in the entry why the run's process is about to be ended by somebody else than the run's supervisor. */
export async function writeLastWord(disk: Disk, home: string, runId: string, last_word: LastWord): Promise<void> {
  const entry = readLiveEntry(disk, home, runId);
  if (entry !== undefined) await writeLiveEntry(disk, home, { ...entry, last_word });
}

/** Undefined when the run is not registered, or its entry was lost in a crash of the machine. */
export function readLiveEntry(disk: Disk, home: string, runId: string): LiveEntry | undefined {
  try {
    const entry: unknown = JSON.parse(Buffer.from(disk.readFile(homePaths.liveRun(home, runId))).toString("utf8"));
    return isLiveEntry(entry) ? entry : undefined;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function removeLiveEntry(disk: Disk, home: string, runId: string): void {
  try {
    disk.remove(homePaths.liveRun(home, runId));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Ids of the registered runs, oldest first; whether an entry can be read is another question. */
export function listLiveRuns(disk: Disk, home: string): string[] {
  try {
    return disk.list(homePaths.live(home)).filter(isId).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isLiveEntry(value: unknown): value is LiveEntry {
  return typeof value === "object" && value !== null && "run_id" in value && "writer" in value && "socket" in value;
}
