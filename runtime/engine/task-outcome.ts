/** How a task call ends, and what is written, remembered and told then. */

import { toErrorRecord } from "../protocol/error-record.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import type { TaskRunStateRecord, ValueRecord } from "../protocol/records.ts";
import type { State } from "../protocol/states.ts";
import type { CachedResult } from "./cache.ts";
import { putInCache } from "./cache.ts";
import type { Scope } from "./context.ts";
import { isNonRetryable, isTimeout, messageWithCause } from "./errors.ts";
import { callHooks } from "./hooks.ts";
import { isThenable } from "./inputs.ts";
import { settleOne } from "./pending.ts";
import { append, breakRun, type Committed, commit, commitThen, noteUnseen, writeLog } from "./run.ts";
import type { TaskCall } from "./task-call.ts";
import type { TaskHook, TaskHookEvent } from "./task-options.ts";
import { stateRecord } from "./task-records.ts";
import { retryLater } from "./task-retry.ts";

const notKept: ValueRecord = { kind: "none", reason: "persist: false" };

/** The body returned: the value is kept, the completion committed, and only then the call resolves. */
export function attemptReturned(call: TaskCall, scope: Scope, value: unknown): void {
  if (scope.stopped !== undefined) {
    cancelCall(call, scope.stopped);
    return;
  }
  const { run } = call.flowRun;
  let kept: ValueRecord | Promise<ValueRecord>;
  try {
    kept = call.settings.persist ? run.host.values.keep(value, `the result of task "${call.name}"`) : notKept;
  } catch (error) {
    if (call.definition.isFlow !== true) {
      failCall(call, error);
      return;
    }
    // A resume enters the subflow again and finds its tasks, so its result need not be kept.
    kept = { kind: "none", reason: toError(error).message };
  }
  if (isThenable(kept)) {
    kept.then(
      (record) => completeCall(call, value, record),
      // What a table reads may fail as the body could have failed: then it is tried again as that.
      (error) => (isOfStore(error) ? failCall(call, error) : attemptFailed(call, scope, error)),
    );
  } else {
    completeCall(call, value, kept);
  }
}

function isOfStore(error: unknown): boolean {
  return error instanceof MillraceError && (error.code === "journal-failed" || error.code === "result-not-kept");
}

function completeCall(call: TaskCall, value: unknown, result: ValueRecord): void {
  const { run } = call.flowRun;
  const state: State = { type: "COMPLETED", name: "Completed", timestamp: run.host.clock.now() };
  finish(call, value, result, state, stateRecord(call, state, { result }));
}

/** A result that an earlier run computed. */
export function completeFromCache(call: TaskCall, { value, record: result, origin, expires }: CachedResult): void {
  const { run } = call.flowRun;
  const details = {
    ...(call.cacheKey === undefined ? {} : { cache_key: call.cacheKey }),
    ...(expires === undefined ? {} : { cache_expiration: expires }),
  };
  const state: State = { type: "COMPLETED", name: "Cached", timestamp: run.host.clock.now(), details };
  finish(call, value, result, state, { ...stateRecord(call, state, { result }), cached_from: origin });
}

/** One object instead of three functions: there may be thousands of these at once. */
class Completion implements Committed {
  readonly #call: TaskCall;
  readonly #value: unknown;

  constructor(call: TaskCall, value: unknown) {
    this.#call = call;
    this.#value = value;
  }

