/** What is to be said of a run whose process is gone, while nobody has written that down. */
import type { FlowRun } from "../../protocol/api.ts";
import type { PositionedRecord } from "../../protocol/records.ts";
import { isTerminal, makeState } from "../../protocol/states.ts";

/** Behind all records of the run. `at` in milliseconds since the epoch. */
export function crashedRecord(id: string, at: number, message: string): PositionedRecord {
  return {
    position: { segment: Number.MAX_SAFE_INTEGER, seq: 0 },
    record: { kind: "flow-run-state", id, state: makeState("CRASHED", at, { message }) },
  };
}

/** Whether no process executes the run, and none has to. */
export function restsIn(flowRun: FlowRun): boolean {
  return isTerminal(flowRun.state_type) || flowRun.state_name === "Suspended";
}
