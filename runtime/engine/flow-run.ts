/**
 * One flow run's body, attempt by attempt, until it has an outcome: the root flow and subflows alike. An attempt is
 * over when its body has returned and every task it started has settled.
 */
import { formatDuration } from "../protocol/durations.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { flushProgress } from "./artifacts.ts";
import { flushOutput } from "./capture.ts";
import { makeScope, type Scope, shared, signalOf, stopScope } from "./context.ts";
import { TimeoutError } from "./errors.ts";
import { flowEvent, recordFlowState } from "./flow-records.ts";
import { callHooks } from "./hooks.ts";
import { type FlowRun, type Run, rememberFromNowOn, writeLog } from "./run.ts";
import { stopGrace } from "./task-attempt.ts";

export type FlowOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

const blockedGrace = 2000;

/** Runs the body with its retries. `begin` names the first RUNNING state: "Running", or "Rerunning" on resume. */
export async function runFlowBody(flowRun: FlowRun, begin: "Running" | "Rerunning"): Promise<FlowOutcome> {
  const { run, definition } = flowRun;
  const { settings } = definition;
  const earlier = run.history;
  const memory = settings.retries > 0 ? rememberFromNowOn(run) : undefined;
  const firstCount = flowRun.runCount;
  let name: "Running" | "Rerunning" | "Retrying" = begin;
  for (;;) {
    const scope = makeScope(flowRun, undefined, flowRun.scopeId);
    flowRun.scope = scope;
    const state = recordFlowState(flowRun, { type: "RUNNING", name });
    await callHooks(settings.onRunning, flowEvent(flowRun, state), "onRunning", scope);
    const outcome = await attemptFlow(flowRun, scope);
    const attempt = flowRun.runCount - firstCount + 1;
    if (outcome.ok || attempt > settings.retries || !mayRetry(run, outcome.error)) return outcome;
    await waitForRetry(flowRun, scope, attempt, outcome.error);
    if (run.stopped !== undefined) return { ok: false, error: run.stopped };
    run.history = memory?.history(earlier, rootOf(flowRun));
    run.moved.clear();
    flowRun.runCount++;
    flowRun.unseen = [];
    flowRun.numbers.clear();
    name = "Retrying";
  }
}

function rootOf(flowRun: FlowRun) {
  const parameters = { kind: "none", reason: "in memory" } as const;
  return { id: flowRun.id, name: flowRun.name, parameters, run_count: flowRun.runCount };
}

function mayRetry(run: Run, error: unknown): boolean {
  return run.stopped === undefined && !(error instanceof MillraceError && error.code === "bad-parameters");
}

async function waitForRetry(flowRun: FlowRun, scope: Scope, attempt: number, error: unknown): Promise<void> {
  const { host } = flowRun.run;
  const { retries, delay } = flowRun.definition.settings;
  const wait = delay(attempt);
  const message = toError(error).message;
  const when = wait === 0 ? "now" : `in ${formatDuration(wait)}`;
  writeLog(scope, "warn", `flow run "${flowRun.name}" failed: ${message} - retry ${attempt} of ${retries} ${when}`);
  const details = { scheduled_time: host.clock.now() + wait };
  recordFlowState(flowRun, { type: "SCHEDULED", name: "AwaitingRetry", message, details }, { error });
  if (wait === 0) return;
  const waiting = makeScope(flowRun, undefined, flowRun.scopeId);
  flowRun.run.live.add(waiting);
  try {
    await host.clock.wait(wait, signalOf(waiting));
  } catch {
    // Told to stop: the caller looks at why.
  } finally {
    flowRun.run.live.delete(waiting);
  }
}

