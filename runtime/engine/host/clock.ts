/** The clock of a real run. Wall time never goes back; durations come from the monotonic clock. */
import { monotonic } from "../../system/monotonic.ts";
import type { Clock } from "../host.ts";

/** Apart by more than this, the two clocks tell of a machine that slept or a clock that was set. */
const sleptAfter = 5000;

interface Sources {
  readonly wall: () => number;
  readonly monotonic: () => number;
}

const system: Sources = { wall: Date.now, monotonic };

/** The longest that setTimeout takes; beyond, it would fire at once. */
const longestTimer = 2 ** 31 - 1;

export function makeClock(sources: Sources = system): Clock {
  let last = 0;
  return {
    now() {
      last = Math.max(last, sources.wall());
      return last;
    },
    monotonic: sources.monotonic,
    wait: (milliseconds, signal) => wait(sources, milliseconds, signal),
    after(milliseconds, callback, { keepAlive = false } = {}) {
      const timer = setTimer(sources, milliseconds, callback);
      if (!keepAlive) timer.unref();
      return { cancel: timer.cancel };
    },
  };
}

function wait(sources: Sources, milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = setTimer(sources, milliseconds, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Like setTimeout, for any length: `sleep("60d")` is a fair wish. */
function setTimer(sources: Sources, milliseconds: number, callback: () => void) {
  const due = sources.monotonic() + milliseconds;
  let referenced = true;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = Math.max(0, due - sources.monotonic());
    timer = left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(callback, left);
    if (!referenced) timer.unref();
  };
  arm();
  return {
    cancel: () => clearTimeout(timer),
    unref() {
      referenced = false;
      timer.unref();
    },
  };
}

/**
 * Watches the two clocks part. `check()` calls `onSlept` with the milliseconds that passed on the wall and not on the
 * monotonic clock, once for each time it happens.
 */
export function makeSleepWatch(onSlept: (milliseconds: number) => void, sources: Sources = system) {
  let offset = sources.wall() - sources.monotonic();
  return {
    check(): void {
      const now = sources.wall() - sources.monotonic();
      const gap = now - offset;
      if (Math.abs(gap) <= sleptAfter) return;
      offset = now;
      if (gap > 0) onSlept(gap);
    },
  };
}
