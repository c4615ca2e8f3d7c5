import { sleepInRun } from "../engine/sleep.ts";
import type { Duration } from "../protocol/durations.ts";

/**
 * Waits. In a flow the due time is recorded, so a resumed run waits only for what is left. Rejects when the run is
 * cancelled meanwhile.
 *
 * @param duration milliseconds, or "500ms", "10s", "2m", "1h", "1d".
 * @throws TypeError when the duration is none.
 * @example
 * await sleep("10s");
 */
export function sleep(duration: Duration): Promise<void> {
  return sleepInRun(duration);
}
