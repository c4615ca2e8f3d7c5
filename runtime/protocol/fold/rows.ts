/**
 * What folding keeps of one flow run or task run: plain mutable rows with times in milliseconds. The API objects
 * (views.ts) follow from them alone, and so does every later record's effect: a store that keeps rows can go on
 * folding after a restart without reading a journal again.
 */
import type { ErrorRecord, SourceLocation } from "../errors.ts";
import type { FlowReference, RunOfDeployment } from "../records.ts";
import { isTerminal, type State, type StateType, stateTypes } from "../states.ts";

/** Prefect's bookkeeping of a run (server/orchestration/global_policy.py). Times are milliseconds since the epoch. */
export interface Bookkeeping {
  state: State;
  run_count: number;
  expected_start_time: number | undefined;
  start_time: number | undefined;
  end_time: number | undefined;
  /** Milliseconds spent in RUNNING before the present state. */
  total_run_time: number;
}

export interface FlowRunRow extends Bookkeeping {
  readonly kind: "flow-run";
  readonly id: string;
  readonly root_flow_run_id: string;
  readonly created: number;
  name: string;
  flow: FlowReference;
  /** As plain JSON (see plain-values.ts). */
  parameters: Readonly<Record<string, unknown>>;
  tags: readonly string[];
  parent_flow_run_id: string | undefined;
  parent_task_run_id: string | undefined;
  idempotency_key: string | undefined;
  deployment_id: string | undefined;
  /** The rest of what it says of its deployment; undefined for a run of none. */
  deployment: Omit<RunOfDeployment, "deployment_id"> | undefined;
  work_queue_name: string | undefined;
  work_pool_name: string | undefined;
  flow_version: string | undefined;
  trigger: string | undefined;
  cwd: string | undefined;
  /** Version of the Node that ran it last. */
  node: string | undefined;
  error: ErrorRecord | undefined;
  /** The run's own task runs by state type, in the order of `stateTypes`. */
  counts: number[];
}

export interface TaskRunRow extends Bookkeeping {
  readonly kind: "task-run";
  readonly id: string;
  readonly flow_run_id: string;
  readonly created: number;
  name: string;
  task_key: string;
  dynamic_key: string;
  parent_task_run_id: string | undefined;
  child_flow_run_id: string | undefined;
  map_id: string | undefined;
  map_index: number | undefined;
  map_size: number | undefined;
  task_inputs: readonly string[];
  tags: readonly string[];
  source: SourceLocation | undefined;
  error: ErrorRecord | undefined;
  /** Identity of the call; needed until it has completed. */
  call: string | undefined;
  /** The same call was made again by a resume or a flow retry: it is history, and counts no more. */
  superseded: boolean;
}

export type RunRow = FlowRunRow | TaskRunRow;

/** The rows that folding works on: a map in memory, or a store's cache over its tables. One root run at a time. */
export interface FoldRows {
  readonly rootRunId: string;
  flowRun(id: string): FlowRunRow | undefined;
  taskRun(id: string): TaskRunRow | undefined;
  add(row: RunRow): void;
  /** The row was changed in place. */
  changed(row: RunRow): void;
  /** The root run's task runs and subflow runs that are in no final state. */
  unfinished(): Iterable<RunRow>;
  /** The task run of this call that ended without success and that no later one has superseded. */
  unsuccessful(call: string): TaskRunRow | undefined;
  /** All task runs so far are history: none of them counts any more. */
  supersedeAll(): void;
  /** The root run and its subflow runs. */
  flowRuns(): Iterable<FlowRunRow>;
}

export function isUnsuccessful(row: TaskRunRow): boolean {
  return !row.superseded && row.state.type !== "COMPLETED" && isTerminal(row.state.type);
}

/** Whether any task run that counts for this flow run ended without success. */
export function hasUnsuccessful(row: FlowRunRow): boolean {
  return stateTypes.some((type, place) => type !== "COMPLETED" && isTerminal(type) && (row.counts[place] ?? 0) > 0);
}

export function noCounts(): number[] {
  return stateTypes.map(() => 0);
}

const positions = new Map<StateType, number>(stateTypes.map((type, position) => [type, position]));

/** Counts one task run out of `from` and into `to`. */
export function recount(row: FlowRunRow, from: StateType | undefined, to: StateType | undefined): void {
  if (from === to) return;
  const add = (type: StateType, by: number): void => {
    const position = positions.get(type);
    if (position !== undefined) row.counts[position] = Math.max(0, (row.counts[position] ?? 0) + by);
  };
  if (from !== undefined) add(from, -1);
  if (to !== undefined) add(to, 1);
}
