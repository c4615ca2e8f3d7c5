/** Which runs and states an automation is about. Pure. */
import type { ApiState, FlowRun } from "../../protocol/api.ts";
import type { AutomationTrigger, RunFilter } from "../../protocol/automations.ts";
import { isTerminal, type StateType, stateTypes } from "../../protocol/states.ts";
import { insideAny } from "../index/paths.ts";

export interface NamedDeployment {
  readonly id: string;
  readonly name: string;
  readonly flow_name: string;
}

export type FindDeployment = (id: string) => NamedDeployment | undefined;

export function isAbout(filter: RunFilter, run: FlowRun, deployment: FindDeployment): boolean {
  const { deployments = [], flows = [], tags = [], folder } = filter;
  if (run.parent_flow_run_id !== null) return false;
  if (flows.length > 0 && !flows.includes(run.flow_name)) return false;
  if (!tags.every((tag) => run.tags.includes(tag))) return false;
  if (folder !== undefined && !insideAny([folder])(run.flow_file)) return false;
  if (deployments.length === 0) return true;
  const own = run.deployment_id === null ? undefined : deployment(run.deployment_id);
  return own !== undefined && deployments.some((wanted) => isNamed(own, wanted));
}

export function isNamed({ id, name, flow_name }: NamedDeployment, wanted: string): boolean {
  return wanted === id || wanted === name || wanted === `${flow_name}/${name}`;
}

export function isWanted(states: readonly string[], { type, name }: Pick<ApiState, "type" | "name">): boolean {
  return states.includes(type) || states.includes(name);
}

/** States that a run passes through on its way: an event may tell of the next one only. */
export function wantsPassing(trigger: AutomationTrigger): boolean {
  if (trigger.type !== "state") return false;
  const ends = new Set<string>(stateTypes.filter(isTerminal));
  const endNames = new Set(["Completed", "Cached", "Skipped", "Failed", "TimedOut", "Crashed", "Cancelled"]);
  return trigger.states.some((state) => !ends.has(state) && !endNames.has(state));
}

/**
 * The same state of the same run is one key, whoever comes to it and how often. What a run waits with before it begins
 * is written again by each orchestrator, so its time says nothing.
 */
export function stateKey(runId: string, { type, name, timestamp }: ApiState): string {
  const waits = type === "SCHEDULED" && name !== "AwaitingRetry" && name !== "Resuming";
  return waits ? `${runId} ${name}` : `${runId} ${name} ${timestamp}`;
}

const failures: ReadonlySet<StateType> = new Set(["FAILED", "CRASHED"]);

export interface Ended {
  readonly run: FlowRun;
  readonly at: number;
}

/** How the runs ended that ended after `from`; cancelled ones tell nothing about the flow. */
export function failureRate(ended: Iterable<Ended>, from: number): { readonly failed: number; readonly all: number } {
  let [failed, all] = [0, 0];
  for (const { run, at } of ended) {
    if (at <= from || run.state_type === "CANCELLED") continue;
    all++;
    if (failures.has(run.state_type)) failed++;
  }
  return { failed, all };
}

/** How long a run has been going on, without the time that it waited between two attempts. Milliseconds. */
export function goingOn({ state_type, state, total_run_time }: FlowRun, now: number): number | undefined {
  if (state_type !== "RUNNING") return undefined;
  return total_run_time * 1000 + now - Date.parse(state.timestamp);
}

/** The automations that a run goes back to, as its beginning says. */
export function chainOf({ created_by }: Pick<FlowRun, "created_by">): readonly string[] {
  const found = /^automation (.+)$/.exec(created_by ?? "")?.[1];
  return found === undefined ? [] : found.split(" ");
}

export const chainTrigger = (chain: readonly string[]): string => `automation ${chain.join(" ")}`;
