/** A run that never was, for trying an automation out before anything has run. */
import type { FlowRun } from "../../protocol/api.ts";
import type { AutomationTrigger } from "../../protocol/automations.ts";
import { isoTime } from "../../protocol/fold/index.ts";
import { newId } from "../../protocol/ids.ts";
import { type StateName, type StateType, stateNames, stateTypes } from "../../protocol/states.ts";
import type { NamedDeployment } from "./matches.ts";

export function sampleRun(trigger: AutomationTrigger, deployment: NamedDeployment | undefined, now: number): FlowRun {
  const [type, name] = stateOf(trigger);
  const id = newId(now);
  const failed = type === "FAILED" || type === "CRASHED";
  const error = failed ? { name: "Error", message: "this is a test; nothing has failed" } : null;
  return {
    id,
    name: "sample-run",
    flow_id: id,
    flow_name: deployment?.flow_name ?? trigger.flows?.[0] ?? "sample",
    flow_file: "",
    flow_export: null,
    parameters: {},
    tags: trigger.tags ?? [],
    state_type: type,
    state_name: name,
    state: { type, name, timestamp: isoTime(now), message: null, state_details: {} },
    run_count: 1,
    created: isoTime(now - 2000),
    expected_start_time: isoTime(now - 2000),
    start_time: isoTime(now - 1500),
    end_time: isoTime(now),
    total_run_time: 1.5,
    parent_task_run_id: null,
    parent_flow_run_id: null,
    root_flow_run_id: id,
    deployment_id: deployment?.id ?? null,
    idempotency_key: null,
    work_queue_name: null,
    created_by: "test",
    error,
    task_run_counts: {},
    cwd: null,
  };
}

function stateOf(trigger: AutomationTrigger): readonly [StateType, StateName] {
  if (trigger.type === "late") return ["SCHEDULED", "Late"];
  if (trigger.type === "long-running") return ["RUNNING", "Running"];
  if (trigger.type === "failure-rate") return ["FAILED", "Failed"];
  const wanted = trigger.states?.[0];
  for (const type of stateTypes) {
    const names: readonly StateName[] = stateNames[type];
    const [usual = "Completed"] = names;
    const name = wanted === type ? usual : names.find((one) => one === wanted);
    if (name !== undefined) return [type, name];
  }
  return ["COMPLETED", "Completed"];
}
