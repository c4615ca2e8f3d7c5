/**
 * Asks again while the line is down: rarer and rarer, and not for ever. After the time in which the orchestrator calls a
 * silent worker's runs crashed nobody waits for the answer any more.
 */
import { setTimeout as pause } from "node:timers/promises";
import { formatDuration } from "../protocol/durations.ts";
import { MillraceError } from "../protocol/errors.ts";
import { isOutage, isStranger } from "./uplink.ts";

export type Patience = <T>(ask: () => Promise<T>) => Promise<T>;

export interface PatienceOptions {
  /** Milliseconds. */
  readonly limit: () => number;
  /** Milliseconds before the second question, and the longest between two. */
  readonly first?: number;
  readonly longest?: number;
}

/** @throws MillraceError as the orchestrator gave it, "not-answering" when the limit has passed */
export function createPatience({ limit, first = 250, longest = 10_000 }: PatienceOptions): Patience {
  return async (ask) => {
    const began = performance.now();
    for (let wait = first; ; wait = Math.min(longest, wait * 2)) {
      try {
        return await ask();
      } catch (thrown) {
        if (!isOutage(thrown) && !isStranger(thrown)) throw thrown;
        const waited = performance.now() - began;
        if (waited + wait > limit()) throw givenUp(waited, thrown);
        await pause(wait);
      }
    }
  };
}

function givenUp(waited: number, cause: unknown): MillraceError {
  const said = cause instanceof Error ? ` (${cause.message})` : "";
  return new MillraceError(
    "not-answering",
    `The orchestrator has not answered for ${formatDuration(waited)}, and takes the run for crashed by now${said}.`,
    { cause },
  );
}
