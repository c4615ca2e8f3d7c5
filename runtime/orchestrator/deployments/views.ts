/** Deployments as the API tells them. */
import type { FlowRun } from "../../protocol/api.ts";
import type { Deployment, DeploymentLastRun } from "../../protocol/deployments.ts";
import { flowId, isoTime } from "../../protocol/fold/index.ts";
import { type StateType, stateTypes } from "../../protocol/states.ts";
import type { IndexStore } from "../index/store.ts";
import type { StoredDeployment } from "./stored.ts";

/** What has begun, or was cancelled before it could. */
const begun: readonly StateType[] = stateTypes.filter((type) => type !== "SCHEDULED");

export async function apiDeployment(
  stored: StoredDeployment,
  store: IndexStore,
  nextRun: number | undefined,
): Promise<Deployment> {
  const { items } = await store.flowRuns({ deployment_id: stored.id, state_types: begun, limit: 1 });
  return { ...version(stored), next_run: nextRun === undefined ? null : isoTime(nextRun), last_run: lastRun(items[0]) };
}

/** A version of old, which does nothing any more. */
export function apiVersion(stored: StoredDeployment): Deployment {
  return { ...version(stored), next_run: null, last_run: null };
}

function version(stored: StoredDeployment): Omit<Deployment, "next_run" | "last_run"> {
  const { flow_name: name, flow_file: file, flow_export } = stored;
  return { ...stored, flow_id: flowId({ name, file, export: flow_export }) };
}

function lastRun(run: FlowRun | undefined): DeploymentLastRun | null {
  if (run === undefined) return null;
  const { id, state_type, state_name, start_time, end_time } = run;
  return { flow_run_id: id, state_type, state_name, start_time, end_time };
}
