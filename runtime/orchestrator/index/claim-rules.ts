/** Who may be given out next, as both stores decide it. Pure. */
import type { ClaimQuery, PoolSetting, QueueSetting, RunRequest } from "./store.ts";

/** What a pool can give out now. */
export interface OpenQueues {
  /** Over all of its queues. */
  readonly free: number;
  readonly queues: readonly { readonly name: string; readonly priority: number; readonly free: number }[];
}

/** `running` are the places taken in each queue. Limits count what is claimed as running: it is about to. */
export function openQueues(
  pool: PoolSetting | undefined,
  { queues: wanted, limit }: Pick<ClaimQuery, "queues" | "limit">,
  running: ReadonlyMap<string, number>,
): OpenQueues {
  if (pool === undefined || pool.is_paused) return { free: 0, queues: [] };
  const taken = [...running.values()].reduce((sum, count) => sum + count, 0);
  const free = Math.min(limit, left(pool.concurrency_limit, taken));
  const open = ({ name, priority, concurrency_limit }: QueueSetting) => ({
    name,
    priority,
    free: Math.min(free, left(concurrency_limit, running.get(name) ?? 0)),
  });
  const queues = pool.queues
    .filter(({ name, is_paused }) => !is_paused && (wanted === undefined || wanted.includes(name)))
    .map(open)
    .filter((queue) => queue.free > 0);
  return { free: queues.length === 0 ? 0 : Math.max(0, free), queues };
}

function left(limit: number | null, taken: number): number {
  return limit === null ? Number.MAX_SAFE_INTEGER : Math.max(0, limit - taken);
}

export interface Candidate {
  readonly priority: number;
  readonly request: RunRequest;
}

/** The order in which requests are given out: priority of the queue (1 first), due time, id. */
export function claimOrder({ priority, request }: Candidate, other: Candidate): number {
  return priority - other.priority || request.due - other.request.due || (request.id < other.request.id ? -1 : 1);
}
