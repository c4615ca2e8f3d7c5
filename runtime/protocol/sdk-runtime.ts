/**
 * The seam between the runner (a process that loads the user's module) and the SDK bundle that the module imports.
 * The runner finds it as the export `runtime` of the SDK's file; two SDK copies in one process share one through
 * `globalThis[Symbol.for("millrace")]`.
 */
import type { FlowDescription } from "./api.ts";
import type { ErrorRecord, FieldProblem } from "./errors.ts";
import type { ResumeOptions, TaskAgain } from "./live.ts";
import type { JournalRecord, LogRecord, RunOfDeployment } from "./records.ts";
import type { State } from "./states.ts";

export const sharedSymbol = Symbol.for("millrace");

/** A flow object as the runner sees it: opaque but for what picking one needs. */
export interface FlowHandle {
  readonly name: string;
  readonly exportName: string;
  readonly flow: unknown;
}

export interface SdkRuntime {
  readonly version: string;
  /** All flows among a module's exports (default export, namespaces' own keys); `undefined` exports are skipped. */
  listFlows(moduleNamespace: Readonly<Record<string, unknown>>): readonly FlowHandle[];
  describe(handle: FlowHandle, file: string): FlowDescription;
  /** To be called before the module is loaded: from then on it is known which tasks are made. */
  noteTasks?(): void;
  /** A flow that calls one task with its kept inputs. @throws MillraceError "unknown-flow" when there is no such task. */
  taskAgain?(task: TaskAgain, file: string): FlowHandle;
  /** What the flow's schema refuses in the parameters, as at the start of a run; nothing of the flow runs. */
  validate?(handle: FlowHandle, parameters: Readonly<Record<string, unknown>>): Promise<readonly FieldProblem[]>;
  execute(handle: FlowHandle, request: ExecuteRequest): Promise<ExecuteOutcome>;
  /** Loads what a recorded run needs beyond the SDK itself: for a runner that has the time before it is asked. */
  preload?(): Promise<void>;
  /**
   * For an unhandled rejection or an uncaught exception: fails the runs going on in this process with it. False when
   * there is none, so that the error is somebody else's.
   */
  failRuns(thrown: unknown): boolean;
  /**
   * The runner saw this go to the process's own stdout or stderr. Called in the context of whoever wrote: what a task or
   * flow wrote belongs into its log (name "stdout" or "stderr"), what console or millrace itself wrote must be ignored
   * here. Must not write to these streams, must not throw. True when it went to a log: whoever shows the log lines
   * (`onLog`) shows it then, and it goes to the stream only where nobody does.
   */
  captureOutput?(stream: "stdout" | "stderr", chunk: string | Uint8Array): boolean;
}

export interface ExecuteRequest {
  readonly home: string;
  /** Chosen by the caller, so that the run's folder is known before the run begins. */
  readonly run_id: string;
  readonly file: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly trigger: string;
  readonly cwd: string;
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly idempotency_key?: string;
  readonly work_pool_name?: string;
  readonly work_queue_name?: string;
  readonly flow_version?: string;
  readonly deployment?: RunOfDeployment;
  readonly resume?: ResumeOptions;
  readonly durability?: "disk" | "process";
  /** File that takes the raw output of the process, where a worker started it. */
  readonly output?: string;
  /** Source files loaded so far, with their text: kept with the run. */
  readonly sources?: () => readonly { readonly file: string; readonly text: string }[];
  /** Alive means process and pipe, timeouts are off. */
  readonly debugging?: boolean;
  /** Called in order, in the process, for the terminal's tree. Must not throw. */
  readonly onRecord?: (record: JournalRecord) => void;
  readonly onLog?: (log: LogRecord) => void;
  /** Aborted by Ctrl-C and the like: the run is cancelled. */
  readonly signal?: AbortSignal;
}

export interface ExecuteOutcome {
  readonly run_id: string;
  readonly state: State;
  readonly error?: ErrorRecord;
  /** 0 completed, 1 failed, 3 crashed or cancelled (DESIGN §6). */
  readonly exit_code: number;
  /** The flow's result, as it is in memory. */
  readonly result?: unknown;
  /** What it failed with, as it was thrown. */
  readonly thrown?: unknown;
}
