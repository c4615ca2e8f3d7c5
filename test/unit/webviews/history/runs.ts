import type { FlowRun } from "../../../../runtime/protocol/api.ts";

/** A run as the API tells it. */
export function run(id: string, more: Partial<FlowRun> = {}): FlowRun {
  return {
    id,
    name: `run-${id}`,
    flow_id: "f",
    flow_name: "etl",
    flow_file: "/work/etl.ts",
    flow_export: "etl",
    parameters: {},
    tags: [],
    state_type: "COMPLETED",
    state_name: "Completed",
    state: { type: "COMPLETED", name: "Completed", timestamp: "", message: null, state_details: {} },
    run_count: 1,
    created: "",
    expected_start_time: null,
    start_time: null,
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
    ...more,
  };
}
