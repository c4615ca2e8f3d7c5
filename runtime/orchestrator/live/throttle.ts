/** Runs an action for the newest value only, one at a time and with a rest between two. */
export interface Throttle<T> {
  push(value: T): void;
  /** Ends it: a value not yet acted upon is dropped. */
  stop(): void;
}

/** `rest` in milliseconds. The first value is acted upon at once. */
export function createThrottle<T>(rest: number, action: (value: T) => Promise<void>): Throttle<T> {
  let pending: { readonly value: T } | undefined;
  let busy = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const next = (): void => {
    if (stopped || pending === undefined) {
      busy = false;
      return;
    }
    busy = true;
    const { value } = pending;
    pending = undefined;
    void action(value).then(() => {
      timer = setTimeout(next, rest);
    });
  };

  return {
    push(value) {
      pending = { value };
      if (!busy) next();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
