/** What all flow runs and task runs of one journal share, and the only ways to write to it. */
import type { SourceLocation } from "../protocol/errors.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { type JournalRecord, type LogLevel, logLevels, type ValueRecord } from "../protocol/records.ts";
import type { ExecuteRequest } from "../protocol/sdk-runtime.ts";
import { type AttemptMemory, makeAttemptMemory } from "./attempt-memory.ts";
import { type Scope, shared, stopScope } from "./context.ts";
import { cancelledError } from "./errors.ts";
import type { FlowDefinition } from "./flow-definition.ts";
import type { RunHistory, RunHost } from "./host.ts";
import type { ResultOrigins } from "./inputs.ts";
import type { TaskDefinition } from "./task-definition.ts";

/** What the engine takes from a request; the rest is the host's. */
export type RunOptions = Partial<
  Pick<
    ExecuteRequest,
    | "file"
    | "trigger"
    | "cwd"
    | "name"
    | "tags"
    | "idempotency_key"
    | "deployment"
    | "debugging"
    | "parameters"
    | "work_pool_name"
    | "work_queue_name"
    | "flow_version"
  >
> & {
  readonly exportName?: string;
  /** What user code prints or logs goes to the terminal too, because nobody shows the log there. */
  readonly echo?: boolean;
  /** Bodies that stand for those of tasks, in tests. */
  readonly mocks?: ReadonlyMap<TaskDefinition, TaskDefinition["run"]>;
};

export interface Run {
  readonly host: RunHost;
  readonly options: RunOptions;
  history: RunHistory | undefined;
  /** On from the first flow that may be retried: what its next attempt finds. */
  memory: AttemptMemory | undefined;
  readonly origins: ResultOrigins;
  /** Inputs that are kept with the run although they are no task's results: those of a task that is called again. */
  keptInputs: WeakMap<object, ValueRecord> | undefined;
  /** Attempts going on. */
  readonly live: Set<Scope>;
  /** Completions given back and not yet written down as such. */
  kept: string[];
  /** Completions given to another index of their map: whose it was → who has it. */
  readonly moved: Map<string, string>;
  /** How often a call without a match was explained, by task key. */
  readonly explained: Map<string, number>;
  /** Why nothing new may start: cancelled, or the journal is lost. */
  stopped: Error | undefined;
  /** Who waits for the commit that is under way. */
  batch: { readonly promise: Promise<void>; readonly waiting: Committed[] } | undefined;
  /** Set when the journal cannot be written any more: nothing is acknowledged from here on. */
  broken: Error | undefined;
  /** Called once when the run has to end for a reason from outside its code. */
  onEnd: ((reason: Error) => void) | undefined;
}

/** One flow run: the root, or a subflow. */
export interface FlowRun {
  readonly run: Run;
  readonly id: string;
  readonly name: string;
  readonly definition: FlowDefinition;
  readonly parameters: unknown;
  readonly tags: readonly string[];
  /** First part of the identity of calls in its body: "" for the root, the call's identity for a subflow. */
  readonly scopeId: string;
  /** Where a subflow was called from. */
  readonly caller: Scope | undefined;
  runCount: number;
  /** The attempt going on. */
  scope: Scope | undefined;
  /** Task calls that have not settled. */
  pending: number;
  /** Called when `pending` comes to 0. */
  onDrained: (() => void) | undefined;
  /** Failures that nobody had looked at when they came. */
  unseen: UnseenFailure[];
  /** How many task runs each task key has had: numbers their names. */
  readonly numbers: Map<string, number>;
  /** Pauses that wait for an answer. */
  paused: number;
}

/** Of a flow run whose body has not begun. */
export function untouched(): Pick<FlowRun, "scope" | "pending" | "onDrained" | "unseen" | "numbers" | "paused"> {
  return { scope: undefined, pending: 0, onDrained: undefined, unseen: [], numbers: new Map(), paused: 0 };
}

export interface UnseenFailure {
  readonly call: { readonly observed: boolean };
  readonly taskName: string;
  readonly source: SourceLocation | undefined;
  readonly error: unknown;
}

export function openRun(host: RunHost, options: RunOptions): Run {
  const run: Run = {
    host,
    options,
    history: host.history,
    memory: undefined,
    origins: new WeakMap(),
    keptInputs: undefined,
    live: new Set(),
    kept: [],
    moved: new Map(),
    explained: new Map(),
    stopped: undefined,
    batch: undefined,
    broken: undefined,
    onEnd: undefined,
  };
  host.journal.onFailed((error) => breakRun(run, error));
  return run;
}

export function append(run: Run, record: JournalRecord): void {
  if (run.broken !== undefined) return;
  try {
    run.host.journal.append(record);
  } catch (error) {
    breakRun(run, toError(error));
  }
}

