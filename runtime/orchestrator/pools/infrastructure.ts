/** What a run's own infrastructure says over what its pool says. Pure. */
import type { Infrastructure } from "../../protocol/deployments.ts";
import type { RunRequest } from "../index/store.ts";
import type { PoolRecord, SystemFacts } from "../system/records.ts";
import { withBlock } from "./container-block.ts";

export function overPool(pool: Infrastructure, own: Infrastructure | undefined): Infrastructure {
  if (own === undefined) return pool;
  const env = { ...pool.env, ...own.env };
  const merged = Object.keys(env).length === 0 ? {} : { env };
  if (pool.type === "process" && own.type === "process") return { ...pool, ...own, ...merged };
  if (pool.type === "docker" && own.type === "docker") return { ...pool, ...own, ...merged };
  return own;
}

/** The blocks that both name give what they leave out, each its own. */
export function withInfrastructure(request: RunRequest, pool: PoolRecord, blocks: SystemFacts["blocks"]): RunRequest {
  const { run } = request;
  const own = run.infrastructure === undefined ? undefined : withBlock(run.infrastructure, blocks);
  return { ...request, run: { ...run, infrastructure: overPool(withBlock(pool.infrastructure, blocks), own) } };
}
