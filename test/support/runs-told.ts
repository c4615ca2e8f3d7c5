/** Runs, task runs and events as the orchestrator would tell them. */
import type { FlowRun, LiveEvent, TaskRun } from "../../runtime/protocol/api.ts";
import type { LogRecord } from "../../runtime/protocol/records.ts";
import { type StateName, type StateType, stateNames } from "../../runtime/protocol/states.ts";

export function flowRun(id: string, rest: Partial<FlowRun> = {}): FlowRun {
  const type: StateType = rest.state_type ?? "RUNNING";
  const name: StateName = rest.state_name ?? stateNames[type][0];
  return {
    id,
    name: "calm-otter",
    flow_id: "flow",
    flow_name: "etl-parent",
    flow_file: "/work/etl.ts",
    flow_export: "etlParent",
    parameters: {},
    tags: [],
    state_type: type,
    state_name: name,
    state: { type, name, timestamp: "2026-11-21T08:00:00.000Z", message: null, state_details: {} },
    run_count: 1,
    created: "2026-11-21T08:00:00.000Z",
    expected_start_time: null,
    start_time: "2026-11-21T08:00:00.000Z",
    end_time: null,
    total_run_time: 0,
    parent_task_run_id: null,
    parent_flow_run_id: null,
    root_flow_run_id: id,
    deployment_id: null,
    idempotency_key: null,
    work_queue_name: null,
    created_by: null,
    error: null,
    task_run_counts: {},
    cwd: null,
    ...rest,
  };
}

export function taskRun(id: string, rest: Partial<TaskRun> = {}): TaskRun {
  const type: StateType = rest.state_type ?? "RUNNING";
  const name: StateName = rest.state_name ?? stateNames[type][0];
  return {
    id,
    name: "fetch",
    flow_run_id: "run",
    parent_task_run_id: null,
    child_flow_run_id: null,
    task_key: "fetch",
    dynamic_key: id,
    map_id: null,
    map_index: null,
    task_inputs: [],
    tags: [],
    state_type: type,
    state_name: name,
    state: { type, name, timestamp: "2026-11-21T08:00:00.000Z", message: null, state_details: {} },
    run_count: 1,
    start_time: "2026-11-21T08:00:00.000Z",
    end_time: null,
    total_run_time: 0,
    source: null,
    error: null,
    ...rest,
  };
}

export function logEvent(seq: number, flowRunId: string, message = "line"): LiveEvent {
  const log: LogRecord = { at: 0, level: 20, message, name: "log", flow_run_id: flowRunId };
  return { seq, type: "logs", flow_run_id: flowRunId, logs: [log], next: seq * 100 };
}

export function tasksEvent(seq: number, flowRunId: string, ...tasks: TaskRun[]): LiveEvent {
  return { seq, type: "task-runs", flow_run_id: flowRunId, task_runs: tasks };
}

export function runEvent(seq: number, run: FlowRun): LiveEvent {
  return { seq, type: "flow-run", flow_run: run };
}
