/** Candidates that only a service tells. One that is not up has none: a keystroke starts nothing, and waits for nobody long. */
import type { Client } from "../../client/client.ts";
import { connect } from "../../client/connect.ts";
import { titleOf } from "../deploy/find-deployment.ts";
import type { Suggestion } from "./complete.ts";

/** Milliseconds. */
const patience = 1500;

export type ServiceKind = "deployment" | "automation" | "pool" | "run";

const asked: Readonly<Record<ServiceKind, (client: Client) => Promise<readonly Suggestion[]>>> = {
  deployment: async (client) =>
    (await client.request("GET /api/deployments")).deployments.map((one) => ({
      value: titleOf(one),
      summary: one.paused ? "paused" : "",
    })),
  automation: async (client) =>
    (await client.request("GET /api/automations")).automations.map(({ name, enabled }) => ({
      value: name,
      summary: enabled ? "" : "off",
    })),
  pool: async (client) =>
    (await client.request("GET /api/work_pools")).work_pools.map(({ name, type }) => ({ value: name, summary: type })),
  run: async (client) =>
    (await client.request("POST /api/flow_runs/filter", { body: { limit: 50 } })).items.map(({ name, flow_name }) => ({
      value: name,
      summary: flow_name,
    })),
};

export async function lookUpThere(kind: ServiceKind, home: string): Promise<readonly Suggestion[]> {
  const late = new Promise<readonly Suggestion[]>((resolve) => setTimeout(resolve, patience, []).unref());
  const found = async (): Promise<readonly Suggestion[]> => {
    const client = await connect(home);
    if (client === undefined) return [];
    try {
      return (await asked[kind](client)).map(({ value, summary }) => (summary ? { value, summary } : { value }));
    } finally {
      client.close();
    }
  };
  return Promise.race([found().catch(() => []), late]);
}
