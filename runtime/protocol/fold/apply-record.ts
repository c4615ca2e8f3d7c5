import type {
  FlowRunRecord,
  FlowRunStateRecord,
  JournalRecord,
  RunOfDeployment,
  TaskRunRecord,
  TaskRunStateRecord,
} from "../records.ts";
import { isTerminal, makeState, type State } from "../states.ts";
import { firstState, nextState } from "./bookkeeping.ts";
import { plainParameters } from "./plain-values.ts";
import {
  type FlowRunRow,
  type FoldRows,
  hasUnsuccessful,
  noCounts,
  type RunRow,
  recount,
  type TaskRunRow,
} from "./rows.ts";

/**
 * Applies one record to the rows of its root run. Records come in (segment, seq) order, each once. Kinds that say
 * nothing about runs, kinds of a newer version, and records about ids never heard of change nothing.
 */
export function applyRecord(rows: FoldRows, record: JournalRecord): void {
  switch (record.kind) {
    case "flow-run":
      applyFlowRun(rows, record);
      break;
    case "flow-run-state":
      applyFlowRunState(rows, record);
      break;
    case "task-run":
      applyTaskRun(rows, record);
      break;
    case "task-run-state":
      applyTaskRunState(rows, record);
      break;
    case "segment":
      if (record.reason === "resume" || record.reason === "retry") {
        settleAbandoned(rows, record.seals?.at ?? record.at);
        noteNode(rows, record.writer.node);
      }
      if (record.reason === "retry") forgetCounts(rows);
      break;
    case "invalidated":
      for (const id of record.task_run_ids) supersede(rows, rows.taskRun(id));
      break;
    default:
  }
}

function noteNode(rows: FoldRows, node: string): void {
  const root = rows.flowRun(rows.rootRunId);
  if (root !== undefined) rows.changed(Object.assign(root, { node }));
}

/** A retry keeps nothing: what ran before it is history. */
function forgetCounts(rows: FoldRows): void {
  rows.supersedeAll();
  for (const row of rows.flowRuns()) rows.changed(Object.assign(row, { counts: noCounts() }));
}

function supersede(rows: FoldRows, row: TaskRunRow | undefined): void {
  if (row === undefined || row.superseded) return;
  row.superseded = true;
  rows.changed(row);
  const flowRun = rows.flowRun(row.flow_run_id);
  if (flowRun === undefined) return;
  recount(flowRun, row.state.type, undefined);
  rows.changed(flowRun);
}

function applyFlowRun(rows: FoldRows, record: FlowRunRecord): void {
  const facts = {
    name: record.name,
    flow: record.flow,
    parameters: plainParameters(record.parameters),
    tags: record.tags ?? [],
    parent_flow_run_id: record.parent_flow_run_id,
    parent_task_run_id: record.parent_task_run_id,
    idempotency_key: record.idempotency_key,
    deployment_id: record.deployment_id,
    deployment: deploymentOf(record),
    trigger: record.trigger,
    cwd: record.cwd,
  };
  const known = rows.flowRun(record.id);
  if (known === undefined) {
    const row: FlowRunRow = {
      kind: "flow-run",
      id: record.id,
      root_flow_run_id: rows.rootRunId,
      created: record.at,
      ...facts,
      work_queue_name: record.work_queue_name,
      work_pool_name: record.work_pool_name,
      flow_version: record.flow_version,
      node: record.node,
      error: undefined,
      counts: noCounts(),
      ...firstState(makeState("PENDING", record.at), record.at),
    };
    rows.add(row);
  } else {
    // A resume or a flow retry enters the same run again; one that was asked for elsewhere gets its Node only now.
    rows.changed(Object.assign(known, facts, record.node === undefined ? {} : { node: record.node }));
    if (record.flow_version !== undefined) known.flow_version = record.flow_version;
  }
  const parent = record.parent_task_run_id === undefined ? undefined : rows.taskRun(record.parent_task_run_id);
  if (parent !== undefined && parent.child_flow_run_id !== record.id) {
    parent.child_flow_run_id = record.id;
    rows.changed(parent);
  }
}

/** Undefined for the many runs that belong to no deployment. */
export function deploymentOf(record: RunOfDeployment): FlowRunRow["deployment"] {
  const { deployment_id, deployment_version, deployment_code, partition_key, backfill_id } = record;
  if (deployment_id === undefined) return undefined;
  return {
    ...(deployment_version === undefined ? {} : { deployment_version }),
    ...(deployment_code === undefined ? {} : { deployment_code }),
    ...(partition_key === undefined ? {} : { partition_key }),
    ...(backfill_id === undefined ? {} : { backfill_id }),
  };
}

function applyFlowRunState(rows: FoldRows, record: FlowRunStateRecord): void {
  const row = rows.flowRun(record.id);
  if (row === undefined) return;
  nextState(row, record.state, record.run_count);
  row.error = isTerminal(record.state.type) ? record.error : undefined;
  rows.changed(row);
  copyToParent(rows, row);
  if (row.id === rows.rootRunId && isTerminal(record.state.type)) settleUnfinished(rows, row);
}

