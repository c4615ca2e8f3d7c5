/** The two clocks, so that tests can set them: one tells the time, the other only how long something took. */
import { monotonic } from "../../system/monotonic.ts";

export interface Clocks {
  /** Milliseconds since the epoch; jumps when somebody sets it. */
  now(): number;
  /** Milliseconds that never go back; stands still while the machine sleeps on some systems. */
  monotonic(): number;
}

export const realClocks: Clocks = { now: () => Date.now(), monotonic };
