/**
 * Deadlines that somebody outside must watch, because user code may block this event loop: a supervisor on the run's
 * socket if there is one, else a keeper process that is started for the first deadline.
 */
import type { RunnerMessage } from "../../protocol/live.ts";
import type { Deadlines } from "../host.ts";
import type { Keeper } from "./keeper-process.ts";

type Armed = Extract<RunnerMessage, { readonly type: "deadline" }>;

export interface DeadlinesOptions {
  readonly monotonic: () => number;
  /** Whether a supervisor is listening; it gets the messages through `send`. */
  readonly supervised: () => boolean;
  readonly send: (message: RunnerMessage) => void;
  readonly startKeeper: () => Keeper | undefined;
  /** Debugging: a breakpoint blocks the loop for as long as somebody thinks. */
  readonly off: boolean;
}

export interface RunDeadlines extends Deadlines {
  readonly off: boolean;
  /** What is armed now, with the time that is left: for a supervisor that has just come. */
  readonly armed: readonly Armed[];
  /** Starts the keeper although no deadline is armed: it also hears Ctrl-C. */
  keep(): void;
  /** The run was told to stop and ends within this time: the keeper, if there is one, has patience so long. */
  stopping(grace: number): void;
  /** The number of supervisors changed: when the last has gone, the keeper takes over. */
  supervisorsChanged(): void;
  /** The keeper's process, if there is one. */
  readonly keeperPid: number | undefined;
  release(runId: string): void;
}

export function makeDeadlines(options: DeadlinesOptions): RunDeadlines {
  const armed = new Map<string, { readonly deadline: Armed; readonly due: number }>();
  let keeper: Keeper | undefined;

  const withTimeLeft = (): readonly Armed[] =>
    [...armed.values()].map(({ deadline, due }) => ({
      ...deadline,
      in_ms: Math.max(0, due - options.monotonic()),
    }));
  const keep = (): void => {
    keeper ??= options.startKeeper();
  };
  const ensureWatched = (): boolean => {
    if (options.supervised() || keeper !== undefined) return false;
    keep();
    return keeper !== undefined;
  };

  return {
    off: options.off,
    get keeperPid() {
      return keeper?.pid;
    },
    get armed() {
      return withTimeLeft();
    },
    arm({ id, in_ms, grace_ms, task_run_id, label }) {
      if (options.off) return;
      const deadline: Armed = {
        type: "deadline",
        id,
        in_ms,
        grace_ms,
        timeout_ms: in_ms,
        ...(task_run_id === undefined ? {} : { task_run_id }),
        label,
      };
      armed.set(id, { deadline, due: options.monotonic() + in_ms });
      ensureWatched();
      options.send(deadline);
      keeper?.say(deadline);
    },
    met(id) {
      if (!armed.delete(id)) return;
      options.send({ type: "deadline-met", id });
      keeper?.say({ type: "deadline-met", id });
    },
    keep,
    stopping: (grace) => keeper?.say({ type: "stopping", grace_ms: grace }),
    supervisorsChanged() {
      if (armed.size === 0 || !ensureWatched()) return;
      for (const deadline of withTimeLeft()) keeper?.say(deadline);
    },
    release(runId) {
      armed.clear();
      keeper?.release(runId);
      keeper = undefined;
    },
  };
}
