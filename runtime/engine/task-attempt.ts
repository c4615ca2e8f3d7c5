/** One attempt of a task: runs its body in a scope of its own, with its timeout, and hands on how it ended. */
import { formatDuration } from "../protocol/durations.ts";
import { newId } from "../protocol/ids.ts";
import { flushOutput } from "./capture.ts";
import { makeScope, type Scope, shared, stopScope } from "./context.ts";
import { TimeoutError } from "./errors.ts";
import { callHooks } from "./hooks.ts";
import { isThenable } from "./inputs.ts";
import { refusal } from "./run.ts";
import type { TaskCall } from "./task-call.ts";
import { attemptFailed, attemptReturned, cancelCall, taskEvent } from "./task-outcome.ts";

/**
 * Milliseconds to clean up after a stop: a body that asked for the signal gets longer than one that cannot have heard.
 * What stands for a subflow waits for the subflow's own end.
 */
export const stopGrace = { heard: 5000, unheard: 250, subflow: 1000 } as const;
/** How long a blocked event loop may overstay a timeout before somebody outside ends the process. */
const blockedGrace = 2000;

/** The attempt's run count has been set and its RUNNING record written. */
export function attemptTask(call: TaskCall): void {
  const { flowRun, settings } = call;
  const refused = refusal(call.caller);
  if (refused !== undefined) {
    cancelCall(call, refused);
    return;
  }
  const scope = makeScope(flowRun, call, call.identity);
  call.attempt = scope;
  flowRun.run.live.add(scope);
  scope.onStop = (reason) => awaitStop(call, scope, reason);
  if (settings.onRunning.length > 0) {
    const event = taskEvent(call, { type: "RUNNING", name: "Running", timestamp: flowRun.run.host.clock.now() });
    callHooks(settings.onRunning, event, "onRunning", scope).then(() => runBody(call, scope));
    return;
  }
  if (flowRun.run.options.debugging === true) {
    // A breakpoint stops this loop: until then others must be able to see that the task has begun.
    const begin = () => runBody(call, scope);
    flowRun.run.host.journal.flush().then(begin, begin);
    return;
  }
  runBody(call, scope);
}

function runBody(call: TaskCall, scope: Scope): void {
  if (call.attempt !== scope) return;
  if (call.settings.timeout !== undefined) armTimeout(call, scope, call.settings.timeout);
  let returned: unknown;
  try {
    returned = shared.storage.run(scope, invoke, call);
  } catch (error) {
    if (endAttempt(call, scope)) attemptFailed(call, scope, error);
    return;
  }
  if (isThenable(returned)) {
    returned.then(
      (value) => {
        if (endAttempt(call, scope)) attemptReturned(call, scope, value);
      },
      (error: unknown) => {
        if (endAttempt(call, scope)) attemptFailed(call, scope, error);
      },
    );
  } else if (endAttempt(call, scope)) {
    attemptReturned(call, scope, returned);
  }
}

function invoke(call: TaskCall): unknown {
  const body = call.flowRun.run.options.mocks?.get(call.definition) ?? call.definition.run;
  return Reflect.apply(body, undefined, call.inputs);
}

/** True for whoever ends the attempt first: the body, its timeout, or the patience after a stop. */
export function endAttempt(call: TaskCall, scope: Scope): boolean {
  if (call.attempt !== scope) return false;
  call.attempt = undefined;
  scope.disarm?.();
  call.flowRun.run.live.delete(scope);
  flushOutput(scope);
  return true;
}

function armTimeout(call: TaskCall, scope: Scope, timeout: number): void {
  const { host, options } = call.flowRun.run;
  if (options.debugging === true) return;
  const id = newId();
  const label = `task "${call.name}"`;
  host.deadlines.arm({ id, in_ms: timeout, grace_ms: blockedGrace, task_run_id: call.id, label });
  const onTimeout = () => {
    if (!endAttempt(call, scope)) return;
    const error = new TimeoutError(`${label} took longer than its timeout of ${formatDuration(timeout)}`);
    scope.onStop = undefined;
    stopScope(scope, error);
    attemptFailed(call, scope, error);
  };
  const timer = host.clock.after(timeout, onTimeout, { keepAlive: true });
  scope.disarm = () => {
    timer.cancel();
    host.deadlines.met(id);
  };
}

/** The attempt was told to stop: its body may clean up for a while, then the run goes on without it. */
function awaitStop(call: TaskCall, scope: Scope, reason: Error): void {
  const own = scope.controller === undefined ? stopGrace.unheard : stopGrace.heard;
  const grace = call.childFlowRunId === undefined ? own : stopGrace.heard + stopGrace.subflow;
  const giveUp = () => {
    if (endAttempt(call, scope)) cancelCall(call, reason);
  };
  const timer = call.flowRun.run.host.clock.after(grace, giveUp, { keepAlive: true });
  const { disarm } = scope;
  scope.disarm = () => {
    timer.cancel();
    disarm?.();
  };
}
