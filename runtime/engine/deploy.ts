/** Deploying from a program: what `millrace deploy` does, asked of the home's orchestrator. */
import type { Deployment, DeploymentSettings } from "../protocol/deployments.ts";
import { MillraceError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { runnerProcess } from "../protocol/snapshots.ts";
import type { FlowDefinition } from "./flow-definition.ts";
import { flowName } from "./flow-records.ts";

/**
 * A module that deploys its flow at the top is also loaded to run it, to describe it and to check its parameters: there
 * nothing is deployed, or each run would deploy its own flow again. Undefined is the answer then.
 */
export async function deployFlow(
  definition: FlowDefinition,
  settings: Omit<DeploymentSettings, "flow_file" | "flow_export">,
): Promise<Deployment | undefined> {
  if (Reflect.get(globalThis, runnerProcess) === true) return undefined;
  const name = flowName(definition);
  const { place, exportName = name } = definition;
  if (place === undefined) {
    throw new MillraceError("bad-file", `deploy: the file in which the flow "${name}" is defined cannot be told.`);
  }
  const { connectOrStart } = await import("../client/connect.ts");
  const client = await connectOrStart(homeFolder());
  try {
    const body = { cwd: process.cwd(), ...settings, flow_file: place.file, flow_export: exportName };
    const { deployment, plan } = await client.request("POST /api/deployments", { body, timeout_ms: 60_000 });
    if (deployment !== null) return deployment;
    const list = plan.problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
    throw new MillraceError("bad-parameters", `${name}/${settings.name} cannot be deployed:\n${list}`, {
      fields: plan.problems,
    });
  } finally {
    client.close();
  }
}
