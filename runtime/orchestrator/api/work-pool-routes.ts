/** Work pools, their queues and the tokens of their workers. */
import type { Orchestrator } from "../orchestrator.ts";
import type { PoolChange, QueueChange } from "../pools/pools.ts";
import { infrastructureCheck, nullable } from "./infrastructure-check.ts";
import { nothing, type Route, route } from "./router.ts";
import { type Check, flag, integer, object, oneOf, optional, text } from "./validate.ts";

const limit = optional(nullable(integer(0, 1_000_000)));
const description = optional(nullable(text));

const poolBody: Check<PoolChange> = object<PoolChange>({
  type: optional(oneOf(["process", "docker"])),
  description,
  is_paused: optional(flag),
  concurrency_limit: limit,
  infrastructure: optional(infrastructureCheck),
});

const queueBody: Check<QueueChange> = object<QueueChange>({
  description,
  priority: optional(integer(1, 1_000_000)),
  is_paused: optional(flag),
  concurrency_limit: limit,
});

export function workPoolRoutes({ pools, poolViews }: Orchestrator): readonly Route[] {
  const shown = (name: string) => poolViews.of(pools.find(name));
  return [
    route("GET /api/work_pools", nothing, () => ({ work_pools: poolViews.all() })),
    route("GET /api/work_pools/:name", nothing, ({ params: { name = "" } }) => shown(name)),
    route("PUT /api/work_pools/:name", poolBody, async ({ params: { name = "" }, body }) => {
      await pools.put(name, body);
      return shown(name);
    }),
    route("DELETE /api/work_pools/:name", nothing, async ({ params: { name = "" } }) => {
      await pools.remove(name);
      return {};
    }),
    route("PUT /api/work_pools/:name/queues/:queue", queueBody, async ({ params: { name = "", queue = "" }, body }) => {
      await pools.putQueue(name, queue, body);
      return shown(name);
    }),
    route("DELETE /api/work_pools/:name/queues/:queue", nothing, async ({ params: { name = "", queue = "" } }) => {
      await pools.removeQueue(name, queue);
      return shown(name);
    }),
    route("POST /api/work_pools/:name/tokens", nothing, async ({ params: { name = "" } }) => ({
      token: await pools.issueToken(name),
    })),
    route("DELETE /api/work_pools/:name/tokens", nothing, async ({ params: { name = "" } }) => ({
      removed: await pools.revokeTokens(name),
    })),
  ];
}
