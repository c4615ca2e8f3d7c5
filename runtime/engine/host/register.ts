/** live/<run id>: how everybody else learns that this run is going on, and where it listens. */
import { writeLiveEntry } from "../../journal/live.ts";
import { syncFile } from "../../journal/reading.ts";
import type { Disk } from "../../journal/types.ts";
import { homePaths } from "../../protocol/home.ts";
import type { LiveEntry } from "../../protocol/live.ts";
import { explainHome } from "./open-journal.ts";

/**
 * Puts the entry there, in place of that of an earlier execution. The promise resolves when it is durable: an
 * orchestrator that starts after a crash of the machine finds by it what its snapshot lacks.
 * Nobody but an orchestrator removes it, once the run is safe in a snapshot.
 */
export async function registerRun(disk: Disk, home: string, entry: LiveEntry, durable: boolean): Promise<void> {
  try {
    await writeLiveEntry(disk, home, entry);
    if (!durable) return;
    await Promise.all([syncFile(disk, homePaths.liveRun(home, entry.run_id)), disk.syncFolder(homePaths.live(home))]);
  } catch (error) {
    throw explainHome(error, home);
  }
}
