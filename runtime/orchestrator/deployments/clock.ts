/** The time as the scheduler takes it; tests have one of their own that sleeps, jumps and goes back. */
export interface Clock {
  /** What the wall shows: milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only go forward. While the machine sleeps they stand still on some systems. */
  monotonic(): number;
  /** Calls back once; returns what calls it off. */
  after(milliseconds: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, call) {
    const timer = setTimeout(call, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};
