/** Work pools as the API shows them: settings, what waits and runs, and who works there. */
import type { WorkerStatus, WorkPool, WorkQueue } from "../../protocol/deployments.ts";
import { defaultName, type PoolRecord, type SystemFacts } from "../system/records.ts";
import { builtInWorker } from "./why-waiting.ts";

export interface PoolViewsOptions {
  readonly facts: SystemFacts;
  readonly workers: (pool: string) => readonly WorkerStatus[];
  /** When somebody last asked for runs of the queue; milliseconds since the epoch. */
  readonly lastPolled: (pool: string, queue: string) => number | undefined;
  /** Of the built-in worker. */
  readonly places: { readonly free: () => number; readonly limit: number };
  readonly host: string;
}

export interface PoolViews {
  of(pool: PoolRecord): WorkPool;
  all(): readonly WorkPool[];
}

export function createPoolViews({ facts, workers, lastPolled, places, host }: PoolViewsOptions): PoolViews {
  const builtIn = (): WorkerStatus => ({
    name: builtInWorker,
    status: "ONLINE",
    queues: [],
    last_heartbeat_time: new Date().toISOString(),
    running: places.limit - places.free(),
    limit: places.limit,
    host,
    built_in: true,
    offline_since: null,
  });

  const queueOf = (pool: string, queue: PoolRecord["queues"][number]): WorkQueue => {
    const polled = pool === defaultName ? Date.now() : lastPolled(pool, queue.name);
    const here = ({ queue: name }: { readonly queue: string }) => name === queue.name;
    const waits = [...facts.requests.values()].filter(
      (request) => request.work_pool === pool && here(request) && !facts.claims.has(request.id),
    );
    const runs = [...facts.claims.values()].filter(
      (claim) => claim.pool === pool && here(claim) && claim.given_up === undefined,
    );
    return {
      name: queue.name,
      description: queue.description,
      priority: queue.priority,
      is_paused: queue.is_paused,
      concurrency_limit: queue.concurrency_limit,
      last_polled: polled === undefined ? null : new Date(polled).toISOString(),
      waiting: waits.length,
      running: runs.length,
    };
  };

  const of = (pool: PoolRecord): WorkPool => {
    const all = [...(pool.name === defaultName ? [builtIn()] : []), ...workers(pool.name)];
    const ready = all.some(({ status }) => status === "ONLINE");
    return {
      name: pool.name,
      type: pool.type,
      description: pool.description,
      is_paused: pool.is_paused,
      concurrency_limit: pool.concurrency_limit,
      infrastructure: pool.infrastructure,
      created: new Date(pool.created).toISOString(),
      queues: pool.queues
        .map((queue) => queueOf(pool.name, queue))
        .sort((left, right) => left.priority - right.priority || (left.name < right.name ? -1 : 1)),
      workers: all,
      status: pool.is_paused ? "PAUSED" : ready ? "READY" : "NOT_READY",
      tokens: pool.token_hashes.length,
    };
  };

  return {
    of,
    all: () => [...facts.pools.values()].sort((left, right) => (left.name < right.name ? -1 : 1)).map(of),
  };
}
