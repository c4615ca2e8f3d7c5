import { type CurrentRun, readCurrentRun } from "../engine/current-run.ts";

/**
 * The run that this code is part of: `flowRun`, the `taskRun` inside a task, and the `signal` that aborts on cancel and
 * on timeout. Outside a run the names are empty and the signal never aborts, so that a task can be called in a test.
 *
 * @example
 * const response = await fetch(url, { signal: currentRun().signal });
 * await charge(order, { idempotencyKey: currentRun().taskRun?.idempotencyKey });
 */
export function currentRun(): CurrentRun {
  return readCurrentRun();
}
