/** Runs and automations for tests of what fires. */

import type { StoredAutomation } from "../../../runtime/orchestrator/automations/facts.ts";
import { sampleRun } from "../../../runtime/orchestrator/automations/sample-run.ts";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import type { AutomationAction, AutomationTrigger } from "../../../runtime/protocol/automations.ts";
import { isoTime } from "../../../runtime/protocol/fold/index.ts";
import type { StateName, StateType } from "../../../runtime/protocol/states.ts";

export const start = Date.parse("2026-03-01T00:00:00Z");
export const minute = 60_000;

export function automation(
  trigger: AutomationTrigger,
  actions: readonly AutomationAction[] = [{ type: "notification" }],
): StoredAutomation {
  const at = isoTime(start);
  const rest = { description: null, enabled: true, declared_in: null, created: at, updated: at, since: at };
  return { id: "a-1", name: "watch", trigger, actions, ...rest };
}

export function run(id: string, type: StateType, name: StateName, at: number, more: Partial<FlowRun> = {}): FlowRun {
  const base = sampleRun({ type: "state", states: [type] }, undefined, at);
  const state = { type, name, timestamp: isoTime(at), message: null, state_details: {} };
  return {
    ...base,
    id,
    root_flow_run_id: id,
    state,
    state_type: type,
    state_name: name,
    total_run_time: 0,
    created_by: null,
    ...more,
  };
}
