/** What is to be said of a run whose process is gone, while nobody has written that down. */
import type { FlowRun } from "../../protocol/api.ts";
import { stateAfterDebugger } from "../../protocol/debugging.ts";
import type { PositionedRecord, SegmentRecord } from "../../protocol/records.ts";
import { isTerminal, makeState } from "../../protocol/states.ts";

/**
 * Behind all records of the run. `at` in milliseconds since the epoch; `last` is the first line of the execution whose
 * process is gone.
 */
export function goneRecord(
  id: string,
  at: number,
  message: string,
  last: Pick<SegmentRecord, "debugging">,
): PositionedRecord {
  const state = last.debugging === true ? stateAfterDebugger(at) : makeState("CRASHED", at, { message });
  return { position: { segment: Number.MAX_SAFE_INTEGER, seq: 0 }, record: { kind: "flow-run-state", id, state } };
}

/** Whether no process executes the run, and none has to. */
export function restsIn(flowRun: FlowRun): boolean {
  return isTerminal(flowRun.state_type) || flowRun.state_name === "Suspended";
}
