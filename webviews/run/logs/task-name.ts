/** Who wrote a line: the task run's name, a subflow's name, or "" for the run itself. */
import type { LogRecord } from "../../../runtime/protocol/records.ts";
import type { RunStore } from "../store.ts";

export function taskName(
  store: Pick<RunStore, "runId" | "task" | "subflows">,
  line: Pick<LogRecord, "task_run_id" | "flow_run_id">,
): string {
  if (line.task_run_id !== undefined) return store.task(line.task_run_id)?.name ?? "task";
  if (line.flow_run_id === store.runId) return "";
  return store.subflows.peek().get(line.flow_run_id)?.flow_name ?? "subflow";
}
