/** Resume: a call that matches a journaled completion gets the kept result and does not run. */
import { toError } from "../protocol/errors.ts";
import { canonical } from "./canonical.ts";
import type { KeptCompletion, RunHistory } from "./host.ts";
import { settleOne } from "./pending.ts";
import { noteKept, writeLog } from "./run.ts";
import type { TaskCall } from "./task-call.ts";
import { numberCall } from "./task-records.ts";

/** True when the call is settled with a kept result. */
export function giveBack(call: TaskCall, history: RunHistory): boolean {
  const { run } = call.flowRun;
  const completion = history.take(call.identity);
  if (completion === undefined) {
    explain(call, history);
    call.identity = freeIdentity(run.moved, call.identity);
    return false;
  }
  if (completion.record.call !== call.identity) run.moved.set(completion.record.call, call.identity);
  let value: unknown;
  try {
    value = run.host.values.read(completion.result);
  } catch (error) {
    const reason = toError(error).message;
    writeLog(
      call.caller,
      "warn",
      `task "${completion.record.name}" runs again: its kept result cannot be read: ${reason}`,
    );
    return false;
  }
  call.id = completion.task_run_id;
  call.name = completion.record.name;
  call.end.begun(call.id);
  numberCall(call);
  if (typeof value === "object" && value !== null) run.origins.set(value, call.id);
  run.memory?.remember(completion.record, completion.result);
  noteKept(run, call.id);
  call.end.resolve(value);
  settleOne(call.flowRun);
  return true;
}

/**
 * In a map, an item may have taken the completion of an equal item at another index. That other item, when it runs,
 * runs under the identity that is free now: two completions under one identity would make the next resume lose one.
 */
function freeIdentity(moved: ReadonlyMap<string, string>, call: string): string {
  let free = call;
  for (let other = moved.get(free); other !== undefined; other = moved.get(free)) free = other;
  return free;
}

const mostExplanations = 3;
const longest = 300;

/** The flow asks for this task with other inputs than before: say so, or nobody knows why it ran again. */
function explain(call: TaskCall, history: RunHistory): void {
  const { run } = call.flowRun;
  const { key } = call.definition;
  const said = run.explained.get(key) ?? 0;
  // Looking costs as much as there are completions, so a task that changed altogether is explained only so often.
  if (said >= mostExplanations) return;
  const unused = history.unused({ flow_run_id: call.flowRun.id, task_key: key, call: call.identity });
  const [candidate] = unused;
  if (candidate === undefined) return;
  run.explained.set(key, said + 1);
  const was = inputsOf(call, candidate);
  const is = clip(call.canonical.text);
  const change =
    was === is ? "its inputs are the same, but it is called from another place" : `its input was ${was} and is ${is}`;
  const last = said + 1 === mostExplanations ? "; further calls of it that do not match are not reported" : "";
  writeLog(
    call.caller,
    "warn",
    `task "${key}" runs again although ${unused.length} completed ${unused.length === 1 ? "run of it is" : "runs of it are"} kept and not used: ${change}${last}`,
    "millrace",
    { was, is, kept_task_run_id: candidate.task_run_id },
  );
}

function inputsOf(call: TaskCall, completion: KeptCompletion): string {
  const { inputs } = completion.record;
  if (inputs === undefined) return "not recorded";
  if (inputs.kind !== "inline") return clip(inputs.preview ?? "not recorded");
  return clip(canonical(call.flowRun.run.host.values.read(inputs)).text);
}

function clip(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
