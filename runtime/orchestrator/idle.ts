/** Ends an orchestrator that nobody needs any more. */

export interface IdleWatch {
  /** Something happened: a request, a client, a run. */
  touch(): void;
  stop(): void;
}

/** `onIdle` is called once after `minutes` in which `isBusy` was false and nobody called `touch`; 0 means never. */
export function createIdleWatch(minutes: number, isBusy: () => boolean, onIdle: () => void): IdleWatch {
  const limit = minutes * 60_000;
  let last = performance.now();
  const timer = setInterval(
    () => {
      if (isBusy()) last = performance.now();
      else if (limit > 0 && performance.now() - last >= limit) onIdle();
    },
    Math.max(20, Math.min(5000, limit / 4 || 5000)),
  );
  return {
    touch() {
      last = performance.now();
    },
    stop: () => clearInterval(timer),
  };
}
