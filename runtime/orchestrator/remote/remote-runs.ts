/**
 * Runs that workers of other processes and machines have. What must hold:
 * - A claim is on the disk before it is answered, and so is the leave to begin it.
 * - Claimed and not begun, a run goes back to its queue when its lease has lapsed. Begun, it is that worker's for good:
 *   nobody else ever starts it by itself. Its worker away for too long, it is called CRASHED; what that worker brings
 *   later counts unless somebody has gone on with the run meanwhile.
 *
 * claimed → (lapsed, released) queue | begun → ended | given up → ended
 */
import type { WorkerStatus } from "../../protocol/deployments.ts";
import { formatDuration } from "../../protocol/durations.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { newId } from "../../protocol/ids.ts";
import type { ClaimedRun, RunOrder, WorkerIntroduction, WorkOrder } from "../../protocol/workers.ts";
import type { Core } from "../core.ts";
import type { RunRequest } from "../index/store.ts";
import { withInfrastructure } from "../pools/infrastructure.ts";
import type { Pools } from "../pools/pools.ts";
import { builtInWorker } from "../pools/why-waiting.ts";
import type { ClaimRecord, PoolRecord, SystemFacts } from "../system/records.ts";
import type { Clocks } from "./clock.ts";
import { createLeases } from "./leases.ts";
import { createOrders, type Orders } from "./orders.ts";
import { createWorkerList, type KnownWorker } from "./worker-list.ts";

export interface RemoteTimes {
  /** Milliseconds. */
  readonly lease: number;
  readonly heartbeat: number;
  readonly offlineLimit: number;
}

export const defaultTimes: RemoteTimes = { lease: 30_000, heartbeat: 5000, offlineLimit: 10 * 60_000 };

export interface RemoteRunsOptions {
  readonly core: Core;
  readonly pools: Pools;
  readonly clocks: Clocks;
  readonly times: RemoteTimes;
  readonly isDraining: () => boolean;
  /** A queue may have something to give out again. */
  readonly onReturned: () => void;
  /** A begun run whose worker has been away for too long. */
  readonly giveUp: (claim: ClaimRecord, message: string) => Promise<void>;
  /** The run's state is to be told anew: something is to be said of it. */
  readonly onNote: (runId: string) => void;
}

export interface RemoteRuns {
  readonly orders: Orders;
  register(worker: WorkerIntroduction): void;
  unregister(workerId: string): Promise<void>;
  /** It lives, and is of this pool. @throws MillraceError "not-found", "unauthorized" */
  heard(workerId: string, pool: string | undefined): KnownWorker;
  poll(worker: KnownWorker, options: PollOptions): Promise<PollAnswer>;
  renew(worker: KnownWorker, running: number): void;
  begin(workerId: string, runId: string, claimId: string): Promise<string | undefined>;
  release(workerId: string, claimIds: readonly string[]): Promise<void>;
  /** The claim of a run that the worker has begun and may bring the journal of. */
  claimOf(workerId: string, runId: string, claimId: string): ClaimRecord | undefined;
  /** Takes a claim back that has not begun: the run was cancelled. False when it has begun. */
  revoke(runId: string): Promise<boolean>;
  /** The way to a run that goes on elsewhere; undefined for any other. */
  reach(runId: string): Reach | undefined;
  /** Begun elsewhere and not known to have ended. */
  has(runId: string): boolean;
  /** The worker that has begun the run, and was not given up. */
  holderOf(runId: string): string | undefined;
  noteOn(runId: string): string | undefined;
  statuses(pool: string): readonly WorkerStatus[];
  lastPolled(pool: string, queue: string): number | undefined;
  /** Wakes workers that wait for runs. */
  wake(): void;
  /** What has lapsed, and who is silent: to be called now and then. */
  look(): Promise<void>;
}

/** What can be said to a run that goes on elsewhere; it hears it when its worker is heard of. */
export interface Reach {
  cancel(reason: string, grace: number): void;
  continue(pauseKey: string, value: unknown): Promise<void>;
}

