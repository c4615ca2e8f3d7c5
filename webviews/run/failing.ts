/** Which task run a run that ended badly is opened on. Pure. */
import type { FlowRun, TaskRun } from "../../runtime/protocol/api.ts";

/**
 * The first that failed by itself: not one whose input failed, and not a subflow whose own task did. Of a run that
 * crashed or was cancelled, the one that was being executed. Null when the run did not end badly or no task did.
 */
export function failingTask(run: Pick<FlowRun, "state_type">, tasks: readonly TaskRun[]): TaskRun | null {
  if (run.state_type !== "FAILED" && run.state_type !== "CRASHED" && run.state_type !== "CANCELLED") return null;
  const around = new Set(tasks.flatMap((task) => (task.parent_task_run_id === null ? [] : [task.parent_task_run_id])));
  const subflows = new Set(tasks.map((task) => task.flow_run_id));
  const bad = tasks.filter(
    (task) =>
      task.superseded !== true &&
      (task.state_type === "FAILED" || task.state_type === run.state_type) &&
      task.error?.code !== "upstream-failed",
  );
  const innermost = bad.filter(
    (task) => !around.has(task.id) && (task.child_flow_run_id === null || !subflows.has(task.child_flow_run_id)),
  );
  const from = innermost.length > 0 ? innermost : bad;
  const own = from.filter((task) => task.state_type === run.state_type);
  // What a task did that was caught does not end a run: the last one did.
  const candidates = own.length > 0 ? own : from;
  let found: TaskRun | null = null;
  for (const task of candidates) {
    if (found === null || endOf(task) < endOf(found)) found = task;
  }
  return found;
}

function endOf(task: TaskRun): number {
  return Date.parse(task.end_time ?? task.state.timestamp);
}

/** The task run that a resume made of the same call; undefined while there is none yet. */
export function successorOf(task: TaskRun, current: readonly TaskRun[]): TaskRun | undefined {
  return current.findLast(
    (other) =>
      other.id > task.id &&
      other.flow_run_id === task.flow_run_id &&
      other.task_key === task.task_key &&
      other.dynamic_key === task.dynamic_key,
  );
}
