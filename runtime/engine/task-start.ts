/** The slower ways to start a task: a cached result is looked for, slots are waited for. */
import { toError } from "../protocol/errors.ts";
import { findInCache } from "./cache.ts";
import { signalOf } from "./context.ts";
import { append, refusal } from "./run.ts";
import { attemptTask } from "./task-attempt.ts";
import type { TaskCall } from "./task-call.ts";
import { cancelCall, completeFromCache, failCall, rejectCall } from "./task-outcome.ts";
import { startPending, startRunning, startWaiting, stateRecord, waitingState } from "./task-records.ts";

export async function startSlowly(call: TaskCall): Promise<void> {
  const hit = call.settings.cache === undefined ? undefined : await findInCache(call);
  const refused = refusal(call.caller);
  if (refused !== undefined) {
    rejectCall(call, refused);
    return;
  }
  if (hit !== undefined) {
    startPending(call);
    completeFromCache(call, hit);
    return;
  }
  if (!(await takeSlots(call))) return;
  if (call.id === "") {
    startRunning(call);
  } else {
    call.runCount = 1;
    const timestamp = call.flowRun.run.host.clock.now();
    append(call.flowRun.run, stateRecord(call, { type: "RUNNING", name: "Running", timestamp }));
  }
  attemptTask(call);
}

/**
 * Holds the slots of the task's name and tags. False when the call has ended instead: cancelled while it waited, or
 * whoever counts the slots cannot be reached.
 */
export async function takeSlots(call: TaskCall): Promise<boolean> {
  const { host } = call.flowRun.run;
  const names = call.settings.limitNames ?? [];
  if (!host.limits.isLimited(names)) return true;
  const waiting = (waitingFor: string) => {
    if (call.id === "") startWaiting(call, waitingFor);
    else append(call.flowRun.run, stateRecord(call, waitingState(call, waitingFor)));
  };
  try {
    const holder = `${call.flowRun.id}:${call.identity}`;
    const release = await host.limits.acquire(names, holder, signalOf(call.caller), waiting);
    const refused = refusal(call.caller);
    if (refused === undefined) {
      call.release = release;
      return true;
    }
    await release();
    end(call, refused, true);
  } catch (error) {
    const refused = refusal(call.caller);
    end(call, refused ?? toError(error), refused !== undefined);
  }
  return false;
}

function end(call: TaskCall, error: Error, cancelled: boolean): void {
  if (call.id === "") startPending(call);
  if (cancelled) cancelCall(call, error);
  else failCall(call, error);
}