/** As in Prefect, the task run that stands for a subflow shows the subflow's state. */
function copyToParent(rows: FoldRows, row: FlowRunRow): void {
  const parent = row.parent_task_run_id === undefined ? undefined : rows.taskRun(row.parent_task_run_id);
  if (parent !== undefined && !sameState(parent.state, row.state)) moveTaskRun(rows, parent, row.state, undefined);
}

/** When a run has ended, nothing in it runs any more: what its process left open ended with it. */
function settleUnfinished(rows: FoldRows, root: FlowRunRow): void {
  const type = root.state.type === "CANCELLED" ? "CANCELLED" : "CRASHED";
  endUnfinished(rows, type, root.state.timestamp, `Did not finish: its run ended as ${root.state.name}.`);
}

/** A process goes on with a run whose last one is gone and could not say so: what that left open ended with it. */
function settleAbandoned(rows: FoldRows, at: number): void {
  endUnfinished(rows, "CRASHED", at, "Did not finish: the process that ran it is gone.");
  const root = rows.flowRun(rows.rootRunId);
  if (root?.state.type !== "RUNNING") return;
  root.state = { ...root.state, details: { ...root.state.details, left_at: at } };
  rows.changed(root);
}

function endUnfinished(rows: FoldRows, type: "CANCELLED" | "CRASHED", at: number, message: string): void {
  const left: RunRow[] = [...rows.unfinished()];
  for (const row of left) {
    if (row.id === rows.rootRunId) continue;
    const state = makeState(type, at, { message });
    if (row.kind === "task-run") {
      moveTaskRun(rows, row, state, undefined);
    } else {
      nextState(row, state);
      rows.changed(row);
    }
  }
}

function applyTaskRun(rows: FoldRows, record: TaskRunRecord): void {
  const facts = {
    name: record.name,
    task_key: record.task_key,
    dynamic_key: record.dynamic_key,
    parent_task_run_id: record.parent_task_run_id,
    map_id: record.map?.id,
    map_index: record.map?.index,
    map_size: record.map?.size,
    task_inputs: record.task_inputs ?? [],
    tags: record.tags ?? [],
    source: record.source,
  };
  const known = rows.taskRun(record.id);
  if (known !== undefined) {
    // The same task run once more, as another writer may have it: it counts again.
    if (known.superseded) countAgain(rows, known);
    Object.assign(known, facts);
    known.call = record.call;
    known.child_flow_run_id = record.child_flow_run_id ?? known.child_flow_run_id;
    known.error = undefined;
    moveTaskRun(rows, known, record.state, undefined);
    return;
  }
  const row: TaskRunRow = {
    kind: "task-run",
    id: record.id,
    flow_run_id: record.flow_run_id,
    created: record.at,
    ...facts,
    child_flow_run_id: record.child_flow_run_id,
    error: undefined,
    call: record.call,
    superseded: false,
    ...firstState(record.state, record.at),
  };
  const flowRun = rows.flowRun(row.flow_run_id);
  // Resumes and flow retries make the call that failed again, as a new task run.
  if (flowRun !== undefined && hasUnsuccessful(flowRun)) supersede(rows, rows.unsuccessful(record.call));
  rows.add(row);
  if (flowRun !== undefined) {
    recount(flowRun, undefined, row.state.type);
    rows.changed(flowRun);
  }
}

function applyTaskRunState(rows: FoldRows, record: TaskRunStateRecord): void {
  const row = rows.taskRun(record.id);
  if (row === undefined) return;
  // AwaitingRetry shows why: the failure of the attempt before it.
  row.error = record.error;
  const { cached_from } = record;
  const state = cached_from === undefined ? record.state : withDetails(record.state, { cached_from });
  moveTaskRun(rows, row, state, record.run_count);
}

function withDetails(state: State, details: State["details"]): State {
  return { ...state, details: { ...state.details, ...details } };
}

function moveTaskRun(rows: FoldRows, row: TaskRunRow, state: State, runCount: number | undefined): void {
  const from = row.state.type;
  nextState(row, state, runCount);
  rows.changed(row);
  // A store does not keep it any longer either: what is held in memory must not know more than what was read again.
  if (state.type === "COMPLETED") row.call = undefined;
  if (from === state.type || row.superseded) return;
  const flowRun = rows.flowRun(row.flow_run_id);
  if (flowRun !== undefined) {
    recount(flowRun, from, state.type);
    rows.changed(flowRun);
  }
}

function countAgain(rows: FoldRows, row: TaskRunRow): void {
  row.superseded = false;
  rows.changed(row);
  const flowRun = rows.flowRun(row.flow_run_id);
  if (flowRun === undefined) return;
  recount(flowRun, undefined, row.state.type);
  rows.changed(flowRun);
}

function sameState(left: State, right: State): boolean {
  return left.type === right.type && left.name === right.name;
}
