/** Saving automations and looking at what they deliver. */
import assert from "node:assert/strict";
import type { Client } from "../../runtime/client/client.ts";
import type { Automation, AutomationSettings, Delivery } from "../../runtime/protocol/automations.ts";
import { until } from "./orchestrator.ts";

export async function automate(client: Client, settings: AutomationSettings): Promise<Automation> {
  const { automation, plan } = await client.request("POST /api/automations", { body: settings });
  assert.deepEqual(plan.problems, []);
  assert.ok(automation !== null);
  return automation;
}

/** Newest first. */
export async function deliveriesOf(client: Client, { id }: Automation): Promise<readonly Delivery[]> {
  return (await client.request("GET /api/automations/:id/deliveries", { params: { id } })).deliveries;
}

/** Once as many are done with. */
export function untilDone(client: Client, automation: Automation, count: number): Promise<readonly Delivery[]> {
  return until(async () => {
    const all = await deliveriesOf(client, automation);
    return all.length >= count && all.every(({ state }) => state !== "pending") ? all : undefined;
  });
}

export async function saveBlock(client: Client, key: string, data: Record<string, unknown>): Promise<void> {
  const [slug = "", name = ""] = key.split("/");
  await client.request("PUT /api/block_documents/:slug/:name", { params: { slug, name }, body: { data } });
}
