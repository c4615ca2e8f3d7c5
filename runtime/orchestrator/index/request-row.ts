import { deploymentOf, type FlowRunRow, noCounts } from "../../protocol/fold/index.ts";
import { makeState, type State } from "../../protocol/states.ts";
import type { RunRequest } from "./store.ts";

/** The flow run that a request is listed as until its journal begins. */
export function requestedRow(request: RunRequest): FlowRunRow {
  // A deployment's run is scheduled, if only for now: it waits for a worker, and is late when none takes it.
  const scheduled = request.due > request.created || request.deployment !== undefined;
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
    deployment_id: request.deployment?.deployment_id,
    deployment: deploymentOf(request.deployment ?? {}),
    work_queue_name: request.queue,
    work_pool_name: request.work_pool,
    flow_version: undefined,
    trigger: request.run.trigger,
    cwd: request.run.cwd,
    node: undefined,
    error: undefined,
    counts: noCounts(),
    state: scheduled ? scheduledState(request) : makeState("PENDING", request.created),
    run_count: 0,
    expected_start_time: request.due,
    start_time: undefined,
    end_time: undefined,
    total_run_time: 0,
  };
}

/** What a request that waits is shown as: for its time, for an earlier run, or for a worker. */
export function scheduledState({ held, due, created }: RunRequest): State {
  const details = { scheduled_time: due };
  if (held === undefined || due > created) return makeState("SCHEDULED", created, { details });
  return makeState("SCHEDULED", created, { name: "AwaitingConcurrencySlot", message: held, details });
}

export function byDueTime(left: RunRequest, right: RunRequest): number {
  return left.due - right.due || (left.id < right.id ? -1 : 1);
}

export function lateState({ due }: RunRequest, now: number, message: string): State {
  return makeState("SCHEDULED", now, { name: "Late", message, details: { scheduled_time: due } });
}

export function withHold({ held: _before, ...request }: RunRequest, held: string | null): RunRequest {
  return held === null ? request : { ...request, held };
}
