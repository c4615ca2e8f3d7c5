import { setTimeout as pause } from "node:timers/promises";
import { statusOf } from "../gcp/problems.ts";
import { isTransient } from "./errors.ts";

/** Six attempts within some seven seconds: a hiccup of the service. What lasts longer is a matter of task retries. */
const attempts = 6;
const firstPause = 200;
const longestPause = 5000;

/** Does something that may be repeated, again after failures that may pass. `signal` if it is another than the usual. */
export type Retry = <T>(work: (attempt: number) => Promise<T>, signal?: AbortSignal) => Promise<T>;

/**
 * The client's own retries are off: they do not cover uploads, cannot be stopped, and know nothing of a job that was
 * created although its answer was lost. `renew` forgets a token that the service has refused before its time was over.
 */
export function createRetry(usual: AbortSignal, renew: () => Promise<void>): Retry {
  return async (work, signal = usual) => {
    let isRenewed = false;
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await unlessAborted(signal, work(attempt));
      } catch (error) {
        const isRefused = statusOf(error) === 401 && !isRenewed;
        if (signal.aborted || attempt === attempts || !(isRefused || isTransient(error))) throw error;
        if (isRefused) {
          isRenewed = true;
          await renew();
          continue;
        }
      }
      await pauseFor(pauseBefore(attempt), signal);
    }
  };
}

/** @throws the signal's reason when that aborts. */
export async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** Half of it is chance, so that many runs that failed together do not come back together. */
function pauseBefore(attempt: number): number {
  const whole = Math.min(firstPause * 2 ** (attempt - 1), longestPause);
  return whole / 2 + (Math.random() * whole) / 2;
}

/** Waits for a promise that knows no signal; rejects with the signal's reason as soon as that aborts. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  // Who is gone does not see how the promise ends.
  promise.catch(() => {});
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