  durable(): void {
    this.#call.end.resolve(this.#value);
    settleOne(this.#call.flowRun);
  }

  lost(error: unknown): void {
    broken(this.#call, error);
  }
}

function finish(call: TaskCall, value: unknown, result: ValueRecord, state: State, record: TaskRunStateRecord): void {
  const { run } = call.flowRun;
  if (typeof value === "object" && value !== null) run.origins.set(value, call.id);
  if (call.record !== undefined) run.memory?.remember(call.record, result);
  if (call.release === undefined && call.cacheKey === undefined && call.settings.onCompletion.length === 0) {
    commitThen(run, record, new Completion(call, value));
  } else {
    finishSlowly(call, value, result, state, commit(run, record));
  }
}

async function finishSlowly(
  call: TaskCall,
  value: unknown,
  result: ValueRecord,
  state: State,
  committed: Promise<void>,
): Promise<void> {
  try {
    await committed;
  } catch (error) {
    broken(call, error);
    return;
  }
  await releaseSlots(call);
  if (state.name !== "Cached") await putInCache(call, result);
  await callHooks(call.settings.onCompletion, taskEvent(call, state), "onCompletion", call.caller);
  call.end.resolve(value);
  settleOne(call.flowRun);
}

/** The body threw, or its time was over. */
export function attemptFailed(call: TaskCall, scope: Scope, error: unknown): void {
  if (scope.stopped !== undefined && !isTimeout(scope.stopped)) {
    cancelCall(call, scope.stopped);
    return;
  }
  const { settings, flowRun } = call;
  if (call.runCount <= settings.retries && !isNonRetryable(error) && mayRetry(call, error)) {
    retryLater(call, error);
    return;
  }
  if (settings.retries > 0 && flowRun.run.stopped === undefined) {
    const why =
      call.runCount <= settings.retries ? "this error is not retried" : `no retries left of ${settings.retries}`;
    writeLog(call.caller, "error", `task "${call.name}" failed: ${messageWithCause(error)} (${why})`);
  }
  failCall(call, error);
}

function mayRetry(call: TaskCall, error: unknown): boolean {
  try {
    return call.settings.retryIf === undefined || call.settings.retryIf(error);
  } catch (thrown) {
    writeLog(
      call.caller,
      "error",
      `retryIf of task "${call.name}" threw, so it is not retried: ${toError(thrown).message}`,
    );
    return false;
  }
}

/** FAILED for good. */
export function failCall(call: TaskCall, error: unknown): void {
  const record = toErrorRecord(error);
  const name = isTimeout(error) ? "TimedOut" : "Failed";
  const timestamp = call.flowRun.run.host.clock.now();
  const state: State = { type: "FAILED", name, timestamp, message: record.message };
  const committed = commit(call.flowRun.run, stateRecord(call, state, { error: record }));
  endBadly(call, error, state, call.settings.onFailure, "onFailure", committed);
}

/** CANCELLED: the run was cancelled, or the flow it belongs to is over. */
export function cancelCall(call: TaskCall, reason: Error): void {
  const { run } = call.flowRun;
  const timestamp = run.host.clock.now();
  const state: State = { type: "CANCELLED", name: "Cancelled", timestamp, message: reason.message };
  append(run, stateRecord(call, state));
  endBadly(call, reason, state, call.settings.onCancellation, "onCancellation", Promise.resolve());
}

async function endBadly(
  call: TaskCall,
  error: unknown,
  state: State,
  hooks: readonly TaskHook[],
  hookName: string,
  committed: Promise<void>,
): Promise<void> {
  try {
    await committed;
  } catch (lost) {
    broken(call, lost);
    return;
  }
  await releaseSlots(call);
  if (hooks.length > 0) await callHooks(hooks, taskEvent(call, state, error), hookName, call.caller);
  rejectCall(call, error);
}

/** The call's promise rejects. A failure that nobody waits for yet is noted: it may fail the run. */
export function rejectCall(call: TaskCall, error: unknown): void {
  const { flowRun, end } = call;
  noteUnseen(flowRun, end, { taskName: call.name, source: call.source, error });
  end.reject(error);
  settleOne(call.flowRun);
}

/** The record is not durable: the call neither resolves nor fails by its own fault, and the run is over. */
function broken(call: TaskCall, error: unknown): void {
  breakRun(call.flowRun.run, toError(error));
  rejectCall(call, error);
}

export async function releaseSlots(call: TaskCall): Promise<void> {
  const { release } = call;
  call.release = undefined;
  try {
    await release?.();
  } catch (error) {
    writeLog(call.caller, "warn", `task "${call.name}": its slots could not be given back: ${toError(error).message}`);
  }
}

export function taskEvent(call: TaskCall, state: State, error?: unknown): TaskHookEvent {
  return {
    task: { name: call.definition.key },
    taskRun: { id: call.id, name: call.name, runCount: call.runCount },
    flowRun: { id: call.flowRun.id, name: call.flowRun.name },
    state,
    ...(error === undefined ? {} : { error }),
  };
}

/** A kept value whose reader fails is as good as not kept. */
export function isGone(error: unknown): boolean {
  return error instanceof MillraceError && error.code === "not-found";
}
