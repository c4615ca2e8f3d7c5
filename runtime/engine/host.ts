/**
 * What the engine needs from the world around one run. The disk host (host/) gives a real run its journal, clock and
 * sockets; millrace/testing gives an in-memory one with a fake clock. The engine itself touches neither disk nor time.
 */
import type { JournalWriter, ValueStore } from "../journal/types.ts";
import type { LogRecord, ObservedRecord, TaskRunRecord, ValueRecord } from "../protocol/records.ts";

export interface RunHost {
  readonly runId: string;
  readonly journal: JournalWriter;
  readonly values: ValueStore;
  /** What earlier segments of this run completed; undefined for a first execution. */
  readonly history: RunHistory | undefined;
  readonly clock: Clock;
  readonly logs: LogSink;
  readonly cache: ResultCache;
  readonly limits: Limits;
  readonly variables: Variables;
  readonly pauses: Pauses;
  readonly deadlines: Deadlines;
  /** Aborts with a MillraceError "cancelled" as its reason when the run is to stop. */
  readonly cancellation: AbortSignal;
}

export interface Clock {
  /** Milliseconds since the epoch; never goes back within a run. */
  now(): number;
  /** Milliseconds on the monotonic clock: for durations only. */
  monotonic(): number;
  /** Resolves after the time, or rejects with the signal's reason. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Like setTimeout; keeps the process alive only when asked to: a timeout must come though nothing else is to do. */
  after(milliseconds: number, callback: () => void, options?: { readonly keepAlive?: boolean }): { cancel(): void };
}

/**
 * Completions of earlier segments, by call identity (engine/identity.ts). Each may be taken once.
 * The disk host makes it from a run's records (host/history.ts).
 */
export interface RunHistory {
  take(call: string): KeptCompletion | undefined;
  /**
   * Completions of this task key in this scope that nobody took yet: to tell why `call` found no match. None when an
   * earlier execution has begun that very call: then it simply has not completed.
   */
  unused(of: {
    readonly flow_run_id?: string;
    readonly task_key: string;
    readonly call?: string;
  }): readonly KeptCompletion[];
  observed(call: string): ObservedRecord | undefined;
  /** The flow run (root or subflow) that this call started, to go on under the same id. */
  flowRun(call: string):
    | {
        readonly id: string;
        readonly name: string;
        readonly completed: ValueRecord | undefined;
        /** Validated in an earlier segment: not parsed again. */
        readonly parameters?: ValueRecord;
        readonly run_count?: number;
      }
    | undefined;
  readonly root: {
    readonly id: string;
    readonly name: string;
    readonly parameters: ValueRecord;
    /** They are as given and were refused: to be validated again. */
    readonly parameters_refused?: true;
    readonly run_count: number;
  };
}

export interface KeptCompletion {
  readonly task_run_id: string;
  readonly record: TaskRunRecord;
  readonly result: ValueRecord;
}

export interface LogSink {
  write(record: LogRecord): void;
  flush(): Promise<void>;
}

/** Results shared between runs, by cache key. */
export interface ResultCache {
  get(key: string): Promise<CacheHit | undefined> | CacheHit | undefined;
  /** `expires` in milliseconds since the epoch; undefined keeps it for ever. */
  put(
    key: string,
    value: ValueRecord,
    origin: { flow_run_id: string; task_run_id: string },
    expires: number | undefined,
  ): Promise<void>;
}

export interface CacheHit {
  readonly value: ValueRecord;
  readonly flow_run_id: string;
  readonly task_run_id: string;
  /** Milliseconds since the epoch; undefined is kept for ever. */
  readonly expires?: number;
}

/** Concurrency limits by name. A name without a limit costs nothing and asks nobody. */
export interface Limits {
  isLimited(names: readonly string[]): boolean;
  /** Resolves with a release function when all slots are held. `waiting` is called when it has to wait. */
  acquire(
    names: readonly string[],
    holder: string,
    signal: AbortSignal,
    waiting: (for_: string) => void,
  ): Promise<() => Promise<void>>;
}

export interface Variables {
  get(name: string): Promise<unknown>;
  set(name: string, value: unknown): Promise<void>;
}

export interface Pauses {
  /** Resolves with the answer (JSON) for this pause key; the engine validates it and may ask again. */
  wait(pauseKey: string, signal: AbortSignal): Promise<unknown>;
  refuse(pauseKey: string, message: string): void;
}

/** Deadlines that the event loop may miss when user code blocks it; somebody outside watches them. */
export interface Deadlines {
  arm(deadline: { id: string; in_ms: number; grace_ms: number; task_run_id?: string; label: string }): void;
  met(id: string): void;
}
