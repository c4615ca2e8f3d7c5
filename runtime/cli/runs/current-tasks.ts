import type { TaskRun } from "../../protocol/api.ts";

/** Without the task runs that a later execution of the same call has replaced: after a resume or a flow's retry. */
export function currentTasks(taskRuns: readonly TaskRun[]): TaskRun[] {
  const last = new Map<string, string>();
  for (const task of taskRuns) last.set(callOf(task), task.id);
  return taskRuns.filter((task) => last.get(callOf(task)) === task.id);
}

function callOf(task: TaskRun): string {
  return [task.flow_run_id, task.parent_task_run_id, task.map_id, task.task_key, task.dynamic_key].join(" ");
}

/** Ids of the task runs inside subflows that were given back whole, besides those in `kept` themselves. */
export function withInsides(taskRuns: readonly TaskRun[], kept: ReadonlySet<string>): Set<string> {
  const all = new Set(kept);
  const flows = new Set<string>();
  // A subflow's task runs stand behind the task run that stands for it.
  for (const task of taskRuns) {
    const inside =
      flows.has(task.flow_run_id) || (task.parent_task_run_id !== null && all.has(task.parent_task_run_id));
    if (inside) all.add(task.id);
    if (all.has(task.id) && task.child_flow_run_id !== null) flows.add(task.child_flow_run_id);
  }
  return all;
}
