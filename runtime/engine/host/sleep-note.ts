import { formatDuration } from "../../protocol/durations.ts";
import type { NoteRecord } from "../../protocol/records.ts";
import { makeSleepWatch } from "./clock.ts";

const every = 10_000;

/** Notes in the run's history when the machine slept. `check` may be called often; a timer calls it as well. */
export function watchSleep(runId: string, now: () => number, append: (note: NoteRecord) => void) {
  const watch = makeSleepWatch((milliseconds) =>
    append({
      kind: "note",
      flow_run_id: runId,
      message: `machine slept for ${formatDuration(milliseconds)}`,
      at: now(),
    }),
  );
  const timer = setInterval(watch.check, every).unref();
  return { check: watch.check, close: () => clearInterval(timer) };
}
