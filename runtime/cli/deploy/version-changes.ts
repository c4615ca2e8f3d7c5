import { changesBetween } from "../../orchestrator/deployments/model.ts";
import type { Deployment, DeploymentChange } from "../../protocol/deployments.ts";

/** What differs between two versions, as deploying the second told it. */
export function changesOf(before: Deployment, after: Deployment): DeploymentChange[] {
  const stored = ({ flow_id: _flow, next_run: _next, last_run: _last, ...rest }: Deployment) => rest;
  return changesBetween(stored(before), stored(after));
}
