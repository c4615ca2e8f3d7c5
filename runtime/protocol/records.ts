/**
 * What stands in a run's journal. One line is one `JournalLine`; its `record` is one of the kinds below. Field names
 * that mean the same as in Prefect are spelt as in Prefect. Times are milliseconds since the epoch (UTC).
 *
 * Growth: a reader keeps and ignores kinds and fields it does not know (`UnknownRecord`); `SegmentRecord.version.major`
 * changes only when an older reader would be wrong.
 */
import type { DeploymentCode } from "./deployments.ts";
import type { ErrorRecord, SourceLocation } from "./errors.ts";
import type { State } from "./states.ts";

export const journalVersion = { major: 1, minor: 0 } as const;

/** A file of the run's folder, `results/<hash>`: the hash is the SHA-256 of its content, the size in bytes. */
export interface ValueFile {
  readonly hash: string;
  readonly size: number;
}

/**
 * A value that crossed a task's border. `data` is the JSON array that the value codec made (see journal/values.ts);
 * larger values stand in a file of the run's folder `results/<hash>`. Tables among the value have `files` of their own.
 */
export type ValueRecord =
  | { readonly kind: "inline"; readonly data: unknown; readonly files?: readonly ValueFile[] }
  | {
      readonly kind: "file";
      readonly hash: string;
      readonly size: number;
      readonly preview?: string;
      /** The file is ciphertext of the home's key, because the value holds a secret. Hash and size are the ciphertext's. */
      readonly sealed?: true;
      readonly files?: readonly ValueFile[];
    }
  /** Not kept: `persist: false`, or nothing could be kept. */
  | {
      readonly kind: "none";
      readonly reason: string;
      readonly preview?: string;
      /** Of inputs too large to stand here twice: where each of them is kept. */
      readonly parts?: readonly InputPart[];
    };

/** One input of a task: the result of another task run, the results of a map, or a value of its own. */
export type InputPart =
  | { readonly task_run_id: string }
  | { readonly task_run_ids: readonly string[] }
  | { readonly value: ValueRecord };

/** First line of each segment. */
export interface SegmentRecord {
  readonly kind: "segment";
  readonly run_id: string;
  readonly segment: number;
  readonly version: { readonly major: number; readonly minor: number };
  readonly reason: "start" | "resume" | "retry" | "verdict" | "import" | "shipped";
  /** Length in bytes of segment n-1 that counts; what stands behind it is void. */
  readonly seals?: {
    readonly segment: number;
    readonly length: number;
    /** When the last of the records that count was written: a process that was killed is known to have lived until then. */
    readonly at?: number;
  };
  readonly writer: WriterIdentity;
  readonly at: number;
  /** Written without syncs: after a crash of the machine a hole means a lost tail, not corruption. */
  readonly durability?: "process";
  /** Under a debugger: a process that is gone without a word was stopped with it (protocol/debugging.ts). */
  readonly debugging?: true;
}

/** A process, in a way that survives pid reuse and reboots. */
export interface WriterIdentity {
  readonly pid: number;
  /** Start time of the process as the system tells it; "" where it can't be had. */
  readonly start_time: string;
  readonly boot_id: string;
  readonly host: string;
  readonly millrace: string;
  readonly node: string;
}

/** A flow run comes into being: the root run of the journal, or a subflow run inside it. */
export interface FlowRunRecord {
  readonly kind: "flow-run";
  readonly id: string;
  readonly at: number;
  /** Two words, as in Prefect: "quiet-otter". */
  readonly name: string;
  readonly flow: FlowReference;
  /** Validated, after defaults and transforms. */
  readonly parameters: ValueRecord;
  /** `parameters` are as they were given, because the flow's schema refused them: a resume validates them again. */
  readonly parameters_refused?: true;
  readonly tags?: readonly string[];
  readonly parent_flow_run_id?: string;
  /** The task run that stands for the subflow in its parent. */
  readonly parent_task_run_id?: string;
  readonly idempotency_key?: string;
  readonly deployment_id?: string;
  readonly deployment_version?: number;
  readonly deployment_code?: DeploymentCode;
  readonly partition_key?: string;
  readonly backfill_id?: string;
  /** How the run was started: "cli", "script", "editor", "api", "schedule", "worker", "testing". */
  readonly trigger?: string;
  readonly retries?: number;
  /** Working directory of the run. */
  readonly cwd?: string;
  readonly work_pool_name?: string;
  readonly work_queue_name?: string;
  /** The commit of the repository that its code came from. */
  readonly flow_version?: string;
  /** Of a root run: the Node that runs it ("v22.23.3"); a resume's stands in its segment. */
  readonly node?: string;
}

/** What a run says of the deployment that it is a run of. */
export type RunOfDeployment = Pick<
  FlowRunRecord,
  "deployment_id" | "deployment_version" | "deployment_code" | "partition_key" | "backfill_id"
>;

/** A flow is known by folder + file + export; its name is a label. */
export interface FlowReference {
  readonly name: string;
  /** Absolute path of the source file; "" when it can't be known. */
  readonly file: string;
  readonly export?: string;
  readonly line?: number;
}

