/**
 * Deployments, schedules, work pools, workers and automations as they cross a process. Fields keep Prefect's names and
 * meaning where Prefect has them; times are ISO 8601 UTC texts, durations seconds.
 */
import type { FieldProblem } from "./errors.ts";
import type { StateName, StateType } from "./states.ts";

export type Schedule =
  /** Five fields or an alias, read by protocol/cron.ts. */
  | { readonly cron: string; readonly timezone: string }
  /** Elapsed time from the anchor on, whatever clocks do. */
  | { readonly interval: number; readonly anchor_date: string; readonly timezone: string };

/** What intervals are counted from where nobody says: "1h" is every full hour, and deploying again changes nothing. */
export const defaultAnchor = "2020-01-01T00:00:00Z";

/** What becomes of times that passed while nobody could start a run (machine asleep, orchestrator off). */
export type MissedPolicy = "skip" | "latest" | "all";
/** What happens when a run is due while an earlier one of the same deployment goes on. */
export type OverlapPolicy = "queue" | "skip" | "cancel" | "allow";

export interface DeploymentSchedule {
  readonly id: string;
  /** Names it within the deployment, so that a changed declaration finds it again; null where nobody gave one. */
  readonly slug: string | null;
  readonly active: boolean;
  readonly schedule: Schedule;
  /** Over those of the deployment. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly missed: MissedPolicy;
  /** At most this many when `missed` is "all"; the newest ones. */
  readonly missed_limit: number;
  readonly overlap: OverlapPolicy;
}

/** Which code a version runs. */
export type DeploymentCode =
  /** Whatever lies in the folder when the run begins. */
  | { readonly type: "working-copy" }
  /** A copy of the flow's import graph, kept under the home. */
  | { readonly type: "snapshot"; readonly hash: string }
  | {
      readonly type: "git";
      readonly repository: string;
      /** Branch, tag or commit as it was asked for. */
      readonly reference: string;
      /** The commit that it was when the version was made; null follows the branch at each run. */
      readonly commit: string | null;
      /** Path of the file inside of the repository. */
      readonly path: string;
      /** A GitHubRepository block whose token is used, "github-repository/name". */
      readonly credentials: string | null;
      /** The flow's import graph at that commit, kept under the home; null where a worker fetches the repository. */
      readonly snapshot: string | null;
    };

export type Infrastructure =
  | {
      readonly type: "process";
      readonly env?: Readonly<Record<string, string>>;
      readonly working_dir?: string;
      /** Mebibytes. */
      readonly memory_limit?: number;
    }
  | {
      readonly type: "docker";
      /** That of the block, else of the work pool, when left out. */
      readonly image?: string;
      readonly image_pull_policy?: "always" | "if-not-present" | "never";
      readonly network_mode?: string;
      /** "source:target" or "source:target:ro" */
      readonly volumes?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      /** Mebibytes. */
      readonly memory_limit?: number;
      readonly cpus?: number;
      readonly auto_remove?: boolean;
      /** A DockerContainer block that gives what is left out here, "docker-container/name". */
      readonly block?: string;
    };

/** What a person or a program says of a deployment; the rest is defaults. */
export interface DeploymentSettings {
  readonly name: string;
  /** Absolute path of the flow's file. */
  readonly flow_file: string;
  /** Export, or name where it is not exported under one. */
  readonly flow_export: string;
  /** Folder that its runs begin in; that of the flow's file when left out. */
  readonly cwd?: string;
  readonly description?: string | null;
  readonly tags?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly schedules?: readonly (Pick<DeploymentSchedule, "schedule"> & Partial<Omit<DeploymentSchedule, "id">>)[];
  readonly paused?: boolean;
  readonly work_pool_name?: string;
  readonly work_queue_name?: string;
  readonly infrastructure?: Infrastructure;
  /** "snapshot" when it has a schedule, else "working-copy", when left out. */
  readonly code?:
    | "working-copy"
    | "snapshot"
    | { readonly git: string; readonly reference?: string; readonly path?: string; readonly credentials?: string };
  /** Runs at the same time; null as many as there are. */
  readonly concurrency_limit?: number | null;
  /** What a run does that finds the limit reached. */
  readonly collision_strategy?: "ENQUEUE" | "CANCEL_NEW";
  /** Its schedules fire with the editor closed. */
  readonly keep_running?: boolean;
  /** A run that crashed is started again by itself, at most this often. */
  readonly crash_retries?: number;
  /** The millrace.json that declares it. */
  readonly declared_in?: string | null;
}

