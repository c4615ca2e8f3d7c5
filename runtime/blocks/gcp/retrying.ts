/** Tries again what may pass: a bounded number of times in a row without progress, each time a little later. */
import { setTimeout as wait } from "node:timers/promises";
import { isPassing, retryAfterOf } from "./problems.ts";

export interface Patience {
  /** Times to try again in a row; progress begins the count anew. */
  readonly retries: number;
  readonly signal: AbortSignal;
}

const firstWait = 250;
const longestWait = 30_000;
/** What a service may ask for; longer is the task's own retry to wait. */
const longestAsked = 120_000;

/** Milliseconds before the n-th retry, 1 for the first. With chance in it, so that many clients do not come back at once. */
export function waitBefore(retry: number, asked: number | undefined, chance: number = Math.random()): number {
  if (asked !== undefined) return Math.min(longestAsked, asked) + chance * firstWait;
  return Math.min(longestWait, firstWait * 2 ** (retry - 1)) * (0.5 + chance / 2);
}

export interface Retries {
  /** Waits where it makes sense to try again. @throws what was thrown, where it does not. */
  after(thrown: unknown): Promise<void>;
  /** Something was achieved: the count begins anew. */
  progress(): void;
}

export function createRetries({ retries, signal }: Patience): Retries {
  let count = 0;
  return {
    progress: () => {
      count = 0;
    },
    async after(thrown) {
      signal.throwIfAborted();
      if (!isPassing(thrown) || count >= retries) throw thrown;
      count++;
      await wait(waitBefore(count, retryAfterOf(thrown)), undefined, { signal }).catch(() => {});
      signal.throwIfAborted();
    },
  };
}

/** For requests that may be sent twice. `isRepeat` tells the attempt that an earlier one may have been done. */
export async function retrying<T>(patience: Patience, attempt: (isRepeat: boolean) => Promise<T>): Promise<T> {
  const retries = createRetries(patience);
  for (let isRepeat = false; ; isRepeat = true) {
    patience.signal.throwIfAborted();
    try {
      return await attempt(isRepeat);
    } catch (thrown) {
      await retries.after(thrown);
    }
  }
}

/**
 * What cannot be ended itself is left alone when the signal says so, or when it takes too long.
 * @throws the signal's reason; an error with the code "STALLED".
 */
export async function within<T>(work: Promise<T>, signal: AbortSignal, milliseconds: number): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  const timer = setTimeout(() => reject(stalled()), milliseconds);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

export function stalled(): Error {
  return Object.assign(new Error("the connection is open, and nothing comes"), { code: "STALLED" });
}