export interface FlowRunStateRecord {
  readonly kind: "flow-run-state";
  readonly id: string;
  readonly state: State;
  /** 1 for the first execution, more for flow retries and resumes. Stands in RUNNING records. */
  readonly run_count?: number;
  readonly result?: ValueRecord;
  readonly error?: ErrorRecord;
}

/** A task run comes into being, in the state given (RUNNING, or SCHEDULED/AwaitingConcurrencySlot while it waits). */
export interface TaskRunRecord {
  readonly kind: "task-run";
  readonly id: string;
  readonly at: number;
  readonly flow_run_id: string;
  /** The enclosing task run, when a task calls a task. */
  readonly parent_task_run_id?: string;
  readonly name: string;
  readonly task_key: string;
  /** Identity of the call (see engine/identity.ts): what resume matches. */
  readonly call: string;
  readonly dynamic_key: string;
  /** Position within a `task.map` call. */
  readonly map?: { readonly id: string; readonly index: number; readonly size: number };
  readonly inputs?: ValueRecord;
  /** Edges of the graph: ids of the task runs whose results are among the inputs. */
  readonly task_inputs?: readonly string[];
  readonly tags?: readonly string[];
  readonly retries?: number;
  readonly source?: SourceLocation;
  /** The id of the subflow run that this task run stands for. */
  readonly child_flow_run_id?: string;
  readonly state: State;
}

export interface TaskRunStateRecord {
  readonly kind: "task-run-state";
  readonly id: string;
  readonly state: State;
  /** Attempt number from 1; stands in RUNNING, FAILED, COMPLETED and AwaitingRetry records. */
  readonly run_count?: number;
  readonly result?: ValueRecord;
  readonly error?: ErrorRecord;
  /** For Cached: where the value came from. */
  readonly cached_from?: { readonly flow_run_id: string; readonly task_run_id: string };
}

/** On resume: completions of earlier segments that were given back in this one (ids of task runs). */
export interface KeptRecord {
  readonly kind: "kept";
  readonly task_run_ids: readonly string[];
  readonly at: number;
}

/** On `resume --from | --rerun`: completions of earlier segments that no longer count, in this and later resumes. */
export interface InvalidatedRecord {
  readonly kind: "invalidated";
  readonly task_run_ids: readonly string[];
  /** Subflow runs that are entered again because something inside them runs again. */
  readonly flow_run_ids: readonly string[];
  readonly at: number;
}

/** A value that the flow body saw and must see again on resume: a sleep's due time, a variable, a pause's answer. */
export interface ObservedRecord {
  readonly kind: "observed";
  readonly what: "sleep" | "variable" | "pause";
  readonly flow_run_id: string;
  readonly call: string;
  readonly key: string;
  readonly value: ValueRecord;
  readonly at: number;
}

export interface ArtifactRecord {
  readonly kind: "artifact";
  readonly id: string;
  readonly key: string;
  readonly type: "markdown" | "table" | "link" | "image" | "progress";
  readonly description?: string;
  readonly data: ValueRecord;
  readonly flow_run_id: string;
  readonly task_run_id?: string;
  readonly at: number;
}

/** The sources that the run loaded, kept by content so that old runs show the code they ran. */
export interface SourcesRecord {
  readonly kind: "sources";
  readonly files: readonly { readonly file: string; readonly hash: string }[];
  /** What the repository of the flow's file was at; files may have been edited since. */
  readonly commit?: SourceCommit;
  readonly at: number;
}

export interface SourceCommit {
  readonly id: string;
  readonly branch?: string;
}

/** Something worth showing in the run's history that is no state: "machine slept", logs dropped. */
export interface NoteRecord {
  readonly kind: "note";
  readonly flow_run_id: string;
  readonly task_run_id?: string;
  readonly message: string;
  readonly at: number;
}

export type JournalRecord =
  | SegmentRecord
  | FlowRunRecord
  | FlowRunStateRecord
  | TaskRunRecord
  | TaskRunStateRecord
  | KeptRecord
  | InvalidatedRecord
  | ObservedRecord
  | ArtifactRecord
  | SourcesRecord
  | NoteRecord;

export type RecordKind = JournalRecord["kind"];

/** Where a record stands. Order within a run is (segment, seq), never the clock. */
export interface RecordPosition {
  readonly segment: number;
  readonly seq: number;
}

export interface PositionedRecord {
  readonly position: RecordPosition;
  readonly record: JournalRecord;
}

/** Levels are Prefect's (Python's) numbers. */
export const logLevels = { debug: 10, info: 20, warn: 30, error: 40 } as const;
export type LogLevel = keyof typeof logLevels;

/** One line of a run's logs.ndjson. */
export interface LogRecord {
  readonly at: number;
  readonly level: number;
  readonly message: string;
  /** "console", "stdout", "stderr", "millrace" (the engine) or "log" (the SDK's log). */
  readonly name: string;
  readonly flow_run_id: string;
  readonly task_run_id?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}
