/** Calls through at most once per interval: the first call at once, those that follow together at its end. */
export interface Throttle {
  call(): void;
  dispose(): void;
}

export function createThrottle(work: () => void, interval: number): Throttle {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  const start = (): void => {
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) {
        start();
        work();
      }
    }, interval);
  };
  return {
    call() {
      if (timer !== undefined) {
        again = true;
        return;
      }
      start();
      work();
    },
    dispose() {
      clearTimeout(timer);
      timer = undefined;
      again = false;
    },
  };
}
