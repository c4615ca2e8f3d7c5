/**
 * The journals of runs that go on elsewhere come in, are folded like any other, and end: with what their worker brought,
 * or with a verdict when it is called lost.
 */
import { writeLiveEntry } from "../../journal/live.ts";
import { listSegments, syncFile } from "../../journal/reading.ts";
import { acceptShipped, writeRestingState, writeVerdict } from "../../journal/sealing.ts";
import { homePaths, runPaths, segmentOf } from "../../protocol/home.ts";
import { isTerminal, makeState } from "../../protocol/states.ts";
import type { ShippedOffset, ShippedPiece } from "../../protocol/workers.ts";
import type { Core } from "../core.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import { readLogs } from "../live/logs.ts";
import { writeOutcome } from "../runs/outcome.ts";
import type { ClaimRecord } from "../system/records.ts";
import { checkShippedName, type Incoming, openIncoming, wholeFiles } from "./incoming.ts";

export interface Receiving {
  offsets(claim: ClaimRecord): readonly ShippedOffset[];
  /** Resolves when all of it is on the disk. */
  take(claim: ClaimRecord, pieces: readonly ShippedPiece[]): Promise<readonly ShippedOffset[]>;
  /** The worker has brought everything. "superseded": somebody else has gone on with the run. */
  ended(claim: ClaimRecord, failure: Failure | undefined): Promise<"accepted" | "superseded">;
  giveUp(claim: ClaimRecord, message: string): Promise<void>;
  /** Folds what had come in before an earlier orchestrator ended. */
  recover(): Promise<void>;
  close(): void;
}

export interface Failure {
  readonly state: "FAILED" | "CRASHED";
  readonly message: string;
}

export interface ReceivingOptions {
  readonly core: Core;
  readonly live: LiveRuns;
  /** The run has a journal here. */
  readonly begun: (runId: string) => void;
  /** The run takes up no place any more, and no slots. */
  readonly ended: (runId: string) => void;
  /** It is known how the run ended after all: nobody need go on with it any more. */
  readonly withdraw: (runId: string) => Promise<void>;
}

interface Run {
  readonly incoming: Incoming;
  readonly superseded: boolean;
  logsTold: number;
}

