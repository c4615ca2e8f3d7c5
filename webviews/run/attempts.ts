/** The attempts of a task run, from the states that it went through. Pure; times in milliseconds since the epoch. */
import type { ApiState } from "../../runtime/protocol/api.ts";
import { isTerminal, type StateName, type StateType } from "../../runtime/protocol/states.ts";

export interface Attempt {
  /** From 1. */
  readonly number: number;
  readonly from: number;
  /** Null while it runs. */
  readonly to: number | null;
  readonly state_type: StateType;
  readonly state_name: StateName;
  /** Why it ended, where that was told. */
  readonly message: string | null;
  /** When the next one was due, where this one was retried. */
  readonly retry_at: number | null;
}

export function attemptsOf(states: readonly ApiState[]): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const state of states) {
    const at = Date.parse(state.timestamp);
    const last = attempts.at(-1);
    const open = last !== undefined && last.to === null;
    const close = (end: Partial<Attempt>): void => {
      if (open) attempts[attempts.length - 1] = { ...last, to: at, ...end };
    };
    const failed = { state_type: "FAILED", state_name: "Failed" } as const;
    if (state.name === "AwaitingRetry") {
      const due = state.state_details["scheduled_time"];
      close({ ...failed, message: state.message, retry_at: typeof due === "string" ? Date.parse(due) : null });
    } else if (state.type === "RUNNING") {
      // Without a delay the next attempt begins at once.
      if (state.name === "Retrying") close({ ...failed, retry_at: at });
      if (!open || state.name === "Retrying") {
        attempts.push({
          number: attempts.length + 1,
          from: at,
          to: null,
          state_type: state.type,
          state_name: state.name,
          message: null,
          retry_at: null,
        });
      }
    } else if (isTerminal(state.type)) {
      close({ state_type: state.type, state_name: state.name, message: state.message });
    }
  }
  return attempts;
}
