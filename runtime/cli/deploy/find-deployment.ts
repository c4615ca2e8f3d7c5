/** The deployment that a person names: "flow/name", its name alone where that is one, or its id. */
import type { Client } from "../../client/client.ts";
import type { Deployment } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";

export const titleOf = ({ flow_name, name }: Pick<Deployment, "flow_name" | "name">): string => `${flow_name}/${name}`;

/** @throws MillraceError "not-found" with near names, "bad-usage" when several are meant. */
export async function findDeployment(client: Client, typed: string): Promise<Deployment> {
  const { deployments } = await client.request("GET /api/deployments");
  return pickDeployment(deployments, typed);
}

export function pickDeployment(deployments: readonly Deployment[], typed: string): Deployment {
  const byTitle = deployments.filter((one) => titleOf(one) === typed || one.id === typed);
  const byName = byTitle.length > 0 ? byTitle : deployments.filter(({ name }) => name === typed);
  const byId = (): readonly Deployment[] =>
    /^[0-9a-f-]{4,}$/.test(typed) ? deployments.filter(({ id }) => id.startsWith(typed) || id.endsWith(typed)) : [];
  const found = byName.length > 0 ? byName : byId();
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    const list = found.map((one) => `${titleOf(one)} (${one.id})`).join(", ");
    throw new MillraceError("bad-usage", `"${typed}" is the name of ${found.length} deployments: ${list}.`);
  }
  const hint =
    deployments.length === 0
      ? " Nothing is deployed in this home yet: millrace deploy FILE:FLOW -n NAME does."
      : didYouMean(typed, [...deployments.map(titleOf), ...deployments.map(({ name }) => name)]) ||
        " `millrace deployments ls` lists them.";
  throw new MillraceError("not-found", `There is no deployment "${typed}".${hint}`);
}