/** As `append`, for what begins later in this turn: `writeQueued` has to come before it begins. */
export function queue(run: Run, record: JournalRecord): void {
  if (run.broken !== undefined) return;
  try {
    run.host.journal.queue(record);
  } catch (error) {
    breakRun(run, toError(error));
  }
}

export function writeQueued(run: Run): void {
  if (run.broken !== undefined) return;
  try {
    run.host.journal.write();
  } catch (error) {
    breakRun(run, toError(error));
  }
}

/** Rejects when the record is not durable; then nothing may be acknowledged and the run is over. */
export function commit(run: Run, record: JournalRecord): Promise<void> {
  return run.broken === undefined ? run.host.journal.commit(record) : Promise.reject(run.broken);
}

/** Who waits for a commit: told in the order in which they committed. */
export interface Committed {
  durable(): void;
  lost(error: unknown): void;
}

/**
 * The same, for the hot path: a journal with group commit gives all records of a batch one promise, so one reaction to
 * it serves them all.
 */
export function commitThen(run: Run, record: JournalRecord, committed: Committed): void {
  const promise = commit(run, record);
  if (run.batch?.promise === promise) {
    run.batch.waiting.push(committed);
    return;
  }
  const waiting = [committed];
  run.batch = { promise, waiting };
  promise.then(
    () => {
      for (const each of waiting) each.durable();
    },
    (error: unknown) => {
      for (const each of waiting) each.lost(error);
    },
  );
}

export function breakRun(run: Run, error: Error): void {
  if (run.broken !== undefined) return;
  run.broken = error;
  stopRun(run, error);
}

/** A failure that nobody waits for yet: it fails the flow run if nobody looks at it until the end. */
export function noteUnseen(flowRun: FlowRun, call: UnseenFailure["call"], failure: Omit<UnseenFailure, "call">): void {
  if (!call.observed && flowRun.run.stopped === undefined) flowRun.unseen.push({ call, ...failure });
}

/** Nothing new starts, and everything going on is told to stop. The first reason stays. */
export function stopRun(run: Run, reason: Error): void {
  if (run.stopped !== undefined) return;
  run.stopped = reason;
  for (const scope of [...run.live]) stopScope(scope, reason);
  run.onEnd?.(reason);
}

export function watchCancellation(run: Run): () => void {
  const signal = run.host.cancellation;
  const cancel = () => stopRun(run, cancelledError(signal.reason));
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
  return () => signal.removeEventListener("abort", cancel);
}

/** Why a call may not be made here any more, or undefined. */
export function refusal(scope: Scope): Error | undefined {
  if (scope.stopped !== undefined) return scope.stopped;
  if (scope.flowRun.run.stopped !== undefined) return scope.flowRun.run.stopped;
  if (shared.runs.has(scope.flowRun.run)) return undefined;
  return new MillraceError(
    "bad-usage",
    `flow run "${scope.flowRun.name}" is over: a task was called by code that the flow did not wait for; await it in the flow`,
  );
}

/** Notes that an earlier completion was given back; written in batches, before anything that ends the run. */
export function noteKept(run: Run, taskRunId: string): void {
  run.kept.push(taskRunId);
  if (run.kept.length === 1) setImmediate(flushKept, run);
  else if (run.kept.length >= 500) flushKept(run);
}

export function flushKept(run: Run): void {
  if (run.kept.length === 0) return;
  append(run, { kind: "kept", task_run_ids: run.kept, at: run.host.clock.now() });
  run.kept = [];
}

export function rememberFromNowOn(run: Run): AttemptMemory {
  run.memory ??= makeAttemptMemory();
  return run.memory;
}

/** A line of the run's log, attributed to where it was written. `name` as in `LogRecord`. */
export function writeLog(
  scope: Scope,
  level: LogLevel,
  message: string,
  name: LogSource = "millrace",
  fields?: Readonly<Record<string, unknown>>,
): void {
  const { flowRun, task } = scope;
  const { host, options } = flowRun.run;
  host.logs.write({
    at: host.clock.now(),
    level: logLevels[level],
    message,
    name,
    flow_run_id: flowRun.id,
    ...(task === undefined || task.id === "" ? {} : { task_run_id: task.id }),
    ...(fields === undefined ? {} : { fields }),
  });
  // What came from the console or a stream is there already.
  if (options.echo === true && (name === "log" || name === "millrace")) printLine(level, message, fields);
}

type LogSource = "millrace" | "log" | "console" | "stdout" | "stderr";

/** The console as it was before it was captured. */
export const untouchedConsole = {
  debug: console.debug.bind(console),
  log: console.log.bind(console),
  info: console.info.bind(console),
  warn: console.warn.bind(console),
  error: console.error.bind(console),
  trace: console.trace.bind(console),
};

export function printLine(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
  const wasPrinting = shared.printing;
  shared.printing = true;
  if (fields === undefined) untouchedConsole[level](message);
  else untouchedConsole[level](message, fields);
  shared.printing = wasPrinting;
}
