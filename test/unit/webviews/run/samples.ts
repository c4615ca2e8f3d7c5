import type { FlowRun, TaskRun } from "../../../../runtime/protocol/api.ts";
import type { StateName, StateType } from "../../../../runtime/protocol/states.ts";
import { flowRun, taskRun } from "../../../support/runs-told.ts";

export const runId = "0190b0aa-0000-7000-8000-000000000000";
export const start = Date.UTC(2026, 10, 21, 9, 0, 0);
export const at = (milliseconds: number): string => new Date(start + milliseconds).toISOString();

/** Ids sort by number, as real ones sort by time. */
export const taskId = (number: number): string => `0190b0aa-0000-7000-8000-${String(number + 1).padStart(12, "0")}`;

export interface SampleState {
  readonly type?: StateType;
  readonly name?: StateName;
  readonly at?: number;
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const names: Partial<Record<StateType, StateName>> = {
  RUNNING: "Running",
  COMPLETED: "Completed",
  FAILED: "Failed",
  CRASHED: "Crashed",
  SCHEDULED: "Scheduled",
  PENDING: "Pending",
  PAUSED: "Paused",
  CANCELLED: "Cancelled",
  CANCELLING: "Cancelling",
};

function stateFields({ type = "COMPLETED", name, at: time = 0, message, details = {} }: SampleState) {
  const state_name = name ?? names[type] ?? "Completed";
  const state = { type, name: state_name, timestamp: at(time), message: message ?? null, state_details: details };
  return { state_type: type, state_name, state };
}

export function sampleTask(number: number, more: Partial<TaskRun> = {}, state: SampleState = {}): TaskRun {
  return taskRun(taskId(number), {
    ...{ name: `task-${number}`, flow_run_id: runId, task_key: "task", dynamic_key: String(number), start_time: at(0) },
    ...stateFields(state),
    ...more,
  });
}

export function sampleRun(more: Partial<FlowRun> = {}, state: SampleState = { type: "RUNNING" }): FlowRun {
  return flowRun(runId, {
    ...{ name: "quiet-otter", flow_name: "etl", flow_file: "/project/etl.ts", flow_export: "etl" },
    ...{ created: at(0), start_time: at(0), created_by: "editor" },
    ...stateFields(state),
    ...more,
  });
}
