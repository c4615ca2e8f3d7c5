import { isTerminal, type State } from "../states.ts";
import type { Bookkeeping } from "./rows.ts";

/** The bookkeeping of a run whose first state this is. `created` in milliseconds since the epoch. */
export function firstState(state: State, created: number, runCount?: number): Bookkeeping {
  const book: Bookkeeping = {
    state,
    run_count: 0,
    expected_start_time: state.details?.scheduled_time ?? created,
    start_time: undefined,
    end_time: undefined,
    total_run_time: 0,
  };
  enter(book, undefined, state, runCount);
  return book;
}

/**
 * Moves a run to its next state by Prefect's rules (server/orchestration/global_policy.py): start_time at the first
 * RUNNING, end_time in final states only, total_run_time grows by the time in RUNNING, run_count counts RUNNING but
 * for a resume after a pause; a count that stands in the record wins. States come in journal order: a timestamp that
 * goes back (two segments, two clocks) never makes a duration negative.
 */
export function nextState(book: Bookkeeping, state: State, runCount?: number): void {
  const previous = book.state;
  if (previous.type === "RUNNING") {
    // Between the death of a process and the resume nothing ran.
    const until = Math.min(state.timestamp, previous.details?.left_at ?? state.timestamp);
    book.total_run_time += Math.max(0, until - previous.timestamp);
  }
  book.state = state;
  enter(book, previous, state, runCount);
}

function enter(book: Bookkeeping, previous: State | undefined, state: State, runCount: number | undefined): void {
  if (state.type === "RUNNING") {
    book.start_time ??= state.timestamp;
    // Both the fold of a subflow and its own record may say RUNNING for the task run that stands for it.
    const again = previous?.type === "PAUSED" || (previous?.type === "RUNNING" && previous.name === state.name);
    if (!again) book.run_count += 1;
  }
  if (runCount !== undefined) book.run_count = runCount;
  if (isTerminal(state.type)) {
    book.end_time = state.timestamp;
    book.start_time ??= state.timestamp;
  } else {
    book.end_time = undefined;
  }
}
