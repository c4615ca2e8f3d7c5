import { type FlowRunRow, noCounts } from "../../protocol/fold/index.ts";
import { makeState, type State } from "../../protocol/states.ts";
import type { RunRequest } from "./store.ts";

/** The flow run that a request is listed as until its journal begins. */
export function requestedRow(request: RunRequest): FlowRunRow {
  const later = request.due > request.created;
  return {
    kind: "flow-run",
    id: request.id,
    root_flow_run_id: request.id,
    created: request.created,
    name: request.name,
    flow: request.flow,
    parameters: request.run.parameters ?? {},
    tags: request.run.tags ?? [],
    parent_flow_run_id: undefined,
    parent_task_run_id: undefined,
    idempotency_key: request.run.idempotency_key,
    deployment_id: request.deployment_id,
    work_queue_name: request.queue,
    work_pool_name: request.work_pool,
    flow_version: undefined,
    trigger: request.run.trigger,
    cwd: request.run.cwd,
    node: undefined,
    error: undefined,
    counts: noCounts(),
    state: later
      ? makeState("SCHEDULED", request.created, { details: { scheduled_time: request.due } })
      : makeState("PENDING", request.created),
    run_count: 0,
    expected_start_time: request.due,
    start_time: undefined,
    end_time: undefined,
    total_run_time: 0,
  };
}

export function byDueTime(left: RunRequest, right: RunRequest): number {
  return left.due - right.due || (left.id < right.id ? -1 : 1);
}

export function lateState({ due }: RunRequest, now: number, message: string): State {
  return makeState("SCHEDULED", now, { name: "Late", message, details: { scheduled_time: due } });
}