export interface PollOptions {
  readonly free: number;
  readonly wait: number;
  readonly known: readonly string[];
  readonly heard: readonly string[];
  readonly signal: AbortSignal;
}

export interface PollAnswer {
  readonly claims: readonly ClaimedRun[];
  readonly orders: readonly RunOrder[];
}

/** How long a run elsewhere may think about an answer before silence is taken for consent; milliseconds. */
const answerWithin = 3000;

/** So many signs of life may be missed. */
const missedBeats = 3;

export function createRemoteRuns(options: RemoteRunsOptions): RemoteRuns {
  const { core, pools, clocks, times, isDraining, onReturned } = options;
  const { system, store, events, log } = core;
  const { facts } = system;
  const onChange = (): void => events.publish({ type: "work-pools" });
  const workers = createWorkerList(clocks, times.heartbeat * missedBeats, onChange);
  const leases = createLeases(times.lease, clocks.monotonic);
  const orders = createOrders((claim) => workers.find(claim.worker)?.wake?.());
  const begunAt = { monotonic: clocks.monotonic(), time: clocks.now() };

  const claims = (): ClaimRecord[] => [...facts.claims.values()].filter(({ worker }) => worker !== builtInWorker);
  // An orchestrator before us gave these out: they get their whole time once more.
  for (const claim of claims()) if (claim.begun === undefined) leases.grant(claim.id);
  for (const { run_id, worker, cancel } of claims()) {
    if (cancel !== undefined) orders.add(worker, run_id, { type: "cancel", ...cancel });
  }

  const byId = (claimId: string): ClaimRecord | undefined => claims().find(({ id }) => id === claimId);
  const put = (claim: ClaimRecord): Promise<void> => system.commit({ kind: "claim", claim });

  /** The claim is nobody's any more: its lease must have been ended by the caller. */
  async function giveBack({ worker, run_id }: ClaimRecord): Promise<void> {
    await system.commit({ kind: "claim-ended", run_id });
    await store.releaseClaims(worker, [run_id]);
    onChange();
    onReturned();
  }

  /** Runs that this worker was given up with: it may have their processes still, and brings first what it has. */
  const goingOnAt = (workerId: string): string[] =>
    [...claims(), ...facts.lostClaims.values()]
      .filter(({ worker, given_up }) => worker === workerId && given_up !== undefined)
      .map(({ run_id }) => run_id);

  async function claim(worker: KnownWorker, limit: number): Promise<ClaimedRun[]> {
    const pool = facts.pools.get(worker.pool);
    if (limit <= 0 || isDraining() || pool === undefined) return [];
    const taken = await store.claimRuns({
      worker: worker.worker_id,
      pool: worker.pool,
      ...(worker.queues.length === 0 ? {} : { queues: worker.queues }),
      except: goingOnAt(worker.worker_id),
      limit,
      now: clocks.now(),
    });
    const made = taken.map((request) => {
      const { id: run_id, work_pool, queue } = request;
      const { worker_id, name } = worker;
      const record: ClaimRecord = {
        id: newId(),
        run_id,
        pool: work_pool,
        queue,
        worker: worker_id,
        worker_name: name,
        at: clocks.now(),
      };
      // Before the sync: nothing that looks meanwhile takes a claim without a lease for lapsed.
      leases.grant(record.id);
      return { record, request };
    });
    await Promise.all(made.map(({ record }) => put(record)));
    if (made.length > 0) onChange();
    return made.map(({ record, request }) => ({ claim_id: record.id, order: workOrder(request, pool, facts.blocks) }));
  }

  /** Claims of the worker that it never heard of: the answer was lost. */
  function unheard(worker: KnownWorker, known: readonly string[]): ClaimedRun[] {
    const pool = facts.pools.get(worker.pool);
    return claims().flatMap((record) => {
      const lost = record.worker === worker.worker_id && record.begun === undefined && !known.includes(record.id);
      const request = facts.requests.get(record.run_id);
      if (!lost || request === undefined || pool === undefined || !leases.has(record.id)) return [];
      leases.grant(record.id);
      return [{ claim_id: record.id, order: workOrder(request, pool, facts.blocks) }];
    });
  }

  function waitFor(worker: KnownWorker, milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        if (worker.wake === done) worker.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done);
      worker.wake = done;
      if (signal.aborted) done();
    });
  }

  const silence = (workerId: string): { readonly for: number; readonly since: number } => {
    const worker = workers.find(workerId);
    const { heardAt, heardTime } = worker ?? { heardAt: begunAt.monotonic, heardTime: begunAt.time };
    return { for: clocks.monotonic() - heardAt, since: heardTime };
  };

  return {
    orders,
    register(introduction) {
      const pool = pools.find(introduction.pool);
      if (introduction.type !== pool.type) {
        throw new MillraceError(
          "conflict",
          `The work pool "${pool.name}" is of type ${pool.type}, and this worker starts ${introduction.type}: ` +
            `start it with --type ${pool.type}.`,
        );
      }
      const missing = introduction.queues.find((name) => !pool.queues.some((queue) => queue.name === name));
      if (missing !== undefined) {
        throw new MillraceError(
          "not-found",
          `The work pool "${pool.name}" has no queue "${missing}"; it has ${pool.queues.map(({ name }) => name).join(", ")}.`,
        );
      }
      workers.introduce(introduction);
      for (const { worker, run_id, begun } of claims()) {
        if (worker === introduction.worker_id && begun !== undefined) options.onNote(run_id);
      }
    },
    async unregister(workerId) {
      const left = claims().filter(({ id, worker }) => worker === workerId && leases.end(id));
      await Promise.all(left.map(giveBack));
      workers.find(workerId)?.wake?.();
      if (!claims().some(({ worker }) => worker === workerId)) workers.remove(workerId);
    },
    heard(workerId, pool) {
      const worker = workers.find(workerId);
      if (worker !== undefined && pool !== undefined && worker.pool !== pool) {
        throw new MillraceError(
          "unauthorized",
          `The token is of the work pool "${pool}", the worker of "${worker.pool}".`,
        );
      }
      return workers.heard(workerId);
    },
    async poll(worker, { free, wait, known, heard, signal }) {
      orders.heard(worker.worker_id, heard);
      const pool = facts.pools.get(worker.pool);
      const names = pool?.queues.map(({ name }) => name) ?? [];
      workers.polled(worker, worker.queues.length === 0 ? names : worker.queues);
      const lost = unheard(worker, known);
      const deadline = clocks.monotonic() + wait;
      for (;;) {
        const isPresent = workers.find(worker.worker_id) === worker && !signal.aborted;
        const given = isPresent ? [...lost, ...(await claim(worker, free - lost.length))] : [];
        const told = isPresent ? orders.of(worker.worker_id) : [];
        const left = deadline - clocks.monotonic();
        if (!isPresent || given.length > 0 || told.length > 0 || left <= 0) return { claims: given, orders: told };
        await waitFor(worker, left, signal);
      }
    },
    renew(worker, running) {
      if (worker.running !== running) {
        worker.running = running;
        onChange();
      }
      for (const { id, worker: holder } of claims()) {
        if (holder === worker.worker_id && leases.has(id)) leases.grant(id);
      }
    },
    async begin(workerId, runId, claimId) {
      const record = facts.claims.get(runId);
      if (record?.id !== claimId || record.worker !== workerId) return "somebody else has the run by now";
      if (record.begun !== undefined) return undefined;
      // From here on nothing can take it back: whoever looks for lapsed leases finds none.
      if (!leases.end(claimId)) return "the lease has lapsed";
      const after = facts.requests.get(runId)?.resume?.after_segment;
      await put({ ...record, begun: clocks.now(), ...(after === undefined ? {} : { after }) });
      return undefined;
    },
    async release(workerId, claimIds) {
      const given = claims().filter(({ id, worker }) => worker === workerId && claimIds.includes(id) && leases.end(id));
      await Promise.all(given.map(giveBack));
    },
    claimOf(workerId, runId, claimId) {
      const present = facts.claims.get(runId);
      const record = present?.id === claimId ? present : facts.lostClaims.get(claimId);
      const isIts = record?.worker === workerId && record.run_id === runId && record.begun !== undefined;
      return isIts ? record : undefined;
    },
    async revoke(runId) {
      const record = facts.claims.get(runId);
      if (record === undefined || record.worker === builtInWorker || record.given_up !== undefined) return true;
      if (!leases.end(record.id)) return false;
      await system.commit({ kind: "claim-ended", run_id: runId });
      await store.freePlace(runId);
      return true;
    },
    reach(runId) {
      const record = facts.claims.get(runId);
      if (record === undefined || record.worker === builtInWorker) return undefined;
      if (record.begun === undefined || record.given_up !== undefined) return undefined;
      return {
        cancel(reason, grace_ms) {
          // A worker that is away hears it when it comes back, also from an orchestrator after this one.
          system.append({ kind: "claim", claim: { ...record, cancel: { reason, grace_ms } } });
          orders.add(record.worker, runId, { type: "cancel", reason, grace_ms });
        },
        continue(pause_key, value) {
          const message = { type: "continue", pause_key, ...(value === undefined ? {} : { value }) } as const;
          return orders.accepted(orders.add(record.worker, runId, message), answerWithin);
        },
      };
    },
    has(runId) {
      const record = facts.claims.get(runId);
      return record !== undefined && record.worker !== builtInWorker && record.begun !== undefined;
    },
    holderOf(runId) {
      const record = facts.claims.get(runId);
      const holds = record?.worker !== builtInWorker && record?.begun !== undefined && record.given_up === undefined;
      return holds ? record.worker_name : undefined;
    },
    noteOn(runId) {
      const record = facts.claims.get(runId);
      if (record === undefined || record.worker === builtInWorker || record.begun === undefined) return undefined;
      if (record.given_up !== undefined || workers.find(record.worker)?.online === true) return undefined;
      const since = new Date(silence(record.worker).since).toISOString();
      return `The worker "${record.worker_name}" is offline since ${since}. The run may go on there; nobody else starts it.`;
    },
    statuses: (pool) => workers.statuses(pool),
    lastPolled: (pool, queue) => workers.lastPolled(pool, queue),
    wake() {
      for (const pool of facts.pools.keys()) for (const worker of workers.ofPool(pool)) worker.wake?.();
    },
    async look() {
      for (const id of leases.lapsed()) {
        const record = byId(id);
        if (record === undefined || record.begun !== undefined) continue;
        log.info(
          `the worker "${record.worker_name}" did not begin run ${record.run_id} in time: it goes back to its queue`,
        );
        await giveBack(record);
      }
      for (const worker of workers.nowSilent()) {
        log.info(`the worker "${worker.name}" of the pool "${worker.pool}" is not heard of any more`);
        for (const { worker: holder, run_id, begun } of claims()) {
          if (holder === worker.worker_id && begun !== undefined) options.onNote(run_id);
        }
      }
      for (const record of claims()) {
        if (record.begun === undefined || record.given_up !== undefined) continue;
        const away = silence(record.worker);
        if (away.for < times.offlineLimit) continue;
        const since = new Date(away.since).toISOString();
        const limit = formatDuration(times.offlineLimit);
        const message = `The worker "${record.worker_name}" is offline since ${since}, longer than the limit of ${limit}.`;
        await options
          .giveUp(record, message)
          .catch((thrown: unknown) => log.error(`giving up run ${record.run_id}`, thrown));
      }
    },
  };
}

/** The request as its worker gets it: with what the pool says where the run says nothing. */
function workOrder(request: RunRequest, pool: PoolRecord, blocks: SystemFacts["blocks"]): WorkOrder {
  const { claimed: _claimed, ...order } = withInfrastructure(request, pool, blocks);
  return order;
}
