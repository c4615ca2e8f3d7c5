/** The workers of other processes and machines that have introduced themselves, and when each was last heard of. */
import type { WorkerStatus } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { WorkerIntroduction } from "../../protocol/workers.ts";
import type { Clocks } from "./clock.ts";

export interface KnownWorker extends WorkerIntroduction {
  /** On the monotonic clock, and as a time for people. */
  heardAt: number;
  heardTime: number;
  online: boolean;
  running: number;
  /** Wakes its poll. */
  wake: (() => void) | undefined;
}

export interface WorkerList {
  /** @throws MillraceError "conflict" when another worker has the name. */
  introduce(worker: WorkerIntroduction): KnownWorker;
  /** It was heard of. @throws MillraceError "not-found": it has to introduce itself, maybe to a new orchestrator. */
  heard(id: string): KnownWorker;
  find(id: string): KnownWorker | undefined;
  remove(id: string): void;
  statuses(pool: string): readonly WorkerStatus[];
  ofPool(pool: string): readonly KnownWorker[];
  /** Those that have just become silent. */
  nowSilent(): readonly KnownWorker[];
  polled(worker: KnownWorker, queues: readonly string[]): void;
  lastPolled(pool: string, queue: string): number | undefined;
}

export function createWorkerList(clocks: Clocks, silentAfter: number, onChange: () => void): WorkerList {
  const workers = new Map<string, KnownWorker>();
  const polls = new Map<string, number>();

  const note = (worker: KnownWorker): KnownWorker => {
    worker.heardAt = clocks.monotonic();
    worker.heardTime = clocks.now();
    if (!worker.online) {
      worker.online = true;
      onChange();
    }
    return worker;
  };

  return {
    introduce(introduction) {
      const namesake = [...workers.values()].find(
        ({ pool, name, worker_id }) =>
          pool === introduction.pool && name === introduction.name && worker_id !== introduction.worker_id,
      );
      if (namesake?.online === true) {
        throw new MillraceError(
          "conflict",
          `The work pool "${introduction.pool}" has a worker "${introduction.name}" on ${namesake.host} already: give this one ` +
            "another name with --name.",
        );
      }
      if (namesake !== undefined && namesake.running === 0) workers.delete(namesake.worker_id);
      const before = workers.get(introduction.worker_id);
      const worker: KnownWorker = {
        ...introduction,
        heardAt: 0,
        heardTime: 0,
        online: false,
        running: before?.running ?? 0,
        wake: undefined,
      };
      workers.set(introduction.worker_id, worker);
      // An earlier poll of it waits for nobody any more.
      before?.wake?.();
      return note(worker);
    },
    heard(id) {
      const worker = workers.get(id);
      if (worker === undefined) {
        throw new MillraceError(
          "not-found",
          `No worker ${id} has introduced itself here since the orchestrator began.`,
        );
      }
      return note(worker);
    },
    find: (id) => workers.get(id),
    remove(id) {
      if (workers.delete(id)) onChange();
    },
    ofPool: (pool) => [...workers.values()].filter((worker) => worker.pool === pool),
    statuses: (pool) =>
      [...workers.values()]
        .filter((worker) => worker.pool === pool)
        .map(({ name, online, queues, heardTime, running, limit, host }) => ({
          name,
          status: online ? ("ONLINE" as const) : ("OFFLINE" as const),
          queues,
          last_heartbeat_time: new Date(heardTime).toISOString(),
          running,
          limit,
          host,
          built_in: false,
          offline_since: online ? null : new Date(heardTime).toISOString(),
        })),
    nowSilent() {
      const limit = clocks.monotonic() - silentAfter;
      const silent = [...workers.values()].filter(({ online, heardAt }) => online && heardAt < limit);
      for (const worker of silent) worker.online = false;
      if (silent.length > 0) onChange();
      return silent;
    },
    polled(worker, queues) {
      for (const queue of queues) polls.set(`${worker.pool}\0${queue}`, clocks.now());
    },
    lastPolled: (pool, queue) => polls.get(`${pool}\0${queue}`),
  };
}
