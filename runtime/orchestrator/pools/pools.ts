/** Work pools and their queues: in the system journal first, then in the index, from which runs are claimed. */
import { createHash, randomBytes } from "node:crypto";
import type { WorkPool, WorkQueue } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { Core } from "../core.ts";
import { defaultName, type PoolRecord, type QueueRecord } from "../system/records.ts";
import { blockProblems } from "./container-block.ts";
import { placeProblems, type WantedPlace } from "./place-problems.ts";

export type PoolChange = Partial<
  Pick<WorkPool, "type" | "description" | "is_paused" | "concurrency_limit" | "infrastructure">
>;
export type QueueChange = Partial<Pick<WorkQueue, "description" | "priority" | "is_paused" | "concurrency_limit">>;

export interface Pools {
  /** @throws MillraceError "not-found" */
  find(name: string): PoolRecord;
  /** The pool and queue that a run is asked for. @throws MillraceError "bad-parameters" that names the field. */
  placeOf(wanted: WantedPlace): { readonly pool: PoolRecord; readonly queue: string };
  /** Makes the pool when it is not there. @throws MillraceError "conflict" where a change is none that a pool can take. */
  put(name: string, change: PoolChange): Promise<void>;
  remove(name: string): Promise<void>;
  putQueue(pool: string, name: string, change: QueueChange): Promise<void>;
  removeQueue(pool: string, name: string): Promise<void>;
  /** A token for workers of the pool; only its hash is kept. */
  issueToken(pool: string): Promise<string>;
  revokeTokens(pool: string): Promise<number>;
  /** The pool whose workers may use the token. */
  ofToken(tokenHash: string): string | undefined;
  /** To be called when a queue may give out more or less than before. */
  onChange(listener: () => void): void;
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** As everywhere in the field: words that need no quoting in a shell or a URL. */
const goodName = /^[A-Za-z0-9][\w.-]{0,99}$/;

/** Resolves when the pool "default" is there. */
export async function createPools({ system, store, events }: Core): Promise<Pools> {
  const { facts } = system;
  const listeners: (() => void)[] = [];

  const find = (name: string): PoolRecord => {
    const found = facts.pools.get(name);
    if (found !== undefined) return found;
    const hint = didYouMean(name, [...facts.pools.keys()]) || " `millrace pools ls` lists them.";
    throw new MillraceError("not-found", `There is no work pool "${name}".${hint}`);
  };

  const write = async (pool: PoolRecord): Promise<void> => {
    await system.commit({ kind: "work-pool", pool });
    await store.putWorkPool(pool);
    told();
  };
  const told = (): void => {
    events.publish({ type: "work-pools" });
    for (const listener of listeners) listener();
  };

  /** One change after the other: each is made to the pool as it is by then. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };

  const isWaitedFor = (pool: string, queue?: string): number =>
    [...facts.requests.values()].filter(
      (request) => request.work_pool === pool && (queue === undefined || request.queue === queue),
    ).length;

  if (!facts.pools.has(defaultName)) await write(newPool(defaultName, "The built-in worker's"));

  return {
    find,
    placeOf(wanted) {
      const [problem] = placeProblems(facts, wanted);
      if (problem !== undefined) throw badField(problem.path, problem.message);
      return { pool: find(wanted.work_pool_name ?? defaultName), queue: wanted.work_queue_name ?? defaultName };
    },
    put: (name, change) =>
      inTurn(async () => {
        checkName(name, "name");
        const known = facts.pools.get(name);
        const pool = known ?? newPool(name, null, change.type ?? undefined);
        if ((change.type ?? pool.type) !== pool.type) {
          throw new MillraceError(
            "conflict",
            `The work pool "${name}" is of type ${pool.type}, and a pool keeps its type: make another one for ${change.type}.`,
          );
        }
        const { type } = change.infrastructure ?? pool.infrastructure;
        if (type !== pool.type) {
          const message = `is of type ${type}; the pool "${name}" runs ${pool.type}`;
          throw badField("infrastructure", message);
        }
        const [problem] = blockProblems(change.infrastructure, facts.blocks);
        if (problem !== undefined) throw badField(problem.path, problem.message);
        await write(changedPool(pool, change));
      }),
    remove: (name) =>
      inTurn(async () => {
        find(name);
        if (name === defaultName) {
          throw new MillraceError(
            "conflict",
            'The work pool "default" is the built-in worker\'s and stays; pause it instead.',
          );
        }
        refuseWaiting(`work pool "${name}"`, isWaitedFor(name));
        await system.commit({ kind: "work-pool-removed", name });
        await store.deleteWorkPool(name);
        told();
      }),
    putQueue: (poolName, name, change) =>
      inTurn(async () => {
        const pool = find(poolName);
        checkName(name, "queue");
        const lowest = Math.max(0, ...pool.queues.map(({ priority }) => priority));
        const known = pool.queues.find((queue) => queue.name === name);
        const queue = changedQueue(known ?? newQueue(name, lowest + 1), change);
        const queues =
          known === undefined
            ? [...pool.queues, queue]
            : pool.queues.map((other) => (other.name === name ? queue : other));
        await write({ ...pool, queues });
      }),
    removeQueue: (poolName, name) =>
      inTurn(async () => {
        const pool = find(poolName);
        if (!pool.queues.some((queue) => queue.name === name)) {
          throw new MillraceError("not-found", `The work pool "${poolName}" has no queue "${name}".`);
        }
        if (name === defaultName) {
          throw new MillraceError("conflict", 'The queue "default" stays with its pool; pause it instead.');
        }
        refuseWaiting(`queue "${name}"`, isWaitedFor(poolName, name));
        await write({ ...pool, queues: pool.queues.filter((queue) => queue.name !== name) });
      }),
    issueToken: (name) =>
      inTurn(async () => {
        const pool = find(name);
        const token = `mrw_${randomBytes(32).toString("base64url")}`;
        await write({ ...pool, token_hashes: [...pool.token_hashes, hashToken(token)] });
        return token;
      }),
    revokeTokens: (name) =>
      inTurn(async () => {
        const pool = find(name);
        await write({ ...pool, token_hashes: [] });
        return pool.token_hashes.length;
      }),
    ofToken: (hash) => [...facts.pools.values()].find((pool) => pool.token_hashes.includes(hash))?.name,
    onChange: (listener) => void listeners.push(listener),
  };
}

function newPool(name: string, description: string | null, type: PoolRecord["type"] = "process"): PoolRecord {
  return {
    name,
    type,
    description,
    is_paused: false,
    concurrency_limit: null,
    infrastructure: type === "process" ? { type } : { type, image: "millrace-worker" },
    created: Date.now(),
    queues: [newQueue(defaultName, 1)],
    token_hashes: [],
  };
}

function newQueue(name: string, priority: number): QueueRecord {
  return { name, description: null, priority, is_paused: false, concurrency_limit: null };
}

function checkName(name: string, field: string): void {
  if (goodName.test(name)) return;
  throw badField(field, `"${name}" is no name for it: use letters, digits, "-", "_" and ".", 100 at most`);
}

function refuseWaiting(what: string, waiting: number): void {
  if (waiting === 0) return;
  throw new MillraceError(
    "conflict",
    `${waiting} ${waiting === 1 ? "run waits" : "runs wait"} in the ${what}: cancel them or let them run first.`,
  );
}

function badField(path: string, message: string): MillraceError {
  return new MillraceError("bad-parameters", `${path}: ${message}`, { fields: [{ path, message }] });
}

/** What is not given, or null where a pool has no null, changes nothing. */
function changedPool(pool: PoolRecord, change: PoolChange): PoolRecord {
  const { description, concurrency_limit } = change;
  return {
    ...pool,
    description: description === undefined ? pool.description : description,
    is_paused: change.is_paused ?? pool.is_paused,
    concurrency_limit: concurrency_limit === undefined ? pool.concurrency_limit : concurrency_limit,
    infrastructure: change.infrastructure ?? pool.infrastructure,
  };
}

function changedQueue(queue: QueueRecord, change: QueueChange): QueueRecord {
  const { description, concurrency_limit } = change;
  return {
    ...queue,
    description: description === undefined ? queue.description : description,
    priority: change.priority ?? queue.priority,
    is_paused: change.is_paused ?? queue.is_paused,
    concurrency_limit: concurrency_limit === undefined ? queue.concurrency_limit : concurrency_limit,
  };
}
