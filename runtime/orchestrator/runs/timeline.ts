/** The stretches of time that a task run spent in each of its states. Pure. */
import type { ApiState } from "../../protocol/api.ts";
import type { TimelineSpan } from "../../protocol/editor-api.ts";
import { isTerminal } from "../../protocol/states.ts";

/**
 * Oldest first. A final state is a span without a length, at its end. Attempts are counted by their RUNNING states: a
 * wait for a retry belongs to the attempt that failed.
 */
export function timelineOf(states: readonly ApiState[]): readonly TimelineSpan[] {
  let attempt = 0;
  let from = Number.NEGATIVE_INFINITY;
  const spans: TimelineSpan[] = [];
  for (const [place, state] of states.entries()) {
    if (state.type === "RUNNING") attempt++;
    // Two segments, two clocks: no span ends before it begins.
    from = Math.max(from, Date.parse(state.timestamp));
    const next = states[place + 1];
    const last = isTerminal(state.type) && next === undefined ? from : null;
    const to = next === undefined ? last : Math.max(from, Date.parse(next.timestamp));
    spans.push({ state_type: state.type, state_name: state.name, from, to, attempt });
  }
  return spans;
}
