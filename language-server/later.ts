/** Work that is put off until there is a pause, and then done once. */
export interface Later {
  soon(): void;
  /** Does what is put off now. */
  now(): void;
  stop(): void;
}

/**
 * @param pause milliseconds without another call
 * @param atMost milliseconds after which it is done although calls go on
 */
export function later(work: () => void, pause: number, atMost = pause * 4): Later {
  let timer: NodeJS.Timeout | undefined;
  let since: number | undefined;
  const run = () => {
    clearTimeout(timer);
    timer = undefined;
    since = undefined;
    work();
  };
  return {
    soon() {
      since ??= performance.now();
      clearTimeout(timer);
      timer = setTimeout(run, Math.max(0, Math.min(pause, since + atMost - performance.now())));
    },
    now() {
      if (timer !== undefined) run();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