/** One attempt: the body, raced by its timeout and by the end of the run, then the tasks it left behind. */
async function attemptFlow(flowRun: FlowRun, scope: Scope): Promise<FlowOutcome> {
  const { run } = flowRun;
  run.live.add(scope);
  const body = new Promise<FlowOutcome>((resolve) => {
    scope.onStop = (reason) => {
      const grace = scope.controller === undefined ? stopGrace.unheard : stopGrace.heard;
      const giveUp = () => resolve({ ok: false, error: reason });
      const timer = run.host.clock.after(grace, giveUp, { keepAlive: true });
      scope.disarm = timer.cancel;
    };
    if (scope.stopped === undefined && run.stopped !== undefined) stopScope(scope, run.stopped);
    runBody(flowRun, scope).then(
      (value) => resolve({ ok: true, value }),
      (error: unknown) => resolve({ ok: false, error }),
    );
  });
  const disarm = armTimeout(flowRun, scope);
  let outcome = await body;
  scope.disarm?.();
  if (flowRun.pending > 0) await drained(flowRun, scope);
  disarm?.();
  flushProgress(scope);
  flushOutput(scope);
  run.live.delete(scope);
  if (scope.stopped !== undefined) outcome = { ok: false, error: scope.stopped };
  scope.stopped ??= new MillraceError("bad-usage", `this attempt of flow run "${flowRun.name}" is over`);
  return outcome.ok ? (unseenFailure(flowRun) ?? outcome) : outcome;
}

async function runBody(flowRun: FlowRun, scope: Scope): Promise<unknown> {
  const { host, options } = flowRun.run;
  // As with tasks (task-attempt.ts): what a breakpoint stops has been seen to begin.
  if (options.debugging === true) await host.journal.flush().catch(() => undefined);
  return shared.storage.run(scope, () => Reflect.apply(flowRun.definition.run, undefined, [flowRun.parameters]));
}

/**
 * Resolves when no task call is open. What a settled call's `then` starts counts too, so a moment passes before nothing
 * is believed to come any more. After a stop the wait ends in any case: a call may wait for an input that never comes.
 */
async function drained(flowRun: FlowRun, scope: Scope): Promise<void> {
  let patient = true;
  while (flowRun.pending > 0 && patient) {
    let cancelTimer: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      const onEnd = () => {
        patient = false;
        resolve();
      };
      const giveUp = () => {
        const after = stopGrace.heard + stopGrace.subflow;
        cancelTimer = flowRun.run.host.clock.after(after, onEnd, { keepAlive: true }).cancel;
      };
      flowRun.onDrained = resolve;
      scope.onStop = giveUp;
      if (scope.stopped !== undefined) giveUp();
    });
    cancelTimer?.();
    flowRun.onDrained = undefined;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

function armTimeout(flowRun: FlowRun, scope: Scope): (() => void) | undefined {
  const { host, options } = flowRun.run;
  const { timeout } = flowRun.definition.settings;
  if (timeout === undefined || options.debugging === true) return undefined;
  const id = newId();
  const label = `flow run "${flowRun.name}"`;
  host.deadlines.arm({ id, in_ms: timeout, grace_ms: blockedGrace, label });
  const onTimeout = () => {
    host.deadlines.met(id);
    stopTree(flowRun, scope, new TimeoutError(`${label} took longer than its timeout of ${formatDuration(timeout)}`));
  };
  const timer = host.clock.after(timeout, onTimeout, { keepAlive: true });
  return () => {
    timer.cancel();
    host.deadlines.met(id);
  };
}

/** Stops an attempt of a flow with everything that runs below it. */
function stopTree(flowRun: FlowRun, scope: Scope, reason: Error): void {
  const below = [...flowRun.run.live].filter((other) => other !== scope && isBelow(other, flowRun));
  stopScope(scope, reason);
  for (const other of below) stopScope(other, new MillraceError("cancelled", reason.message, { cause: reason }));
}

function isBelow(scope: Scope, flowRun: FlowRun): boolean {
  let current: FlowRun | undefined = scope.flowRun;
  while (current !== undefined && current !== flowRun) current = current.caller?.flowRun;
  return current === flowRun;
}

/** The first failure that nobody looked at fails the flow; it names the task and the line of the call. */
function unseenFailure(flowRun: FlowRun): FlowOutcome | undefined {
  const failures = flowRun.unseen.filter(({ call }) => !call.observed);
  const [first] = failures;
  if (first === undefined) return undefined;
  const where = first.source === undefined ? "" : `, called at ${first.source.file}:${first.source.line}`;
  const others = failures.length === 1 ? "" : ` (and ${failures.length - 1} more)`;
  const error = new MillraceError(
    "task-failed",
    `task "${first.taskName}"${where}, failed and nobody waited for it${others}: ${toError(first.error).message}`,
    { cause: first.error },
  );
  return { ok: false, error: first.source === undefined ? error : Object.assign(error, { location: first.source }) };
}
