/**
 * Follows one live run: connects to its runner, folds what the runner says is durable, watches its deadlines, stops it
 * when asked to - and when the process is gone, tells `onGone` why as far as that is known.
 *
 * States: linking → linked → (link lost) linking → … → gone. A lost link proves nothing; only the process's identity
 * does (STATE.md).
 */
import { setTimeout as pause } from "node:timers/promises";
import type { VerdictOptions } from "../../journal/sealing.ts";
import { formatDuration } from "../../protocol/durations.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { LiveEntry, RunnerMessage, SupervisorMessage } from "../../protocol/live.ts";
import { makeState } from "../../protocol/states.ts";
import { type Deadline, watchDeadlines } from "../../system/deadline-watch.ts";
import { killTree } from "../../system/kill-tree.ts";
import { removeLocalSocket } from "../../system/local-socket.ts";
import { isOfThisSystem, processState } from "../../system/process-identity.ts";
import type { Announced } from "./folding.ts";
import { hasEnded } from "./process-watch.ts";
import { linkRunner, type RunnerLink } from "./runner-link.ts";
import { createThrottle } from "./throttle.ts";

/** How a run ended whose process we killed; `undefined` when it went by itself. */
export type Ending = Pick<VerdictOptions, "state" | "taskMessage" | "taskStates">;

export interface SupervisionOptions {
  readonly entry: LiveEntry;
  /** The process is known to be gone, whatever the system can tell of it from here. */
  readonly isGone?: () => boolean;
  /** Ends a process that is none of this system: one in a container. */
  readonly killElsewhere?: () => Promise<void> | undefined;
  readonly fold: (announced: Announced) => Promise<void>;
  /** Bytes of logs.ndjson that may be read. */
  readonly onLog: (offset: number) => void;
  /** The run holds slots, which an earlier orchestrator gave it. */
  readonly onSlot: (holder: string, names: readonly string[]) => void;
  /** The process is gone; called once. */
  readonly onGone: (ending: Ending | undefined) => void;
  readonly report: (message: string, error: unknown) => void;
}

export interface Supervision {
  readonly entry: LiveEntry;
  readonly gone: boolean;
  /** Asks the run to stop; kills it with its children when it has not ended after the grace (milliseconds). */
  cancel(reason: string, grace: number): void;
  /** Resolves when nobody refused the answer for a while, rejects with MillraceError "bad-parameters" when it was refused. */
  continue(pauseKey: string, value: unknown): Promise<void>;
  /** Lets go of the run without touching it. */
  release(): void;
}

/** Milliseconds between two folds of one run: its records come thousands a second, people look less often. */
const foldRest = 15;
const relinkDelays: readonly number[] = [0, 5, 10, 20, 50, 100, 200, 500];
/** How long a paused run may think about an answer before we take silence for consent. */
const answerWithin = 1500;

export function supervise(options: SupervisionOptions): Supervision {
  const { entry, report } = options;
  let link: RunnerLink | undefined;
  let announced: Announced | undefined;
  let ending: Ending | undefined;
  let cancelReason: string | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  let over = false;
  const waiting: SupervisorMessage[] = [];
  const answers = new Map<string, PromiseWithResolvers<void>>();

  const folds = createThrottle<Announced>(foldRest, (next) =>
    options.fold(next).catch((thrown: unknown) => report(`folding run ${entry.run_id}`, thrown)),
  );

  const kill = async (why: Ending): Promise<void> => {
    if (over || processState(entry.writer) === "dead") return;
    ending ??= why;
    // A pid of another system means somebody else's process here.
    const end = isOfThisSystem(entry.writer) ? killTree(entry.writer.pid) : options.killElsewhere?.();
    await end?.catch((thrown: unknown) => report(`ending run ${entry.run_id}`, thrown));
  };

  const deadlines = watchDeadlines((deadline) => void kill(missed(deadline, cancelReason)));

  const onMessage = (message: RunnerMessage): void => {
    switch (message.type) {
      case "synced":
        announced = { segment: message.segment, offset: message.offset };
        folds.push(announced);
        break;
      case "log":
        options.onLog(message.offset);
        break;
      case "deadline":
        deadlines.arm(message);
        break;
      case "deadline-met":
        deadlines.met(message.id);
        break;
      case "slot":
        options.onSlot(message.holder, message.names);
        break;
      case "continue-refused":
        answers.get(message.pause_key)?.reject(new MillraceError("bad-parameters", message.message));
        break;
      default:
    }
  };

  const say = (message: SupervisorMessage): void => {
    if (link === undefined) waiting.push(message);
    else link.send(message);
  };

  async function follow(): Promise<void> {
    for (let failures = 0; !over; failures++) {
      const closed = Promise.withResolvers<void>();
      try {
        link = await linkRunner(entry, { onMessage, onClosed: closed.resolve });
        failures = 0;
        for (const message of waiting.splice(0)) link.send(message);
        await closed.promise;
      } catch {
        // Not listening yet, or not any more; the process tells which.
      }
      link = undefined;
      if (over) return;
      if (options.isGone?.() === true || hasEnded(entry.writer, failures)) return end();
      await pause(relinkDelays[Math.min(failures, relinkDelays.length - 1)]);
    }
  }

  const stop = (): void => {
    over = true;
    clearTimeout(killTimer);
    deadlines.clear();
    folds.stop();
    link?.close();
    // What the run made of its answer is told by its state.
    for (const answer of answers.values()) answer.resolve();
  };

  const end = (): void => {
    if (over) return;
    stop();
    // Nobody listens there any more, and a killed process leaves its socket's file behind.
    removeLocalSocket(entry.socket);
    options.onGone(ending);
  };

  void follow();

  return {
    entry,
    get gone() {
      return over;
    },
    cancel(reason, grace) {
      cancelReason = reason;
      say({ type: "cancel", reason, grace_ms: grace });
      clearTimeout(killTimer);
      killTimer = setTimeout(() => void kill(cancelled(reason, grace)), grace);
    },
    async continue(pauseKey, value) {
      const answer = Promise.withResolvers<void>();
      answers.set(pauseKey, answer);
      say({ type: "continue", pause_key: pauseKey, ...(value === undefined ? {} : { value }) });
      const timer = setTimeout(() => answer.resolve(), answerWithin);
      try {
        await answer.promise;
      } finally {
        clearTimeout(timer);
        answers.delete(pauseKey);
      }
    },
    release: stop,
  };
}

function cancelled(reason: string, grace: number): Ending {
  const message = `${reason} It did not stop within ${formatDuration(grace)} and was ended with its process.`;
  return { state: makeState("CANCELLED", Date.now(), { message }) };
}

/** As the keeper says it (runner/keeper.ts), which watches the runs that nobody supervises. */
function missed(deadline: Deadline, cancelReason: string | undefined): Ending {
  const now = Date.now();
  const allowed = formatDuration(deadline.timeout_ms ?? deadline.in_ms);
  if (cancelReason !== undefined) {
    const message = `${cancelReason} ${deadline.label} blocked the event loop; the runner was killed`;
    return { state: makeState("CANCELLED", now, { message }) };
  }
  const message = `${deadline.label} blocked the event loop past its timeout of ${allowed}; the runner was killed`;
  const timedOut = makeState("FAILED", now, { name: "TimedOut", message });
  return {
    state: makeState("CRASHED", now, { message }),
    taskMessage: "did not finish: the runner was killed",
    ...(deadline.task_run_id === undefined ? {} : { taskStates: new Map([[deadline.task_run_id, timedOut]]) }),
  };
}
