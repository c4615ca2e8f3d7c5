import type { Clock } from "../engine/host.ts";
import { type Duration, parseDuration } from "../protocol/durations.ts";

/** A clock that a test moves. Sleeps and retry delays take no real time. */
export interface FakeClock extends Clock {
  /**
   * Moves time on, firing every timer that becomes due, each at its own time; what a timer starts gets its turn first.
   * @example
   * await clock.advance("1h");
   */
  advance(duration: Duration): Promise<void>;
}

export interface FakeClockOptions {
  /** Where it starts; 2026-01-01T00:00:00Z when left out. */
  readonly now?: number | string | Date;
  /**
   * Whether a sleep or a retry delay moves the clock by itself as soon as nothing else has a turn. true when left out.
   * Timeouts never do: move the clock with `advance`.
   */
  readonly autoAdvance?: boolean;
}

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly moves: boolean;
  fire(): void;
}

/** Makes a clock for `runFlow`. */
export function fakeClock(options: FakeClockOptions = {}): FakeClock {
  const { autoAdvance = true } = options;
  const start = new Date(options.now ?? Date.UTC(2026, 0, 1)).getTime();
  if (Number.isNaN(start)) throw new TypeError(`fakeClock: ${String(options.now)} is no time`);
  let now = start;
  let order = 0;
  let looking = false;
  const timers = new Set<Timer>();

  function add(milliseconds: number, moves: boolean, fire: () => void): Timer {
    const timer: Timer = { due: now + Math.max(0, milliseconds), order: order++, moves, fire };
    timers.add(timer);
    if (moves && autoAdvance) void lookAhead();
    return timer;
  }

  function next(before: number): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of timers) {
      if (timer.due > before) continue;
      if (found === undefined || timer.due < found.due || (timer.due === found.due && timer.order < found.order)) {
        found = timer;
      }
    }
    return found;
  }

  function fire(timer: Timer): void {
    timers.delete(timer);
    now = Math.max(now, timer.due);
    timer.fire();
  }

  /** Fires timer after timer up to the earliest that may move the clock, for as long as there is one. */
  async function lookAhead(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      for (;;) {
        await turns();
        const waits = [...timers].filter((timer) => timer.moves);
        if (waits.length === 0) return;
        const timer = next(Math.min(...waits.map(({ due }) => due)));
        if (timer !== undefined) fire(timer);
      }
    } finally {
      looking = false;
    }
  }

  return {
    now: () => now,
    monotonic: () => now - start,
    wait(milliseconds, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const timer = add(milliseconds, true, () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        const abort = () => {
          timers.delete(timer);
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    after(milliseconds, callback) {
      const timer = add(milliseconds, false, callback);
      return { cancel: () => void timers.delete(timer) };
    },
    async advance(duration) {
      const until = now + parseDuration(duration, "advance");
      for (;;) {
        await turns();
        const timer = next(until);
        if (timer === undefined) break;
        fire(timer);
      }
      now = Math.max(now, until);
      await turns();
    },
  };
}

/** Lets everything run that is ready to: promises, and what they start. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
