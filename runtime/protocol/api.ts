/**
 * The orchestrator's API: HTTP over a local socket (or loopback TCP) with a bearer token, and one WebSocket for live
 * changes. Objects keep Prefect's field names and meaning; timestamps are ISO 8601 UTC texts, durations seconds.
 * Unknown fields are ignored, bad ones get a 4xx whose body is an `ApiProblem` naming the field.
 */
import type { AutomationRoutes, EditorNotification } from "./automations.ts";
import type { BlockRoutes } from "./blocks.ts";
import type { DeploymentCode, DeploymentRoutes, Infrastructure, WorkPoolRoutes } from "./deployments.ts";
import type { EditorRoutes } from "./editor-api.ts";
import type { ErrorRecord, FieldProblem, SourceLocation } from "./errors.ts";
import type { ResumeOptions } from "./live.ts";
import type { ArtifactRecord, LogRecord, ValueRecord } from "./records.ts";
import type { StateName, StateType } from "./states.ts";
import type { WorkerRoutes } from "./workers.ts";

export interface ApiState {
  readonly type: StateType;
  readonly name: StateName;
  readonly timestamp: string;
  readonly message: string | null;
  readonly state_details: Readonly<Record<string, unknown>>;
}

export interface FlowRun {
  readonly id: string;
  readonly name: string;
  readonly flow_id: string;
  readonly flow_name: string;
  /** Absolute path of the source and the export's name: how the editor finds the code. */
  readonly flow_file: string;
  readonly flow_export: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly state_type: StateType;
  readonly state_name: StateName;
  readonly state: ApiState;
  readonly run_count: number;
  readonly created: string;
  readonly expected_start_time: string | null;
  readonly start_time: string | null;
  readonly end_time: string | null;
  readonly total_run_time: number;
  readonly parent_task_run_id: string | null;
  readonly parent_flow_run_id: string | null;
  readonly root_flow_run_id: string;
  readonly deployment_id: string | null;
  readonly idempotency_key: string | null;
  readonly work_queue_name: string | null;
  readonly work_pool_name?: string | null;
  /** The commit of the repository that its code came from. */
  readonly flow_version?: string | null;
  readonly created_by: string | null;
  readonly error: ErrorRecord | null;
  /** Task runs by state type, the run's own only (not those of its subflows). */
  readonly task_run_counts: Readonly<Partial<Record<StateType, number>>>;
  readonly cwd: string | null;
  /** The Node that ran it last, as "v22.23.3"; null before it has begun, and for runs of older versions. */
  readonly node_version?: string | null;
  /** Of a deployment's run: its version, and the code that this version runs. */
  readonly deployment_version?: number | null;
  readonly deployment_code?: DeploymentCode | null;
  /** The scheduled time that it stands for: in a backfill, the partition. */
  readonly partition_key?: string | null;
  readonly backfill_id?: string | null;
}

export interface TaskRun {
  readonly id: string;
  readonly name: string;
  readonly flow_run_id: string;
  readonly parent_task_run_id: string | null;
  readonly child_flow_run_id: string | null;
  readonly task_key: string;
  readonly dynamic_key: string;
  readonly map_id: string | null;
  readonly map_index: number | null;
  /** How many items the map has, also while most of them wait; null for a call that is none of a map's. */
  readonly map_size?: number | null;
  readonly task_inputs: readonly string[];
  readonly tags: readonly string[];
  readonly state_type: StateType;
  readonly state_name: StateName;
  readonly state: ApiState;
  readonly run_count: number;
  readonly start_time: string | null;
  readonly end_time: string | null;
  readonly total_run_time: number;
  readonly source: SourceLocation | null;
  readonly error: ErrorRecord | null;
  /** A resume or a flow retry made the same call again: this one is history, and counts no more. */
  readonly superseded?: boolean;
}

/** What only the page of one task run needs; read from the journal, not from the index. */
export interface TaskRunDetail extends TaskRun {
  readonly inputs: ValueRecord | null;
  readonly result: ValueRecord | null;
  readonly states: readonly ApiState[];
}

