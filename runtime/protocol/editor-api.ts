/** The part of the API that pages and the editor ask for: previews, windows of logs, histories, kept sources. */
import type { FlowRun, FlowRunFilter, TaskRun } from "./api.ts";
import type { FieldProblem } from "./errors.ts";
import type { LogRecord, SourceCommit } from "./records.ts";
import type { StateName, StateType } from "./states.ts";

/** A value as a page can show it: never the whole of something large. */
export type ValuePreview =
  | {
      readonly kind: "rows";
      readonly columns: readonly {
        readonly name: string;
        readonly type: string;
        /** Share of nulls among the rows looked at, 0 to 1. */
        readonly null_share: number;
      }[];
      /** Plain JSON values, one array per row in the order of the columns. */
      readonly rows: readonly (readonly unknown[])[];
      readonly offset: number;
      /** Null when only reading the whole file would tell. */
      readonly total_rows: number | null;
      /** Rows that null shares and types were taken from. */
      readonly sampled_rows: number;
      readonly size_bytes: number | null;
      /** The file that holds the rows, when the value was a path to one. */
      readonly file: string | null;
    }
  /** JSON text, indented; `truncated` when the value is larger than what is shown. */
  | { readonly kind: "json"; readonly text: string; readonly truncated: boolean; readonly size_bytes: number | null }
  | { readonly kind: "text"; readonly text: string; readonly truncated: boolean; readonly size_bytes: number | null }
  | {
      readonly kind: "image";
      readonly media_type: string;
      readonly base64: string;
      readonly size_bytes: number | null;
    }
  /** `reason` is a sentence: not kept, removed, a file that is gone, the wrong key. */
  | { readonly kind: "missing"; readonly reason: string };

/** Which value of a run is meant. */
export type ValueSource =
  | { readonly of: "parameters" | "result"; readonly flow_run_id: string }
  | { readonly of: "inputs" | "result"; readonly task_run_id: string }
  | { readonly of: "artifact"; readonly flow_run_id: string; readonly artifact_id: string };

/** One stretch of a task run in one state. Times in milliseconds since the epoch; `to` null while it lasts. */
export interface TimelineSpan {
  readonly state_type: StateType;
  readonly state_name: StateName;
  readonly from: number;
  readonly to: number | null;
  /** From 1; 0 before the first attempt. */
  readonly attempt: number;
}

export interface TaskTimeline {
  readonly task_run_id: string;
  readonly flow_run_id: string;
  readonly spans: readonly TimelineSpan[];
}

export interface HistoryBucket {
  readonly start: string;
  readonly end: string;
  readonly counts: Readonly<Partial<Record<StateType, number>>>;
  /** Seconds; null when no run of the bucket has ended. */
  readonly median_duration: number | null;
  readonly longest_duration: number | null;
}

export interface RunHistory {
  readonly buckets: readonly HistoryBucket[];
  readonly total: number;
  readonly counts: Readonly<Partial<Record<StateType, number>>>;
}

export interface GridCell {
  readonly flow_run_id: string;
  readonly task_key: string;
  /** The worst state of the task's runs within this flow run. */
  readonly state_type: StateType;
  readonly state_name: StateName;
  readonly count: number;
  readonly failed: number;
  /** Seconds, summed over the task's runs. */
  readonly duration: number;
  /** The run that decided the state. */
  readonly task_run_id: string;
}

/** Runs × tasks of one flow: newest run first, tasks in the order they first ran. */
export interface RunGrid {
  readonly runs: readonly FlowRun[];
  readonly tasks: readonly { readonly task_key: string; readonly name: string }[];
  readonly cells: readonly GridCell[];
}

export interface FlowSummary {
  readonly flow_file: string;
  readonly flow_export: string | null;
  readonly flow_name: string;
  readonly last_run: FlowRun;
  readonly run_count: number;
}

