import type { Duration } from "../protocol/durations.ts";
import type { State } from "../protocol/states.ts";
import type { RetryDelay } from "./retry-policy.ts";

/** What a task does and how it is run. `Inputs` and `Result` follow from the signature of `run`. */
export interface TaskOptions<Inputs extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends TaskSettings<Inputs> {
  /**
   * The task's body. Inputs arrive with every promise in them resolved. What it returns is kept and given back when
   * the run is resumed, so it must be a value: see `persist`.
   */
  run(...inputs: Inputs): Result | PromiseLike<Result>;
}

/** Everything about a task that one call may change: `task.with({ retries: 5 })(…)`. */
export interface TaskSettings<Inputs extends readonly unknown[] = readonly unknown[]> {
  /** Name of the task: what resume, limits and pages know it by. The exported name when left out. */
  readonly name?: string;
  /** Name of each task run, as text or made from the inputs; the task's name when left out. */
  readonly runName?: string | ((...inputs: Inputs) => string);
  /** Shown on pages and in the editor. */
  readonly description?: string;
  /** Further attempts after a failure; 0 when left out. */
  readonly retries?: number;
  /**
   * Time before each further attempt: a duration ("10s"), a list (`["1s", "5s"]`, the last repeats), or a function of
   * the attempt that failed (1 for the first) that gives a duration. At once when left out.
   */
  readonly retryDelay?: RetryDelay;
  /** Spreads `retryDelay` at random around its value, at most up to delay × (1 + retryJitter); Prefect's factor. */
  readonly retryJitter?: number;
  /** Whether this error is worth another attempt. `NonRetryableError` never is. */
  readonly retryIf?: (error: unknown) => boolean;
  /** Longest time for one attempt ("2m"); after it the attempt's signal aborts and it has failed as TimedOut. */
  readonly timeout?: Duration;
  /** Gives back the result of an earlier call, of this run or another. Off when left out. */
  readonly cache?: CacheOptions<Inputs>;
  /** Labels; a concurrency limit on "tag:<tag>" counts every task that has the tag. */
  readonly tags?: readonly string[];
  /**
   * false: the result is not kept, so it may be anything (a connection, a function), and a resume runs the task again.
   * When left out, a result that cannot be kept fails the task with a message that names the place in the value.
   */
  readonly persist?: boolean;
  readonly onRunning?: TaskHooks;
  readonly onCompletion?: TaskHooks;
  /** Called when no further attempt is made. */
  readonly onFailure?: TaskHooks;
  readonly onCancellation?: TaskHooks;
}

export interface CacheOptions<Inputs extends readonly unknown[] = readonly unknown[]> {
  /**
   * "inputs": the project's folder, the task, its `version` (or its source) and the inputs. A function gives a key of
   * its own, shared by every task that gives the same one; undefined means: not this call.
   */
  readonly key: "inputs" | ((...inputs: Inputs) => string | undefined);
  /** How long a result may be used ("1d"); for ever when left out. */
  readonly ttl?: Duration;
  /** Stands for the task's source in the key "inputs": change it when earlier results are no longer right. */
  readonly version?: string | number;
}

/** What one call may change beside the settings. */
export interface CallOptions<Inputs extends readonly unknown[] = readonly unknown[]> extends TaskSettings<Inputs> {
  /** Pins the identity of the call: a resume matches it by this and not by its inputs. */
  readonly id?: string;
  /** Runs although a cached result is there, and caches the new one. */
  readonly refreshCache?: boolean;
}

export interface MapOptions {
  /** How many items run at the same time; all of them when left out. */
  readonly concurrency?: number;
  /** Each item is the list of the task's inputs instead of its first input. */
  readonly spread?: boolean;
}

/** A function called on a change of state, or several. One that throws is logged and changes nothing. */
export type TaskHooks = TaskHook | readonly TaskHook[];
export type TaskHook = (event: TaskHookEvent) => unknown;

export interface TaskHookEvent {
  readonly task: { readonly name: string };
  readonly taskRun: { readonly id: string; readonly name: string; readonly runCount: number };
  readonly flowRun: { readonly id: string; readonly name: string };
  readonly state: State;
  /** What it failed with. */
  readonly error?: unknown;
}