export interface FlowRunFilter {
  readonly ids?: readonly string[];
  readonly flow_name?: string;
  readonly flow_file?: string;
  readonly flow_export?: string;
  /** Only flows whose file lies in one of these folders (absolute paths): "this workspace". */
  readonly under?: readonly string[];
  readonly state_types?: readonly StateType[];
  /** Matches run name, flow name and parameters' text, case-insensitive. */
  readonly text?: string;
  readonly after?: string;
  readonly before?: string;
  readonly deployment_id?: string;
  readonly partition_key?: string;
  readonly backfill_id?: string;
  /** Root runs only (the default), or subflow runs too. */
  readonly include_subflows?: boolean;
  readonly limit?: number;
  /** From the previous page. Pages are newest first and stable while runs are added. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
  readonly total?: number;
}

export interface CreateFlowRun {
  /**
   * Chosen by the client (`newId()`), so that a page can stand under the run's address before there is a run. Asking
   * again with the same id gives the run that there is.
   */
  readonly id?: string;
  readonly file: string;
  readonly flow?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly idempotency_key?: string;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly trigger?: string;
  /** Where it runs: the built-in worker's pool and its queue "default" when left out. */
  readonly work_pool_name?: string;
  readonly work_queue_name?: string;
  /** Over what the pool says. */
  readonly infrastructure?: Infrastructure;
  /** Where the code comes from; `file` is then its path there. The file as it lies on the disk when left out. */
  readonly code?: DeploymentCode;
  /** Not before this time (ISO 8601). */
  readonly scheduled_time?: string;
}

export interface Variable {
  readonly name: string;
  readonly value: unknown;
  readonly tags: readonly string[];
  readonly updated: string;
}

export interface ConcurrencyLimit {
  /** "tag:<tag>", "task:<name>" or a free name used with `concurrency(name, …)`. */
  readonly name: string;
  readonly limit: number;
  readonly active: boolean;
  readonly active_slots: number;
}

export interface Health {
  readonly version: string;
  readonly build: string;
  readonly protocol: { readonly major: number; readonly minor: number };
  readonly pid: number;
  readonly home: string;
  readonly started: string;
  readonly draining: boolean;
  readonly live_runs: number;
  readonly warm_runners: number;
  /** Where workers of other machines reach it, when it listens for them. */
  readonly url?: string;
  readonly seq: number;
  /** Deployments whose schedules keep it up when nobody else needs it, as "flow/name"; absent in older ones. */
  readonly kept_up_by?: readonly string[];
  /** When the next schedule fires; null when none does. */
  readonly next_scheduled?: string | null;
}

/** What the runner's describe gives for one file. */
export interface FlowDescription {
  readonly name: string;
  readonly export: string;
  readonly file: string;
  readonly line?: number;
  /** JSON Schema (draft 2020-12) of the parameters, null when the flow takes none or the schema can't say. */
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly required: readonly string[];
  readonly tags: readonly string[];
  readonly description?: string;
}

export interface Description {
  readonly file: string;
  readonly flows: readonly FlowDescription[];
}

/** Plan of a resume: what would happen, before anything runs. */
export interface ResumePlan {
  readonly run_id: string;
  readonly kept: readonly PlannedTask[];
  readonly runs_again: readonly (PlannedTask & { readonly reason: string })[];
  /** Results that should be there and are not. */
  readonly missing: readonly PlannedTask[];
}

export interface PlannedTask {
  /** The task's code differs from the code that its kept result came from. It is kept all the same. */
  readonly changed?: boolean;
  readonly source?: SourceLocation | null;
  readonly task_run_id: string;
  readonly name: string;
  readonly task_key: string;
  readonly state_name: StateName;
}

/** A change, numbered without gaps per orchestrator home; a client asks for everything after the last it saw. */
export type LiveEvent =
  | { readonly seq: number; readonly type: "flow-run"; readonly flow_run: FlowRun }
  | {
      readonly seq: number;
      readonly type: "task-runs";
      readonly flow_run_id: string;
      readonly task_runs: readonly TaskRun[];
    }
  | {
      readonly seq: number;
      readonly type: "logs";
      readonly flow_run_id: string;
      readonly logs: readonly LogRecord[];
      /** Offset behind them in the run's log, as `next` of a page of logs: whoever has read further knows them. */
      readonly next?: number;
    }
  | { readonly seq: number; readonly type: "artifact"; readonly artifact: ArtifactRecord }
  | { readonly seq: number; readonly type: "removed"; readonly flow_run_id: string }
  /** Block types or documents have changed: read them again. */
  | { readonly seq: number; readonly type: "blocks" }
  /** Pools, queues or workers are others than before, or do something else: read them again. */
  | { readonly seq: number; readonly type: "work-pools" }
  /** Deployments or backfills were made, changed or removed: read their list again. */
  | { readonly seq: number; readonly type: "deployments" }
  /** Automations or what they deliver have changed: read them again. */
  | { readonly seq: number; readonly type: "automations" }
  /** An automation asks the editor to show this. */
  | { readonly seq: number; readonly type: "notification"; readonly notification: EditorNotification }
  /** The numbers asked for are no longer kept: read again, then go on from `seq`. */
  | { readonly seq: number; readonly type: "reset" };

