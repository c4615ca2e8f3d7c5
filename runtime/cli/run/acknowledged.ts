/** What of a run's tasks is durable, when its journal broke while it ran. */
import { readRun } from "../../journal/reading.ts";
import type { Disk, RunContents } from "../../journal/types.ts";
import { homePaths } from "../../protocol/home.ts";
import { makeTally, type Tally } from "../view/tally.ts";

/**
 * The tasks of this process's last execution of the run, as a resume will find them. What was shown while it ran was
 * written, but what was written last was never acknowledged. Undefined when the journal cannot be read either.
 */
export function acknowledgedTally(disk: Disk, home: string, runId: string): Tally | undefined {
  let contents: RunContents;
  try {
    contents = readRun(disk, homePaths.run(home, runId));
  } catch {
    return undefined;
  }
  const tally = makeTally();
  const own = contents.segments.findLast(({ header }) => header?.writer.pid === process.pid)?.segment;
  for (const { position, record } of contents.records) if (position.segment === own) tally.apply(record);
  return tally;
}
