import type { ResumeOptions } from "../protocol/live.ts";
import type { TaskRunRecord } from "../protocol/records.ts";
import type { RunPast } from "./history.ts";

/**
 * Ids of the completed task runs that a resume keeps. `rerun` and `from` name task keys, task names or ids; `from`
 * takes everything along that has one of their results among its inputs. Whatever encloses a call that runs again (a
 * task that called it, the subflow it stands in) is entered again too, or the call would never be made.
 */
export function keptAfter(past: RunPast, options: ResumeOptions): ReadonlySet<string> {
  const kept = new Set(past.completions.keys());
  const named = (names: readonly string[] | undefined) =>
    names === undefined || names.length === 0
      ? []
      : [...past.taskRuns.values()].filter(
          (record) => names.includes(record.id) || names.includes(record.task_key) || names.includes(record.name),
        );
  const again = new Set(named(options.rerun).map((record) => record.id));
  addDependents(
    past,
    named(options.from).map((record) => record.id),
    again,
  );
  for (const id of [...again]) addEnclosing(past, id, again);
  for (const id of again) kept.delete(id);
  return kept;
}

function addDependents(past: RunPast, from: readonly string[], again: Set<string>): void {
  const dependents = new Map<string, TaskRunRecord[]>();
  for (const record of past.taskRuns.values()) {
    for (const input of record.task_inputs ?? []) {
      const known = dependents.get(input);
      if (known === undefined) dependents.set(input, [record]);
      else known.push(record);
    }
  }
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (again.has(id)) continue;
    again.add(id);
    open.push(...(dependents.get(id) ?? []).map((record) => record.id));
  }
}

function addEnclosing(past: RunPast, id: string, again: Set<string>): void {
  let record = past.taskRuns.get(id);
  while (record !== undefined) {
    const enclosing: string | undefined =
      record.parent_task_run_id ?? past.flowRuns.get(record.flow_run_id)?.parent_task_run_id;
    if (enclosing === undefined) return;
    again.add(enclosing);
    record = past.taskRuns.get(enclosing);
  }
}