/** Why a deployment does not fit its flow any more. */
export interface DeploymentDrift {
  readonly kind: "file-gone" | "flow-gone" | "parameters-refused" | "schema-changed" | "code-changed";
  /** A sentence that says what to do. */
  readonly message: string;
  readonly fields: readonly FieldProblem[];
}

export interface Deployment {
  readonly id: string;
  readonly name: string;
  readonly flow_id: string;
  readonly flow_name: string;
  readonly flow_file: string;
  readonly flow_export: string;
  readonly cwd: string;
  /** Grows with each change that was deployed. */
  readonly version: number;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  /** JSON Schema that the parameters were checked against when it was deployed; null when the flow takes none. */
  readonly parameter_openapi_schema: Readonly<Record<string, unknown>> | null;
  readonly schedules: readonly DeploymentSchedule[];
  readonly paused: boolean;
  readonly work_pool_name: string;
  readonly work_queue_name: string;
  readonly infrastructure: Infrastructure;
  readonly code: DeploymentCode;
  readonly concurrency_limit: number | null;
  readonly collision_strategy: "ENQUEUE" | "CANCEL_NEW";
  readonly keep_running: boolean;
  readonly crash_retries: number;
  readonly declared_in: string | null;
  readonly created: string;
  readonly updated: string;
  /** When it fires next; null when it is paused or has no active schedule. */
  readonly next_run: string | null;
  readonly last_run: DeploymentLastRun | null;
}

export interface DeploymentLastRun {
  readonly flow_run_id: string;
  readonly state_type: StateType;
  readonly state_name: StateName;
  readonly start_time: string | null;
  readonly end_time: string | null;
}

