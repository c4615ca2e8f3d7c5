/**
 * States of flow runs and task runs: types, names and which may follow which.
 * Names and rules are Prefect's (server/schemas/states.py and server/orchestration/core_policy.py).
 */

export const stateTypes = [
  "SCHEDULED",
  "PENDING",
  "RUNNING",
  "COMPLETED",
  "FAILED",
  "CRASHED",
  "CANCELLING",
  "CANCELLED",
  "PAUSED",
] as const;

export type StateType = (typeof stateTypes)[number];

/** Every name a state may have, by type; the first is the default. */
export const stateNames = {
  SCHEDULED: ["Scheduled", "Late", "AwaitingRetry", "AwaitingConcurrencySlot", "Resuming"],
  PENDING: ["Pending"],
  RUNNING: ["Running", "Retrying", "Rerunning"],
  COMPLETED: ["Completed", "Cached", "Skipped"],
  FAILED: ["Failed", "TimedOut"],
  CRASHED: ["Crashed"],
  CANCELLING: ["Cancelling"],
  CANCELLED: ["Cancelled"],
  PAUSED: ["Paused", "Suspended"],
} as const satisfies Record<StateType, readonly [string, ...string[]]>;

export type StateName = (typeof stateNames)[StateType][number];

/** One state as it stands in journals and API answers. Times are milliseconds since the epoch (UTC). */
export interface State {
  readonly type: StateType;
  readonly name: StateName;
  readonly timestamp: number;
  readonly message?: string;
  readonly details?: StateDetails;
}

export interface StateDetails {
  /** When a SCHEDULED state (AwaitingRetry too) is due. */
  readonly scheduled_time?: number;
  readonly cache_key?: string;
  readonly cache_expiration?: number;
  /** For Cached: the run and the task run that computed the value. */
  readonly cached_from?: { readonly flow_run_id: string; readonly task_run_id: string };
  readonly pause_key?: string;
  readonly pause_timeout?: number;
  /** JSON Schema of the answer that a pause waits for. */
  readonly pause_schema?: Readonly<Record<string, unknown>>;
  /** For RUNNING: the process was killed after this moment and nobody wrote that down; another one goes on. */
  readonly left_at?: number;
  /** For AwaitingRetry of a run that crashed: the how-manieth time it is started again by itself. */
  readonly crash_retry?: number;
  /** For AwaitingRetry of a run that somebody resumed: the work pool in which it waits for a worker. */
  readonly continues_in?: string;
  /** For CRASHED: how the process ended. */
  readonly exit_code?: number;
  readonly signal?: string;
  /** For CRASHED: the last lines of output of the process. */
  readonly last_output?: readonly string[];
}

const terminal: ReadonlySet<StateType> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);

export function isTerminal(type: StateType): boolean {
  return terminal.has(type);
}

/** Whether a run rests in its state and somebody is to go on with it: after a crash, or at a worker of its pool. */
export function waitsToGoOn(details: Readonly<Record<string, unknown>> | StateDetails | undefined): boolean {
  return details?.crash_retry !== undefined || details?.continues_in !== undefined;
}

export function makeState(
  type: StateType,
  timestamp: number,
  rest: Partial<Omit<State, "type" | "timestamp">> = {},
): State {
  return { type, name: rest.name ?? stateNames[type][0], timestamp, ...omitUndefined(rest) };
}

function omitUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>;
}

/** Why a transition is not allowed, or undefined when it is. */
export function refuseFlowTransition(from: StateType | undefined, to: StateType): string | undefined {
  if (from === undefined) return undefined;
  if (from === "CANCELLING" && to !== "CANCELLED" && to !== "CRASHED") {
    return "a run that is being cancelled can only become CANCELLED";
  }
  if (isTerminal(from) && (to === "CANCELLING" || to === "PAUSED" || to === "CRASHED")) {
    return `a run that is ${from} cannot become ${to}`;
  }
  if (to === "PENDING" && from !== "SCHEDULED" && from !== "PAUSED" && !isTerminal(from)) {
    return `a run that is ${from} cannot become PENDING: somebody else has it`;
  }
  if (to === "PENDING" && from === "CANCELLED") return "a cancelled run cannot become PENDING; schedule it again first";
  if (to === "PAUSED" && from !== "RUNNING") return `only a RUNNING run can be paused, this one is ${from}`;
  if (from === "PAUSED" && to !== "RUNNING" && to !== "SCHEDULED" && to !== "CANCELLING" && !isTerminal(to)) {
    return `a paused run can become RUNNING, SCHEDULED or final, not ${to}`;
  }
  return undefined;
}
