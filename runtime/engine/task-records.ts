/** The records of a task run's life, in the order in which they are written. Literals: this is the hot path. */
import { type ErrorRecord, toError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { InputPart, TaskRunRecord, TaskRunStateRecord, ValueRecord } from "../protocol/records.ts";
import type { State } from "../protocol/states.ts";
import { redactStart } from "../system/redaction.ts";
import { canonical } from "./canonical.ts";
import { append, queue, writeLog } from "./run.ts";
import type { TaskCall } from "./task-call.ts";

/** Inputs up to this many characters stand in the record; of larger ones only the beginning. */
const largestInputs = 2048;
const previewLength = 200;

export function startRunning(call: TaskCall): void {
  append(call.flowRun.run, runningRecord(call));
}

/** As `startRunning`, for a body that starts later in this turn: `writeQueued` has to come before it. */
export function queueRunning(call: TaskCall): void {
  queue(call.flowRun.run, runningRecord(call));
}

function runningRecord(call: TaskCall): TaskRunRecord {
  call.runCount = 1;
  return startRecord(call, { type: "RUNNING", name: "Running", timestamp: call.flowRun.run.host.clock.now() });
}

export function startPending(call: TaskCall, message?: string): void {
  const timestamp = call.flowRun.run.host.clock.now();
  const state: State = { type: "PENDING", name: "Pending", timestamp, ...(message === undefined ? {} : { message }) };
  append(call.flowRun.run, startRecord(call, state));
}

export function startWaiting(call: TaskCall, waitingFor: string): void {
  append(call.flowRun.run, startRecord(call, waitingState(call, waitingFor)));
}

export function waitingState(call: TaskCall, waitingFor: string): State {
  return {
    type: "SCHEDULED",
    name: "AwaitingConcurrencySlot",
    timestamp: call.flowRun.run.host.clock.now(),
    message: `waits for a slot of ${waitingFor}`,
  };
}

/** Gives the call its id and name. */
function startRecord(call: TaskCall, state: State): TaskRunRecord {
  const { flowRun, definition, settings } = call;
  call.id = newId(state.timestamp);
  call.end.begun(call.id);
  const number = numberCall(call);
  call.name = runName(call, number);
  // One shape for all, absent fields undefined (JSON leaves them out): this is the hot path.
  const record: TaskRunRecord = {
    kind: "task-run",
    id: call.id,
    at: state.timestamp,
    flow_run_id: flowRun.id,
    parent_task_run_id: call.caller.task?.id,
    name: call.name,
    task_key: definition.key,
    call: call.identity,
    dynamic_key: String(number),
    map: call.map,
    inputs: keptInputs(call),
    task_inputs: call.edges.length === 0 ? undefined : call.edges,
    tags: settings.tags.length === 0 ? undefined : settings.tags,
    retries: settings.retries === 0 ? undefined : settings.retries,
    source: call.source,
    child_flow_run_id: call.childFlowRunId,
    state,
  };
  call.record = flowRun.run.memory === undefined ? undefined : record;
  return record;
}

/** Runs of one task key are numbered from 0 in each flow run, whether they run or are given back. */
export function numberCall(call: TaskCall): number {
  const { numbers } = call.flowRun;
  const number = numbers.get(call.definition.key) ?? 0;
  numbers.set(call.definition.key, number + 1);
  return number;
}

function runName(call: TaskCall, number: number): string {
  const { runName } = call.settings;
  const usual = `${call.settings.name ?? call.definition.key}-${number}`;
  if (runName === undefined) return usual;
  if (typeof runName === "string") return runName;
  try {
    return String(Reflect.apply(runName, undefined, call.inputs));
  } catch (error) {
    writeLog(call.caller, "warn", `runName of task "${call.definition.key}" threw: ${toError(error).message}`);
    return usual;
  }
}

function keptInputs(call: TaskCall): ValueRecord {
  const { text, exact } = call.canonical;
  if (text.length > largestInputs) {
    const parts = exact ? partsOf(call) : undefined;
    return {
      kind: "none",
      reason: `larger than ${largestInputs} characters`,
      preview: redactStart(text, previewLength),
      ...(parts === undefined ? {} : { parts }),
    };
  }
  if (!exact) return { kind: "none", reason: "cannot be kept", preview: redactStart(text, previewLength) };
  let reason = "cannot be kept";
  try {
    const kept = call.flowRun.run.host.values.keep(call.inputs, "inputs");
    if (!("then" in kept)) return kept;
    // As small as they are they go into a file only when they hold a secret, and nobody waits for that here.
    reason = "hold a secret";
    kept.catch(() => {});
  } catch {
    // Inputs are there to be looked at: that they cannot be kept is no reason to fail.
  }
  return { kind: "none", reason, preview: redactStart(text, previewLength) };
}

/** Results of other tasks are kept with these; undefined when an input is large and nobody's result. */
function partsOf({ inputs, flowRun }: TaskCall): readonly InputPart[] | undefined {
  const { origins, host } = flowRun.run;
  const parts: InputPart[] = [];
  for (const input of inputs) {
    const origin = typeof input === "object" && input !== null ? origins.get(input) : undefined;
    const kept = typeof input === "object" && input !== null ? flowRun.run.keptInputs?.get(input) : undefined;
    if (kept !== undefined) parts.push({ value: kept });
    else if (typeof origin === "string") parts.push({ task_run_id: origin });
    else if (origin !== undefined) parts.push({ task_run_ids: origin });
    else {
      if (canonical([input]).text.length > largestInputs) return undefined;
      const value = host.values.keep(input, "an input");
      if ("then" in value) return undefined;
      parts.push({ value });
    }
  }
  return parts;
}

export function stateRecord(
  call: TaskCall,
  state: State,
  rest: { readonly result?: ValueRecord; readonly error?: ErrorRecord } = {},
): TaskRunStateRecord {
  const { result, error } = rest;
  return { kind: "task-run-state", id: call.id, state, run_count: call.runCount, result, error };
}
