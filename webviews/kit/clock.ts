/** The time as a signal: what reads it is drawn anew on each tick, and it ticks only while somebody reads it. */
import { type ReadonlySignal, signal } from "@preact/signals";

export function createClock(everyMs: number): ReadonlySignal<number> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const now = signal(Date.now(), {
    watched(this: { value: number }) {
      this.value = Date.now();
      timer = setInterval(() => {
        this.value = Date.now();
      }, everyMs);
    },
    unwatched() {
      clearInterval(timer);
    },
  });
  return now;
}
