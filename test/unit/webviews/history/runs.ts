import type { FlowRun } from "../../../../runtime/protocol/api.ts";
import { flowRun } from "../../../support/runs-told.ts";

/** A run that has ended, as the API tells it. */
export function run(id: string, more: Partial<FlowRun> = {}): FlowRun {
  return flowRun(id, {
    ...{ name: `run-${id}`, flow_id: "f", flow_name: "etl", flow_export: "etl" },
    ...{ state_type: "COMPLETED", created: "", start_time: null },
    ...more,
  });
}
