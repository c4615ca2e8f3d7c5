/**
 * The runs that this worker has: from a claim, over the leave to begin, to the journal that is wholly shipped. What must
 * hold: it asks for leave before it starts anything, and writes down that it has leave before it starts: whoever comes
 * after a crash of this worker can tell a run that never began from one that may have.
 */
import { setTimeout as pause } from "node:timers/promises";
import { removeLiveEntry } from "../journal/live.ts";
import { listSegments } from "../journal/reading.ts";
import type { Core } from "../orchestrator/core.ts";
import type { RunRequest } from "../orchestrator/index/store.ts";
import type { LiveRuns } from "../orchestrator/live/live-runs.ts";
import type { Starts } from "../orchestrator/runs/starts.ts";
import type { ClaimRecord } from "../orchestrator/system/records.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import type { ClaimedRun, RunOrder } from "../protocol/workers.ts";
import type { Asked, HeldClaims } from "./claims.ts";
import { fetchKept } from "./fetch-kept.ts";
import type { Patience } from "./patience.ts";
import type { Shipper } from "./shipper.ts";
import type { Uplink } from "./uplink.ts";

export interface RunsOptions {
  readonly core: Core;
  readonly live: LiveRuns;
  readonly starts: Starts;
  readonly shipper: Shipper;
  readonly uplink: Uplink;
  readonly patiently: Patience;
  readonly limit: number;
  readonly held: HeldClaims;
  readonly onFree: () => void;
  readonly tell: (message: string) => void;
}

export interface Runs {
  /** Places for runs that are not here yet. */
  free(): number;
  running(): number;
  /** Claims that have not begun. */
  known(): readonly string[];
  take(claims: readonly ClaimedRun[], asked: Asked): void;
  renew(asked: Asked): void;
  /** Begins what is claimed, as far as there are places. */
  pump(): Promise<void>;
  begun(runId: string): void;
  ended(runId: string): void;
  shipped(runId: string, accepted: "accepted" | "superseded" | "unknown"): void;
  /** @throws MillraceError when the run refuses an answer. */
  obey(runId: string, message: RunOrder["message"]): Promise<void>;
  handBack(): Promise<void>;
  cancelAll(reason: string, grace: number): void;
  /** Resolves when nothing goes on. */
  idle(): Promise<void>;
  /** Takes up what an earlier process of this worker had. */
  recover(): Promise<void>;
}

/** A run that is told something may just be starting. */
const reachableWithin = 10_000;

