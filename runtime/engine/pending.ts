import type { FlowRun } from "./run.ts";

/** One thing less that the flow has to wait for. */
export function settleOne(flowRun: FlowRun): void {
  flowRun.pending--;
  if (flowRun.pending === 0) flowRun.onDrained?.();
}