export function createReceiving({ core, live, begun, ended, withdraw }: ReceivingOptions): Receiving {
  const { disk, home, store, system, events, identity, log } = core;
  const runs = new Map<string, Run>();

  const folderOf = (runId: string): string => homePaths.run(home, runId);

  /**
   * Somebody has gone on with the run since its worker was given up: what that one brings is of a history that does not
   * count, and is kept beside the run.
   */
  function isSuperseded({ id, run_id, given_up, verdict = 0 }: ClaimRecord): boolean {
    if (given_up === undefined) return false;
    const present = system.facts.claims.get(run_id);
    if (present !== undefined && present.id !== id && present.begun !== undefined) return true;
    return listSegments(disk, folderOf(run_id)).some(
      ({ segment, header }) => segment >= verdict && (header?.reason === "resume" || header?.reason === "retry"),
    );
  }

  /** Whether nobody else has the run by now. */
  const isPresent = ({ id, run_id }: ClaimRecord): boolean =>
    (system.facts.claims.get(run_id) ?? { id }).id === id && !system.facts.lostClaims.has(id);

  async function endClaim(claim: ClaimRecord): Promise<void> {
    const { id, run_id } = claim;
    if (!isPresent(claim)) return system.commit({ kind: "lost-claim-ended", id });
    await system.commit({ kind: "claim-ended", run_id });
    await store.freePlace(run_id);
  }

  function runOf(claim: ClaimRecord): Run {
    const known = runs.get(claim.id);
    if (known !== undefined && known.superseded === isSuperseded(claim)) return known;
    known?.incoming.close();
    const superseded = isSuperseded(claim);
    const folder = folderOf(claim.run_id);
    const incoming = openIncoming(disk, superseded ? runPaths.superseded(folder, claim.id) : folder);
    const run: Run = { incoming, superseded, logsTold: incoming.offset("logs.ndjson") };
    runs.set(claim.id, run);
    return run;
  }

  /** Segments from our verdict on are not the worker's to write: what it says there is known here already. */
  function isUnwanted(claim: ClaimRecord, run: Run, file: string): boolean {
    const segment = segmentOf(file);
    return !run.superseded && segment !== undefined && claim.verdict !== undefined && segment >= claim.verdict;
  }

  const offsetOf = (claim: ClaimRecord, run: Run, file: string): ShippedOffset => ({
    run_id: claim.run_id,
    file,
    offset: isUnwanted(claim, run, file) ? Number.MAX_SAFE_INTEGER : run.incoming.offset(file),
  });

  async function tellLogs(claim: ClaimRecord, run: Run): Promise<void> {
    const file = runPaths.logs(run.incoming.folder);
    if (run.incoming.offset("logs.ndjson") < run.logsTold) run.logsTold = 0;
    for (;;) {
      const { lines, next } = await readLogs(file, run.logsTold);
      if (next === run.logsTold) return;
      run.logsTold = next;
      const logs = lines.map(({ log: line }) => line);
      if (logs.length > 0) events.publish({ type: "logs", flow_run_id: claim.run_id, logs, next });
    }
  }

  async function fold(claim: ClaimRecord, run: Run, files: ReadonlySet<string>): Promise<void> {
    if (run.superseded) return;
    const segments = [...files].flatMap((file) => segmentOf(file) ?? []).sort((left, right) => left - right);
    for (const segment of segments) {
      const file = `journal.${segment}.ndjson`;
      if (isUnwanted(claim, run, file)) continue;
      await live.folding.fold(claim.run_id, { segment, offset: run.incoming.offset(file) });
    }
    if (segments.length > 0) begun(claim.run_id);
    if (files.has("logs.ndjson")) await tellLogs(claim, run);
  }

  /**
   * An orchestrator that starts finds by this entry what its snapshot lacks. It is of a process that is proven gone (none
   * has that start time), so the run is taken for what it is: ended.
   */
  async function announceEnd(runId: string): Promise<void> {
    const run = await store.flowRun(runId);
    await writeLiveEntry(disk, home, {
      run_id: runId,
      writer: { ...identity, start_time: "shipped" },
      socket: runPaths.noSocket(folderOf(runId)),
      token: "",
      flow_name: run?.flow_name ?? "",
      file: run?.flow_file ?? "",
      started: Date.now(),
    });
    await syncFile(disk, homePaths.liveRun(home, runId));
    await disk.syncFolder(homePaths.live(home));
    live.look(runId);
  }

  async function conclude(claim: ClaimRecord): Promise<void> {
    await announceEnd(claim.run_id);
    await endClaim(claim);
    begun(claim.run_id);
    ended(claim.run_id);
  }

  async function writeFailure(claim: ClaimRecord, { state, message }: Failure, segment = 1): Promise<void> {
    const request = system.facts.requests.get(claim.run_id);
    if (request === undefined) return;
    const made = makeState(state, Date.now(), { message });
    await writeOutcome(core, request, made, { name: "MillraceError", message }, segment);
    await live.folding.fold(claim.run_id);
  }

  /** A run that was to go on at a worker, which has written nothing of it. */
  async function neverWentOn({ run_id, worker_name }: ClaimRecord, failure: Failure | undefined): Promise<void> {
    const message = failure?.message ?? `The worker "${worker_name}" has no journal of the run's going on.`;
    const state = makeState(failure?.state ?? "CRASHED", Date.now(), { message });
    await writeRestingState(disk, folderOf(run_id), { state, writer: identity, writerIsGone: true });
    await live.folding.fold(run_id);
  }

  return {
    offsets(claim) {
      const run = runOf(claim);
      const { folder } = run.incoming;
      const segments = listSegments(disk, folder).map(({ segment }) => `journal.${segment}.ndjson`);
      // What a run that goes on was given need not come back.
      return [...segments, "logs.ndjson", ...wholeFiles(disk, folder)].map((file) => offsetOf(claim, run, file));
    },
    async take(claim, pieces) {
      const run = runOf(claim);
      const files = new Set<string>();
      for (const piece of pieces) {
        checkShippedName(piece.file);
        if (isUnwanted(claim, run, piece.file)) continue;
        run.incoming.write(piece, Buffer.from(piece.data, "base64"));
        files.add(piece.file);
      }
      await run.incoming.sync();
      fold(claim, run, files).catch((thrown: unknown) => log.error(`folding run ${claim.run_id}`, thrown));
      return [...new Set(pieces.map(({ file }) => file))].map((file) => offsetOf(claim, run, file));
    },
    async ended(claim, failure) {
      const run = runOf(claim);
      const { run_id } = claim;
      const folder = folderOf(run_id);
      runs.delete(claim.id);
      run.incoming.close();
      if (run.superseded) {
        await endClaim(claim);
        log.info(`run ${run_id}: what the worker "${claim.worker_name}" brought late is kept as superseded`);
        return "superseded";
      }
      if (claim.verdict !== undefined && disk.exists(runPaths.journal(folder, claim.verdict - 1))) {
        await withdraw(run_id);
        await acceptShipped(disk, folder, { shipped: claim.verdict - 1, writer: identity });
      }
      if (failure !== undefined && listSegments(disk, folder).length === 0) await writeFailure(claim, failure);
      await live.folding.fold(run_id);
      const folded = await store.flowRun(run_id);
      if (folded?.state.state_details["continues_in"] !== undefined) {
        await neverWentOn(claim, failure);
      } else if (folded !== undefined && !isTerminal(folded.state_type) && folded.state_name !== "Suspended") {
        const message = failure?.message ?? "The process of the run ended on its worker before the run did.";
        const state = makeState("CRASHED", Date.now(), { message });
        await writeVerdict(disk, folder, { state, writer: identity, writerIsGone: true });
        await live.folding.fold(run_id);
      }
      await conclude(claim);
      return "accepted";
    },
    async giveUp(claim, message) {
      const { run_id } = claim;
      const folder = folderOf(run_id);
      await live.folding.settled(run_id);
      const last = listSegments(disk, folder).at(-1)?.segment;
      // The segment that the worker begins with is left to it, also when nothing of it is here yet.
      const own = (claim.after ?? 0) + 1;
      const verdict = Math.max(last ?? 0, own) + 1;
      await system.commit({ kind: "claim", claim: { ...claim, given_up: Date.now(), verdict } });
      log.info(`run ${run_id}: ${message}`);
      if (last === undefined) await writeFailure(claim, { state: "CRASHED", message }, verdict);
      else {
        const state = makeState("CRASHED", Date.now(), { message });
        const options = { state, writer: identity, writerIsGone: true, leaves: own };
        // A run that goes on rests until its worker is heard of.
        if (last < own) await writeRestingState(disk, folder, options);
        else await writeVerdict(disk, folder, options);
        await live.folding.fold(run_id);
      }
      begun(run_id);
      await store.freePlace(run_id);
      ended(run_id);
    },
    async recover() {
      for (const claim of system.facts.claims.values()) {
        if (claim.begun === undefined || claim.worker === "built-in") continue;
        if (disk.exists(folderOf(claim.run_id))) await live.folding.fold(claim.run_id);
      }
    },
    close() {
      for (const { incoming } of runs.values()) incoming.close();
      runs.clear();
    },
  };
}
