/** When the index is written to the disk, and what may be forgotten then. */
import type { OpenIndex } from "./index/open-index.ts";
import type { LiveRuns } from "./live/live-runs.ts";
import type { Log } from "./log.ts";

export interface Snapshots {
  /** Resolves when what the index held at the call is on the disk. Never rejects: the index can be made again. */
  take(): Promise<void>;
  /** Something worth keeping happened: a snapshot follows when it has been quiet for a while. */
  later(): void;
  stop(): void;
}

/** Milliseconds of quiet before a snapshot, and the longest it is put off. */
const quiet = 5000;
const longest = 60_000;

export function createSnapshots(index: OpenIndex, live: LiveRuns, log: Log): Snapshots {
  let timer: NodeJS.Timeout | undefined;
  let waitingSince = 0;

  const take = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    try {
      if (!(await index.hasChanged())) return;
      const settled = new Set(live.settled());
      const folded = await index.snapshot();
      // Only what had ended before the snapshot began is wholly in it.
      live.forget(folded.map(({ run_id }) => run_id).filter((runId) => settled.has(runId)));
    } catch (thrown) {
      log.error("the snapshot of the index", thrown);
    }
  };

  return {
    take,
    later() {
      const now = performance.now();
      if (timer === undefined) waitingSince = now;
      clearTimeout(timer);
      timer = setTimeout(() => void take(), Math.max(0, Math.min(quiet, waitingSince + longest - now))).unref();
    },
    stop: () => clearTimeout(timer),
  };
}
