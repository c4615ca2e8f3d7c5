/** live/<run id>: how everybody else learns that this run is going on, and where it listens. */
import { diskTrouble } from "../../journal/disk.ts";
import { writeLiveEntry } from "../../journal/live.ts";
import { syncFile } from "../../journal/reading.ts";
import type { Disk } from "../../journal/types.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import type { LiveEntry } from "../../protocol/live.ts";
import { explainHome } from "./open-journal.ts";

/**
 * Puts the entry there, in place of that of an earlier execution. The promise resolves when it is durable: an
 * orchestrator that starts after a crash of the machine finds by it what its snapshot lacks.
 * Nobody but an orchestrator removes it, once the run is safe in a snapshot.
 * @throws MillraceError "home-unusable" or "journal-failed" when the disk refuses.
 */
export async function registerRun(disk: Disk, home: string, entry: LiveEntry, durable: boolean): Promise<void> {
  try {
    await writeLiveEntry(disk, home, entry);
    if (!durable) return;
    await Promise.all([syncFile(disk, homePaths.liveRun(home, entry.run_id)), disk.syncFolder(homePaths.live(home))]);
  } catch (error) {
    const explained = explainHome(error, home);
    if (explained !== error) throw explained;
    const file = homePaths.liveRun(home, entry.run_id);
    throw new MillraceError(
      "journal-failed",
      `run ${entry.run_id} could not be registered among the live ones (${file}): ${diskTrouble(error)}, then resume the run`,
      { cause: error },
    );
  }
}