export function createRuns(options: RunsOptions): Runs {
  const { core, live, starts, shipper, uplink, patiently, limit, held, onFree, tell } = options;
  const { disk, home, store, system, log } = core;
  const { facts } = system;
  /** Runs that take up a place here. */
  const busy = new Set<string>();
  /** Claims under way to their leave, by id. */
  const asking = new Map<string, ClaimedRun>();
  /** Runs of an earlier process of this worker that were started and had no journal: their runner may still be on its way. */
  const uncertain = new Set<string>();
  const idlers: (() => void)[] = [];
  let isHandingBack = false;

  const leave = (runId: string): void => {
    if (!busy.delete(runId)) return;
    if (busy.size === 0) for (const idler of idlers.splice(0)) idler();
    void pump();
    onFree();
  };

  const forget = (runId: string): void => {
    if (facts.requests.has(runId)) system.append({ kind: "run-request-ended", id: runId });
    if (facts.claims.has(runId)) system.append({ kind: "claim-ended", run_id: runId });
    store.endRequest(runId, { forget: true }).catch(() => undefined);
  };

  async function pump(): Promise<void> {
    while (busy.size < limit && !isHandingBack) {
      const claim = held.take();
      if (claim === undefined) return;
      busy.add(claim.order.id);
      begin(claim).catch((thrown: unknown) => {
        log.error(`beginning run ${claim.order.id}`, thrown);
        asking.delete(claim.claim_id);
        leave(claim.order.id);
      });
    }
  }

  /** Whether this claim may begin. Over a line that is down it asks again, since the answer may have been yes. */
  async function hasLeave({ claim_id, order }: ClaimedRun): Promise<boolean> {
    const { granted, reason } = await patiently(() =>
      uplink.ask("POST /api/workers/begin", { run_id: order.id, claim_id }),
    );
    if (!granted) log.info(`run ${order.id} is not begun here: ${reason}`);
    return granted;
  }

  async function begin(claim: ClaimedRun): Promise<void> {
    const { claim_id, order } = claim;
    asking.set(claim_id, claim);
    const request: RunRequest = order;
    const { id: run_id, work_pool: pool, queue } = request;
    const record: ClaimRecord = {
      id: claim_id,
      run_id,
      pool,
      queue,
      worker: "self",
      worker_name: "self",
      at: Date.now(),
    };
    await Promise.all([
      system.commit({ kind: "run-request", request }),
      system.commit({ kind: "claim", claim: record }),
    ]);
    let isGranted: boolean;
    try {
      isGranted = await hasLeave(claim);
    } catch (thrown) {
      // The leave may have been given all the same: whoever gave it is told that nothing came of it.
      asking.delete(claim_id);
      shipper.add(run_id, claim_id);
      shipper.ended(run_id, { state: "CRASHED", message: `It was not begun: ${toError(thrown).message}` });
      return;
    }
    asking.delete(claim_id);
    if (!isGranted) {
      forget(run_id);
      leave(run_id);
      return;
    }
    await system.commit({ kind: "claim", claim: { ...record, begun: Date.now() } });
    await store.requestRun(request);
    shipper.add(run_id, claim_id);
    if (request.resume !== undefined && !(await hasKept(run_id, claim_id))) return;
    tell(`${request.name} (${run_id}) begins.`);
    starts.start(request);
  }

  /** A run that goes on needs what is kept of it; without that it is said why it does not. */
  async function hasKept(runId: string, claimId: string): Promise<boolean> {
    try {
      await fetchKept({ disk, home, uplink, patiently, runId, claimId });
      return true;
    } catch (thrown) {
      log.error(`what is kept of run ${runId}`, thrown);
      const why = `What is kept of the run could not be brought to its worker: ${toError(thrown).message}`;
      shipper.ended(runId, { state: "CRASHED", message: why });
      return false;
    }
  }

  const hasFolder = (runId: string): boolean => disk.exists(homePaths.run(home, runId));

  /** A folder that was brought here for a run that goes on says nothing yet. */
  const hasJournal = (runId: string, request: RunRequest | undefined): boolean =>
    request?.resume === undefined
      ? hasFolder(runId)
      : (listSegments(disk, homePaths.run(home, runId)).at(-1)?.segment ?? 0) > request.resume.after_segment;

  return {
    free: () => (isHandingBack ? 0 : Math.max(0, limit - busy.size - held.ids().length)),
    running: () => busy.size,
    known: () => [...held.ids(), ...asking.keys()],
    take(claims, asked) {
      held.add(claims, asked);
      void pump();
    },
    renew: held.renew,
    pump,
    begun(runId) {
      if (facts.requests.has(runId)) system.append({ kind: "run-request-ended", id: runId });
      store.endRequest(runId).catch(() => undefined);
    },
    ended(runId) {
      shipper.ended(runId);
      leave(runId);
    },
    shipped(runId, accepted) {
      forget(runId);
      live.forget([runId]);
      removeLiveEntry(disk, home, runId);
      // What nobody wants any more may be all that is left of it: it is kept, as what was accepted need not be. And a
      // runner that comes late must find the run taken.
      if (accepted !== "unknown" && !uncertain.has(runId)) disk.removeFolder(homePaths.run(home, runId));
      store.deleteRun(runId).catch((thrown: unknown) => log.error(`forgetting run ${runId}`, thrown));
      if (accepted === "superseded") log.info(`run ${runId} was superseded: somebody went on with it elsewhere`);
      leave(runId);
    },
    async obey(runId, message) {
      for (const deadline = performance.now() + reachableWithin; performance.now() < deadline; await pause(20)) {
        live.look(runId);
        const supervision = live.supervision(runId);
        if (supervision === undefined) {
          if (!busy.has(runId)) return;
          continue;
        }
        if (message.type === "cancel") return supervision.cancel(message.reason, message.grace_ms);
        return supervision.continue(message.pause_key, message.value);
      }
      throw new MillraceError("not-answering", "The run cannot be reached on its worker: try again.");
    },
    async handBack() {
      isHandingBack = true;
      const claim_ids = held.clear();
      if (claim_ids.length > 0) await uplink.ask("POST /api/workers/release", { claim_ids });
    },
    cancelAll(reason, grace) {
      for (const runId of busy) live.supervision(runId)?.cancel(`Its worker stops: ${reason}.`, grace);
    },
    idle: () => (busy.size === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    async recover() {
      live.look();
      for (const { run_id, id, begun } of [...facts.claims.values()]) {
        const request = facts.requests.get(run_id);
        const hasBegun = hasJournal(run_id, request);
        if (begun !== undefined || hasBegun) {
          shipper.add(run_id, id);
          const folded = await store.folded(run_id);
          if (folded !== undefined) shipper.durable(run_id, folded.segment, folded.offset);
          if (live.has(run_id)) busy.add(run_id);
          else if (hasBegun) shipper.ended(run_id);
          else if (request?.resume !== undefined && !hasFolder(run_id)) {
            const message = "The worker was ended before it had what is kept of the run.";
            shipper.ended(run_id, { state: "CRASHED", message });
          } else {
            busy.add(run_id);
            uncertain.add(run_id);
            if (request !== undefined) await store.requestRun(request);
            starts.adopt(run_id);
          }
        } else if (request !== undefined) {
          // Leave was asked for and nothing was started: it may have been given.
          busy.add(run_id);
          void begin({ claim_id: id, order: request }).catch((thrown: unknown) => log.error(`run ${run_id}`, thrown));
        } else forget(run_id);
      }
    },
  };
}
