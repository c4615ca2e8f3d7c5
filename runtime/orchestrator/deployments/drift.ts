/** Whether a deployment still fits its flow: the file moved, the flow renamed, its schema or its code changed. */
import { isDeepStrictEqual } from "node:util";
import type { Description } from "../../protocol/api.ts";
import type { DeploymentDrift } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { Modules } from "../../worker/modules.ts";
import { sourceFile } from "../runs/requests.ts";
import { snapshotOf } from "./code.ts";
import type { StoredDeployment } from "./stored.ts";

/** Loads the flow's file in a process of its own. */
export async function findDrift(deployment: StoredDeployment, modules: Modules): Promise<DeploymentDrift[]> {
  const { flow_file: file, flow_export, flow_name, version, code } = deployment;
  const goesOn =
    snapshotOf(code) === undefined ? "its runs fail" : `its runs go on with the code of version ${version}`;
  try {
    sourceFile({ file });
  } catch {
    const message = `${file} is not there any more; ${goesOn}. Deploy the flow from where it is now, or remove the deployment.`;
    return [{ kind: "file-gone", message, fields: [] }];
  }
  let description: Description;
  try {
    description = await modules.describe(file);
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw thrown;
    const message = `${file} cannot be loaded, and ${goesOn}: ${thrown.message}`;
    return [{ kind: "flow-gone", message, fields: thrown.fields }];
  }
  const flow = description.flows.find((each) => each.export === flow_export);
  if (flow === undefined) {
    const renamed = description.flows.find(({ name }) => name === flow_name);
    const names = description.flows.map((each) => each.export);
    const hint =
      renamed === undefined
        ? didYouMean(flow_export, names)
        : ` The flow "${flow_name}" is exported as ${renamed.export} now.`;
    const message = `${file} has no flow ${flow_export} any more; ${goesOn}.${hint} Deploy again to mend it.`;
    return [{ kind: "flow-gone", message, fields: [] }];
  }
  const drift: DeploymentDrift[] = [];
  if (!isDeepStrictEqual(flow.parameters, deployment.parameter_openapi_schema)) {
    const message = `The parameters of ${flow_name} are others than when version ${version} was deployed. Deploy again to take them over.`;
    drift.push({ kind: "schema-changed", message, fields: [] });
  }
  const refused = await modules.validate(file, flow_export, deployment.parameters).catch(() => []);
  const fields = refused.filter(({ path }) => Object.hasOwn(deployment.parameters, /^[^.[]+/.exec(path)?.[0] ?? ""));
  if (fields.length > 0) {
    const list = fields.map(({ path, message }) => `${path}: ${message}`).join("; ");
    const message = `The flow, as it is now, refuses parameters of the deployment (${list}). Change them and deploy again.`;
    drift.push({ kind: "parameters-refused", message, fields });
  }
  if (code.type === "snapshot") {
    const now = await modules.snapshot(file, { dry: true }).catch(() => undefined);
    if (now !== undefined && now !== code.hash) {
      const message = `The code has changed since version ${version} was deployed, which runs what it was then. Deploy again to run what is there now.`;
      drift.push({ kind: "code-changed", message, fields: [] });
    }
  }
  return drift;
}
