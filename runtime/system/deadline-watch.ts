/**
 * Watches deadlines that a runner has announced: for the keeper, and for an orchestrator that supervises runs. Measures
 * on its own monotonic clock, from the moment the announcement came.
 */
import type { RunnerMessage } from "../protocol/live.ts";

export type Deadline = Extract<RunnerMessage, { readonly type: "deadline" }>;

export interface DeadlineWatch {
  arm(deadline: Deadline): void;
  met(id: string): void;
  /** Deadlines not met yet. */
  readonly armed: number;
  clear(): void;
}

/** `onMissed` is called once a deadline's time and grace have passed without a `met`. */
export function watchDeadlines(onMissed: (deadline: Deadline) => void): DeadlineWatch {
  const timers = new Map<string, NodeJS.Timeout>();
  const met = (id: string): void => {
    clearTimeout(timers.get(id));
    timers.delete(id);
  };
  const longest = 2 ** 31 - 1;
  const wait = (deadline: Deadline, left: number): void => {
    const step = Math.min(left, longest);
    const timer = setTimeout(() => {
      if (left > longest) return wait(deadline, left - longest);
      timers.delete(deadline.id);
      onMissed(deadline);
    }, step);
    timers.set(deadline.id, timer);
  };
  return {
    arm(deadline) {
      met(deadline.id);
      wait(deadline, deadline.in_ms + deadline.grace_ms);
    },
    met,
    get armed() {
      return timers.size;
    },
    clear() {
      for (const id of [...timers.keys()]) met(id);
    },
  };
}
