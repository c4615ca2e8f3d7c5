/** From rows to the objects of the API: times as ISO 8601 texts, durations in seconds. */
import type { ApiState, FlowRun, TaskRun } from "../api.ts";
import { type State, type StateType, stateTypes } from "../states.ts";
import { flowId } from "./flow-id.ts";
import type { Bookkeeping, FlowRunRow, TaskRunRow } from "./rows.ts";

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

const timesInDetails: ReadonlySet<string> = new Set(["scheduled_time", "cache_expiration", "pause_timeout"]);

export function apiState(state: State): ApiState {
  const details = Object.entries(state.details ?? {}).map(([key, value]) => [
    key,
    timesInDetails.has(key) && typeof value === "number" ? isoTime(value) : value,
  ]);
  return {
    type: state.type,
    name: state.name,
    timestamp: isoTime(state.timestamp),
    message: state.message ?? null,
    state_details: Object.fromEntries(details),
  };
}

function apiBookkeeping(book: Bookkeeping) {
  return {
    state_type: book.state.type,
    state_name: book.state.name,
    state: apiState(book.state),
    run_count: book.run_count,
    start_time: optionalTime(book.start_time),
    end_time: optionalTime(book.end_time),
    total_run_time: book.total_run_time / 1000,
  };
}

function optionalTime(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : isoTime(milliseconds);
}

export function apiFlowRun(row: FlowRunRow): FlowRun {
  return {
    id: row.id,
    name: row.name,
    flow_id: flowId(row.flow),
    flow_name: row.flow.name,
    flow_file: row.flow.file,
    flow_export: row.flow.export ?? null,
    parameters: row.parameters,
    tags: row.tags,
    ...apiBookkeeping(row),
    created: isoTime(row.created),
    expected_start_time: optionalTime(row.expected_start_time),
    parent_task_run_id: row.parent_task_run_id ?? null,
    parent_flow_run_id: row.parent_flow_run_id ?? null,
    root_flow_run_id: row.root_flow_run_id,
    deployment_id: row.deployment_id ?? null,
    idempotency_key: row.idempotency_key ?? null,
    work_queue_name: row.work_queue_name ?? null,
    work_pool_name: row.work_pool_name ?? null,
    flow_version: row.flow_version ?? null,
    created_by: row.trigger ?? null,
    error: row.error ?? null,
    task_run_counts: countsByType(row.counts),
    cwd: row.cwd ?? null,
    node_version: row.node ?? null,
    deployment_version: row.deployment?.deployment_version ?? null,
    deployment_code: row.deployment?.deployment_code ?? null,
    partition_key: row.deployment?.partition_key ?? null,
    backfill_id: row.deployment?.backfill_id ?? null,
  };
}

function countsByType(counts: readonly number[]): Partial<Record<StateType, number>> {
  const result: Partial<Record<StateType, number>> = {};
  for (const [position, type] of stateTypes.entries()) {
    const count = counts[position] ?? 0;
    if (count > 0) result[type] = count;
  }
  return result;
}

export function apiTaskRun(row: TaskRunRow): TaskRun {
  return {
    id: row.id,
    name: row.name,
    flow_run_id: row.flow_run_id,
    parent_task_run_id: row.parent_task_run_id ?? null,
    child_flow_run_id: row.child_flow_run_id ?? null,
    task_key: row.task_key,
    dynamic_key: row.dynamic_key,
    map_id: row.map_id ?? null,
    map_index: row.map_index ?? null,
    map_size: row.map_size ?? null,
    task_inputs: row.task_inputs,
    tags: row.tags,
    ...apiBookkeeping(row),
    source: row.source ?? null,
    error: row.error ?? null,
    ...(row.superseded ? { superseded: true } : {}),
  };
}