/** What a task call in a file did in the last run of its flow; for inlay hints. */
export interface LastTaskCall {
  readonly flow_run_id: string;
  readonly task_run_id: string;
  readonly task_key: string;
  readonly name: string;
  /** Where the call stands, 1-based, in the source that the run loaded. */
  readonly line: number;
  readonly column: number;
  readonly state_type: StateType;
  readonly state_name: StateName;
  /** Seconds; summed when the call ran often. */
  readonly duration: number;
  readonly count: number;
  readonly failed: number;
  /** The text of the source file that the run loaded, by hash; see the sources routes. */
  readonly source_hash: string | null;
}

export interface LogWindowFilter {
  /** The lowest level wanted. */
  readonly level?: number;
  readonly task_run_id?: string;
  readonly flow_run_id?: string;
}

export interface LogWindow {
  /** Index of the first line among the lines that pass the filter. */
  readonly start: number;
  readonly lines: readonly LogRecord[];
  /** Lines that pass the filter so far; grows while the run goes on. */
  readonly total: number;
}

export interface EditorRoutes {
  /** Checks parameters against the flow's own schema in a runner; nothing of the flow runs. 5 s limit. */
  "POST /api/validate": {
    readonly body: {
      readonly file: string;
      readonly flow?: string;
      readonly parameters: Readonly<Record<string, unknown>>;
    };
    readonly answer: { readonly valid: boolean; readonly fields: readonly FieldProblem[] };
  };
  "POST /api/flow_runs/history": {
    readonly body: {
      readonly filter?: FlowRunFilter;
      /** ISO times; by default the time that the matching runs span. */
      readonly start?: string;
      readonly end?: string;
      /** Default 48, at most 400. */
      readonly buckets?: number;
    };
    readonly answer: RunHistory;
  };
  "POST /api/flow_runs/grid": {
    readonly body: { readonly flow_file: string; readonly flow_export?: string; readonly limit?: number };
    readonly answer: RunGrid;
  };
  /** Each flow that has runs with its last one; only those of the given files when there are any. */
  "POST /api/flows/summary": {
    readonly body: { readonly files?: readonly string[]; readonly under?: string };
    readonly answer: { readonly flows: readonly FlowSummary[] };
  };
  "POST /api/tasks/last": {
    readonly body: { readonly file: string };
    readonly answer: { readonly calls: readonly LastTaskCall[] };
  };
  "POST /api/values/preview": {
    readonly body: {
      readonly source: ValueSource;
      /** First row, for rows; default 0. */
      readonly offset?: number;
      /** Rows wanted; default 200, at most 1,000. */
      readonly limit?: number;
    };
    readonly answer: ValuePreview;
  };
  "GET /api/flow_runs/:id/timeline": { readonly answer: { readonly tasks: readonly TaskTimeline[] } };
  /** A window of the log by line number among the lines that pass the filter. `count` at most 2,000. */
  "POST /api/flow_runs/:id/logs/window": {
    readonly body: {
      readonly filter?: LogWindowFilter;
      /** Negative counts from the end: -500 is the last 500 lines. */
      readonly start: number;
      readonly count: number;
    };
    readonly answer: LogWindow;
  };
  /** Next line that contains the text (case-insensitive), among the lines that pass the filter; null when none. */
  "POST /api/flow_runs/:id/logs/find": {
    readonly body: {
      readonly filter?: LogWindowFilter;
      readonly text: string;
      readonly from: number;
      readonly backwards?: boolean;
    };
    readonly answer: {
      readonly index: number | null;
      readonly matches: number;
      /** Which of the matches it is, from 1; null when there is none. */
      readonly position: number | null;
    };
  };
  "GET /api/flow_runs/:id/sources": {
    readonly answer: {
      readonly files: readonly { readonly file: string; readonly hash: string }[];
      /** What the repository was at; null outside of one, and for runs of older versions. */
      readonly commit?: SourceCommit | null;
    };
  };
  "GET /api/flow_runs/:id/sources/:hash": { readonly answer: { readonly file: string; readonly text: string } };
  /** A new run that calls one task with the inputs it had; its flow is the task itself. */
  "POST /api/task_runs/:id/rerun": { readonly body: { readonly id?: string }; readonly answer: FlowRun };
  /** Forgets a kept result: the task runs again at the next resume. */
  "POST /api/task_runs/:id/forget": { readonly answer: TaskRun };
}
