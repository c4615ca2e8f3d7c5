/** A connection to an orchestrator elsewhere: it is found by its address and never started from here. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Health } from "../protocol/api.ts";
import { MillraceError } from "../protocol/errors.ts";
import { type Client, createClient } from "./client.ts";
import { tokenOf } from "./profiles.ts";
import { send } from "./request.ts";
import { compare, type Identity, ownIdentity } from "./versions.ts";

/** @throws MillraceError "not-answering", "unauthorized", "conflict" when it is too old for this client. */
export async function connectRemote(url: string, identity: Identity = ownIdentity): Promise<Client> {
  const address = { url, token: tokenOf(url) };
  const options = { keepAlive: true, maxFreeSockets: 8 };
  const agent = url.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent(options);
  let health: Health;
  try {
    health = await send<Health>(address, { method: "GET", path: "/api/health", agent, timeout_ms: 10_000 });
  } catch (thrown) {
    agent.destroy();
    if (!(thrown instanceof MillraceError) || thrown.code !== "not-answering") throw thrown;
    throw new MillraceError(
      "not-answering",
      `The orchestrator at ${url} does not answer. See whether it runs there (millrace orchestrator start --listen …), or choose another profile: millrace profiles use NAME`,
      { cause: thrown },
    );
  }
  const relation = compare(health, identity);
  if (!relation.usable) {
    agent.destroy();
    throw new MillraceError(
      "conflict",
      `The orchestrator at ${url} is an older Millrace (${health.version}): update it.`,
    );
  }
  const outdated = relation.kind === "older";
  return createClient({ home: url, address, health, outdated, agent, findAddress: async () => address });
}