/** One field that deploying would change, for people: `before` and `after` as they would be written. */
export interface DeploymentChange {
  /** "schedules[0].schedule.cron" */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What deploying the settings would do, or did. */
export interface DeploymentPlan {
  readonly kind: "new" | "unchanged" | "changed";
  readonly changes: readonly DeploymentChange[];
  /** What the flow's own schema or a schedule refuses; nothing was deployed then. */
  readonly problems: readonly FieldProblem[];
}

/** A time at which a schedule fires, before it has become a run. */
export interface UpcomingRun {
  readonly deployment_id: string;
  readonly deployment_name: string;
  readonly flow_name: string;
  readonly schedule_id: string;
  readonly time: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface CreateBackfill {
  readonly deployment_id: string;
  /** ISO dates or times; both ends belong to it. */
  readonly start: string;
  readonly end: string;
  /** Which schedule's times are the partitions; the only one when left out. Or an interval of its own. */
  readonly schedule_id?: string;
  readonly cron?: string;
  readonly timezone?: string;
  /** Over those of the deployment. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** The parameter that gets the partition's time as an ISO text. */
  readonly partition_parameter?: string;
  readonly concurrency?: number;
  /** Also those that are complete. */
  readonly again?: boolean;
}

export interface BackfillPartition {
  /** "2026-01-01T05:00:00Z": stands in the run as its partition key. */
  readonly key: string;
  /** "missing": there is no run of it yet. */
  readonly state: "complete" | "waiting" | "running" | "failed" | "missing";
  readonly flow_run_id: string | null;
}

export interface Backfill {
  readonly id: string;
  readonly deployment_id: string;
  readonly created: string;
  readonly concurrency: number;
  readonly partitions: readonly BackfillPartition[];
  readonly cancelled: boolean;
}

export interface WorkPool {
  readonly name: string;
  readonly type: "process" | "docker";
  readonly description: string | null;
  readonly is_paused: boolean;
  readonly concurrency_limit: number | null;
  /** Over what a deployment says nothing about. */
  readonly infrastructure: Infrastructure;
  readonly created: string;
  readonly queues: readonly WorkQueue[];
  readonly workers: readonly WorkerStatus[];
  /** READY when a worker polls it (the built-in one always does for "default"). */
  readonly status: "READY" | "NOT_READY" | "PAUSED";
  /** How many tokens for workers have been given out. */
  readonly tokens: number;
}

export interface WorkQueue {
  readonly name: string;
  readonly description: string | null;
  /** 1 is the highest. */
  readonly priority: number;
  readonly is_paused: boolean;
  readonly concurrency_limit: number | null;
  readonly last_polled: string | null;
  readonly waiting: number;
  readonly running: number;
}

export interface WorkerStatus {
  readonly name: string;
  readonly status: "ONLINE" | "OFFLINE";
  readonly queues: readonly string[];
  readonly last_heartbeat_time: string;
  readonly running: number;
  readonly limit: number;
  readonly host: string;
  readonly built_in: boolean;
  /** Since when it has not been heard of; null while it is online. */
  readonly offline_since: string | null;
}

export interface DeploymentRoutes {
  /** With `dry_run` nothing changes: what would be deployed is told. */
  "POST /api/deployments": {
    readonly body: DeploymentSettings & { readonly dry_run?: boolean };
    readonly answer: { readonly deployment: Deployment | null; readonly plan: DeploymentPlan };
  };
  "GET /api/deployments": { readonly answer: { readonly deployments: readonly Deployment[] } };
  "GET /api/deployments/:id": { readonly answer: Deployment };
  "GET /api/deployments/:id/versions": { readonly answer: { readonly versions: readonly Deployment[] } };
  /** Puts an earlier version in force again - settings and code - as a new one. A millrace.json is left as it is. */
  "POST /api/deployments/:id/versions/:version/restore": { readonly answer: Deployment };
  /** Loads the flow's file where that is needed, so never for untrusted folders. */
  "GET /api/deployments/:id/drift": { readonly answer: { readonly drift: readonly DeploymentDrift[] } };
  "DELETE /api/deployments/:id": { readonly answer: Record<string, never> };
  "POST /api/deployments/:id/pause": { readonly answer: Deployment };
  "POST /api/deployments/:id/resume": { readonly answer: Deployment };
  "POST /api/deployments/:id/schedules/:schedule/active": {
    readonly body: { readonly active: boolean };
    readonly answer: Deployment;
  };
  /** Run now, or at a time; parameters over those of the deployment, checked against the flow's schema. */
  "POST /api/deployments/:id/create_flow_run": {
    readonly body: {
      readonly id?: string;
      readonly parameters?: Readonly<Record<string, unknown>>;
      readonly scheduled_time?: string;
      readonly tags?: readonly string[];
      readonly idempotency_key?: string;
      readonly name?: string;
    };
    readonly answer: { readonly flow_run_id: string };
  };
  "POST /api/upcoming": {
    readonly body: { readonly deployment_id?: string; readonly under?: readonly string[]; readonly limit?: number };
    readonly answer: { readonly upcoming: readonly UpcomingRun[] };
  };
  /** The next times of a schedule that need not be deployed; `words` in a sentence. */
  "POST /api/schedules/preview": {
    readonly body: {
      readonly schedule: Schedule;
      readonly start_date?: string;
      readonly end_date?: string;
      readonly count?: number;
    };
    readonly answer: {
      readonly words: string | null;
      readonly times: readonly string[];
      readonly notes: readonly string[];
    };
  };
  /** With `dry_run` the partitions are told and nothing starts. */
  "POST /api/backfills": {
    readonly body: CreateBackfill & { readonly dry_run?: boolean };
    readonly answer: Backfill;
  };
  "GET /api/backfills": { readonly answer: { readonly backfills: readonly Backfill[] } };
  "GET /api/backfills/:id": { readonly answer: Backfill };
  "POST /api/backfills/:id/cancel": { readonly answer: Backfill };
}

export interface WorkPoolRoutes {
  "GET /api/work_pools": { readonly answer: { readonly work_pools: readonly WorkPool[] } };
  "GET /api/work_pools/:name": { readonly answer: WorkPool };
  "PUT /api/work_pools/:name": {
    readonly body: Partial<
      Pick<WorkPool, "type" | "description" | "is_paused" | "concurrency_limit" | "infrastructure">
    >;
    readonly answer: WorkPool;
  };
  "DELETE /api/work_pools/:name": { readonly answer: Record<string, never> };
  "PUT /api/work_pools/:name/queues/:queue": {
    readonly body: Partial<Pick<WorkQueue, "description" | "priority" | "is_paused" | "concurrency_limit">>;
    readonly answer: WorkPool;
  };
  "DELETE /api/work_pools/:name/queues/:queue": { readonly answer: WorkPool };
  /** A new token for workers of this pool. Told once: only its hash is kept. */
  "POST /api/work_pools/:name/tokens": { readonly answer: { readonly token: string } };
  /** Takes all tokens of the pool away. */
  "DELETE /api/work_pools/:name/tokens": { readonly answer: { readonly removed: number } };
}
