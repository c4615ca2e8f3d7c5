/** Why a run that was asked for has not begun, in a sentence. Pure over what the home knows. */
import type { WorkerStatus } from "../../protocol/deployments.ts";
import type { RunRequest } from "../index/store.ts";
import { type ClaimRecord, defaultName, type PoolRecord, type SystemFacts } from "../system/records.ts";

export interface WaitingFacts {
  readonly facts: Pick<SystemFacts, "pools" | "claims">;
  readonly workers: (pool: string) => readonly WorkerStatus[];
  /** Places left at the built-in worker. */
  readonly capacity: number;
  readonly isDraining: boolean;
  readonly now: number;
}

export function whyWaiting(request: RunRequest, waiting: WaitingFacts): string {
  const { facts, isDraining, now } = waiting;
  const found = facts.claims.get(request.id);
  // Of a worker that was given up: the run waits for another one.
  const claim = found?.given_up === undefined ? found : undefined;
  if (claim?.begun !== undefined && claim.worker !== builtInWorker) {
    return `The worker "${claim.worker_name}" has it; its journal is not here yet.`;
  }
  if (claim !== undefined && claim.worker !== builtInWorker)
    return `The worker "${claim.worker_name}" is about to begin it.`;
  if (request.due > now) return "It is scheduled for later.";
  if (isDraining) return "It waits for the orchestrator that replaces this one.";
  const pool = facts.pools.get(request.work_pool);
  if (pool === undefined) {
    const name = request.work_pool;
    return `The work pool "${name}" is gone: make it again with \`millrace pools create ${name}\`, or cancel the run.`;
  }
  return poolWaits(request, pool, [...facts.claims.values()]) ?? workersWait(request, waiting);
}

function poolWaits(request: RunRequest, pool: PoolRecord, claims: readonly ClaimRecord[]): string | undefined {
  const { name } = pool;
  const queue = pool.queues.find((each) => each.name === request.queue);
  if (pool.is_paused) return `The work pool "${name}" is paused; \`millrace pools resume ${name}\` lets it go on.`;
  if (queue === undefined) {
    return `The work pool "${name}" has no queue "${request.queue}": \`millrace pools queue ${name} ${request.queue}\` makes it.`;
  }
  if (queue.is_paused) {
    return `The queue "${queue.name}" of the work pool "${name}" is paused; \`millrace pools queue ${name} ${queue.name} --resume\` lets it go on.`;
  }
  const running = claims.filter((claim) => claim.pool === name && claim.given_up === undefined);
  if (pool.concurrency_limit !== null && running.length >= pool.concurrency_limit) {
    return `The limit of the work pool "${name}", ${pool.concurrency_limit} at the same time, is reached by ${listed(running)}.`;
  }
  const inQueue = running.filter((claim) => claim.queue === queue.name);
  if (queue.concurrency_limit !== null && inQueue.length >= queue.concurrency_limit) {
    return `The limit of the queue "${queue.name}", ${queue.concurrency_limit} at the same time, is reached by ${listed(inQueue)}.`;
  }
  return undefined;
}

function listed(claims: readonly ClaimRecord[]): string {
  if (claims.length === 0) return "none: it lets nobody in";
  const ids = claims.slice(0, 3).map(({ run_id }) => run_id);
  return `${ids.join(", ")}${claims.length > 3 ? ` and ${claims.length - 3} more` : ""}`;
}

function workersWait(request: RunRequest, { workers, capacity }: WaitingFacts): string {
  const { work_pool: pool, queue } = request;
  if (pool === defaultName) {
    return capacity <= 0
      ? "As many runs as may run at the same time are going on; it begins when one of them ends."
      : "A runner is about to take it.";
  }
  const polling = workers(pool).filter(
    ({ status, queues }) => status === "ONLINE" && (queues.length === 0 || queues.includes(queue)),
  );
  if (polling.length === 0) {
    return `No worker polls the queue "${queue}" of the work pool "${pool}": start one with \`millrace worker start --pool ${pool}\`.`;
  }
  return polling.every(({ running, limit }) => running >= limit)
    ? `All workers of the work pool "${pool}" have as many runs as they take; it begins when one of them ends.`
    : "A worker is about to take it.";
}

export const builtInWorker = "built-in";