export interface ApiProblem {
  readonly code: string;
  readonly message: string;
  readonly fields?: readonly FieldProblem[];
}

/** Every route: method and path → body and answer. `:name` parts are path parameters. */
export interface Routes
  extends EditorRoutes,
    BlockRoutes,
    DeploymentRoutes,
    WorkPoolRoutes,
    WorkerRoutes,
    AutomationRoutes {
  "GET /api/health": { readonly answer: Health };
  "POST /api/shutdown": {
    readonly body: { readonly drain?: boolean; readonly reason?: string };
    readonly answer: Record<string, never>;
  };
  "POST /api/flow_runs": { readonly body: CreateFlowRun; readonly answer: FlowRun };
  "POST /api/flow_runs/filter": { readonly body: FlowRunFilter; readonly answer: Page<FlowRun> };
  "GET /api/flow_runs/:id": { readonly answer: FlowRun };
  "DELETE /api/flow_runs/:id": { readonly answer: Record<string, never> };
  "POST /api/flow_runs/:id/task_runs": {
    readonly body: { readonly limit?: number; readonly cursor?: string; readonly include_subflows?: boolean };
    readonly answer: Page<TaskRun>;
  };
  "POST /api/flow_runs/:id/logs": {
    readonly body: {
      readonly after?: number;
      readonly limit?: number;
      readonly task_run_id?: string;
      readonly level?: number;
    };
    readonly answer: { readonly logs: readonly LogRecord[]; readonly next: number };
  };
  "POST /api/flow_runs/:id/cancel": {
    readonly body: { readonly reason?: string; readonly grace_ms?: number };
    readonly answer: FlowRun;
  };
  "POST /api/flow_runs/:id/resume": { readonly body: ResumeOptions; readonly answer: FlowRun };
  "POST /api/flow_runs/:id/plan": { readonly body: ResumeOptions; readonly answer: ResumePlan };
  "POST /api/flow_runs/:id/continue": {
    readonly body: { readonly pause_key?: string; readonly value?: unknown };
    readonly answer: FlowRun;
  };
  "GET /api/flow_runs/:id/artifacts": { readonly answer: { readonly artifacts: readonly ArtifactRecord[] } };
  "GET /api/task_runs/:id": { readonly answer: TaskRunDetail };
  "POST /api/describe": { readonly body: { readonly file: string }; readonly answer: Description };
  /** Transforms a file and what it imports into the cache; executes nothing. */
  "POST /api/prepare": { readonly body: { readonly file: string }; readonly answer: { readonly files: number } };
  "GET /api/variables": { readonly answer: { readonly variables: readonly Variable[] } };
  "PUT /api/variables/:name": {
    readonly body: { readonly value: unknown; readonly tags?: readonly string[] };
    readonly answer: Variable;
  };
  "DELETE /api/variables/:name": { readonly answer: Record<string, never> };
  "GET /api/concurrency_limits": { readonly answer: { readonly limits: readonly ConcurrencyLimit[] } };
  "PUT /api/concurrency_limits/:name": {
    readonly body: { readonly limit: number; readonly active?: boolean };
    readonly answer: ConcurrencyLimit;
  };
  "DELETE /api/concurrency_limits/:name": { readonly answer: Record<string, never> };
  /** Waits up to `wait_ms` for the slots; `granted: false` means ask again. A slot belongs to a run and goes back when it ends. */
  "POST /api/slots": {
    readonly body: {
      readonly names: readonly string[];
      readonly run_id: string;
      readonly holder: string;
      readonly wait_ms?: number;
      readonly reassert?: boolean;
    };
    readonly answer: { readonly granted: boolean; readonly waiting_for?: string };
  };
  "DELETE /api/slots/:holder": { readonly answer: Record<string, never> };
  "POST /api/snapshot": { readonly answer: { readonly seq: number } };
}

export type RouteName = keyof Routes;

type PathParameter<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathParameter<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;
type Body<Name extends RouteName> = Routes[Name] extends { readonly body: infer Given } ? Given : never;

export type Answer<Name extends RouteName> = Routes[Name]["answer"];
/** `params` where the route has `:name` parts, `body` where it takes one. */
export type RouteInput<Name extends RouteName> = ([PathParameter<Name>] extends [never]
  ? { readonly params?: never }
  : { readonly params: { readonly [Key in PathParameter<Name>]: string } }) &
  ([Body<Name>] extends [never] ? { readonly body?: never } : { readonly body: Body<Name> });
export type RouteWithoutInput = {
  [Name in RouteName]: object extends RouteInput<Name> ? Name : never;
}[RouteName];
