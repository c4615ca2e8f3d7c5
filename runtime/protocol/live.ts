/**
 * What a running runner says and hears. A run registers in live/<run id> (LiveEntry) and listens on a local socket;
 * whoever supervises it (the orchestrator, a worker, the keeper) connects, says the token, then both sides exchange
 * one JSON object per line.
 */
import type { RunOfDeployment, ValueRecord, WriterIdentity } from "./records.ts";
import type { State } from "./states.ts";

/** Content of live/<run id>, JSON, mode 0600. */
export interface LiveEntry {
  readonly run_id: string;
  readonly writer: WriterIdentity;
  /** Path of the local socket or name of the pipe. It may not be listening yet, or any more. */
  readonly socket: string;
  readonly token: string;
  /** File with the raw output of the process, where a worker started it. */
  readonly output?: string;
  readonly flow_name: string;
  readonly file: string;
  readonly started: number;
  /** Under a debugger: at a breakpoint it announces nothing. */
  readonly debugging?: true;
  /** Why its keeper ends the process, written before it does: whoever finds it dead first writes the verdict. */
  readonly last_word?: LastWord;
}

export interface LastWord {
  readonly state: State;
  /** What became of the tasks that had not ended. */
  readonly task_message?: string;
  /** Of single task runs, by id. */
  readonly task_states?: Readonly<Record<string, State>>;
}

/** Supervisor → runner. */
export type SupervisorMessage =
  /** `supervises: false` says one thing and leaves: deadlines are then watched by somebody else. */
  | { readonly type: "hello"; readonly token: string; readonly supervises?: boolean }
  /** Ask the run to stop: abort signal first; the sender kills after `grace_ms` if it has not ended. */
  | { readonly type: "cancel"; readonly reason: string; readonly grace_ms: number }
  /** Answer to a pause. `value` is JSON, validated by the runner against the pause's schema. */
  | { readonly type: "continue"; readonly pause_key: string; readonly value?: unknown }
  | { readonly type: "ping"; readonly id: number };

/** Runner → supervisor. */
export type RunnerMessage =
  | { readonly type: "hello"; readonly run_id: string; readonly pid: number }
  /** Everything below `offset` in segment `segment` is synced and may be folded. */
  | { readonly type: "synced"; readonly segment: number; readonly offset: number }
  /** A deadline the event loop may miss: kill the process if it is still armed `grace_ms` after `at`. */
  | {
      readonly type: "deadline";
      readonly id: string;
      /** Milliseconds since the epoch when sent; the receiver measures on its own monotonic clock. */
      readonly in_ms: number;
      readonly grace_ms: number;
      /** The whole time that was allowed, when `in_ms` is only what is left of it. */
      readonly timeout_ms?: number;
      readonly task_run_id?: string;
      /** Who has the deadline: `task "fetch"`. */
      readonly label: string;
    }
  | { readonly type: "deadline-met"; readonly id: string }
  /** The task that the event loop is in, as far as known; sent when it changes and something is armed. */
  | { readonly type: "log"; readonly offset: number }
  | { readonly type: "paused"; readonly pause_key: string }
  | { readonly type: "continue-refused"; readonly pause_key: string; readonly message: string }
  /** Slots that the run holds: said to a supervisor that has just come, which may be a new orchestrator. */
  | { readonly type: "slot"; readonly holder: string; readonly names: readonly string[] }
  | { readonly type: "closing"; readonly exit_code: number }
  | { readonly type: "pong"; readonly id: number };

/** One task to be called again, outside its flow. */
export interface TaskAgain {
  readonly task_key: string;
  /** The folder of the run whose results/ holds what does not stand in the records. */
  readonly folder: string;
  /** All inputs as one list, or each on its own; a list stands for the results of a map. */
  readonly inputs: ValueRecord | readonly (ValueRecord | readonly ValueRecord[])[];
}

/** What a worker asks of a warm runner process, over its IPC channel (one message, then the channel is closed). */
export interface StartRequest {
  readonly type: "start";
  readonly home: string;
  readonly run_id: string;
  readonly file: string;
  /** Export or name of the flow; may be left out when the file has one flow. */
  readonly flow?: string;
  /** JSON values as given; validated in the runner. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly idempotency_key?: string;
  readonly trigger: string;
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly resume?: ResumeOptions;
  /** Instead of a flow: one task of the file, called with inputs that are kept. */
  readonly task?: TaskAgain;
  readonly deployment?: RunOfDeployment;
  /** The sources to load instead of those that lie at their paths now (protocol/snapshots.ts). */
  readonly snapshot?: string;
  readonly output?: string;
  readonly work_pool_name?: string;
  readonly work_queue_name?: string;
  /** The commit of the repository that the file is of. */
  readonly flow_version?: string;
}

export interface ResumeOptions {
  /** "resume" keeps completed tasks, "retry" keeps none. */
  readonly mode: "resume" | "retry";
  /** Task keys or task run ids: these and everything that depends on them run again. */
  readonly from?: readonly string[];
  /** Task keys or task run ids: only these run again. */
  readonly rerun?: readonly string[];
  /** Go on although kept results are missing from the disk (they run again). */
  readonly allow_rerun?: boolean;
  /** Environment of the process that goes on with the run, as for its start. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A user says that the process that executed the run last is gone, where that cannot be told from here. */
  readonly force?: boolean;
}
