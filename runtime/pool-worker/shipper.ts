/**
 * Brings runs to the orchestrator by byte ranges. What a journal refers to goes before it; nothing of a journal goes
 * that is not on the disk here; where the orchestrator stands it says itself, so whatever was lost on the way or with it
 * is sent again, and nothing twice.
 */
import path from "node:path";
import { isMissing } from "../journal/disk.ts";
import { walkRunInTurns } from "../journal/reading.ts";
import type { Disk } from "../journal/types.ts";
import { homePaths, runPaths } from "../protocol/home.ts";
import type { ShippedPiece } from "../protocol/workers.ts";
import { isOutage, type Uplink } from "./uplink.ts";

export interface Shipper {
  /** From now on the run's files are shipped as they grow. */
  add(runId: string, claimId: string): void;
  /** So much of a segment is on the disk here. */
  durable(runId: string, segment: number, offset: number): void;
  /** The run has ended: what is there is all there will be. `failure` says why it did not begin, where it did not. */
  ended(runId: string, failure?: Failure): void;
  /** There may be a line again: asks where the orchestrator stands and goes on. */
  reconnect(): void;
  /** Runs that are not wholly there yet. */
  readonly pending: () => number;
  stop(): void;
}

export interface ShipperOptions {
  readonly disk: Disk;
  readonly home: string;
  readonly uplink: Uplink;
  /** All of it is there, or nobody wants it any more. */
  readonly onDone: (runId: string, accepted: "accepted" | "superseded" | "unknown") => void;
  readonly report: (message: string, error: unknown) => void;
}

interface Failure {
  readonly state: "FAILED" | "CRASHED";
  readonly message: string;
}

interface Shipping {
  readonly runId: string;
  readonly claimId: string;
  readonly folder: string;
  /** How far each segment is on the disk here. */
  readonly durable: Map<number, number>;
  /** Where the orchestrator stands; undefined until it has said so. */
  offsets: Map<string, number> | undefined;
  readonly whole: Set<string>;
  ended: boolean;
  /** The segments were measured after the run's end. */
  measured: boolean;
  concluding: boolean;
  failure: Failure | undefined;
}

/** Raw bytes in one request, and in one piece of it. */
const mostBytes = 2 << 20;
const pieceBytes = 512 << 10;
/** Milliseconds: news are collected for a moment, logs are looked at now and then, a broken line rests. */
const collectFor = 40;
const lookEvery = 1000;
const restAfterFailure = 500;
const longestRest = 10_000;

export function createShipper({ disk, home, uplink, onDone, report }: ShipperOptions): Shipper {
  const runs = new Map<string, Shipping>();
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let again = false;
  let stopped = false;
  let failures = 0;

  const kick = (after = collectFor): void => {
    again = true;
    if (busy || stopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void pass();
    }, after);
  };

  async function pass(): Promise<void> {
    busy = true;
    again = false;
    let rest = collectFor;
    const before = failures;
    try {
      await Promise.all([...runs.values()].map(learnOffsets));
      for (;;) {
        const pieces = (await Promise.all([...runs.values()].map(piecesOf))).flat();
        const chosen = atMost(pieces, mostBytes);
        if (chosen.length === 0) break;
        await ship(chosen);
      }
      await Promise.all([...runs.values()].filter(({ ended, concluding }) => ended && !concluding).map(conclude));
    } catch (thrown) {
      if (!isOutage(thrown)) report("shipping runs", thrown);
      for (const run of runs.values()) run.offsets = undefined;
      again = true;
      rest = Math.min(longestRest, restAfterFailure * 2 ** Math.min(failures++, 10));
    }
    if (failures === before) failures = 0;
    busy = false;
    if (again) kick(rest);
  }

  async function learnOffsets(run: Shipping): Promise<void> {
    if (run.offsets !== undefined) return;
    const { runId: run_id, claimId: claim_id } = run;
    const { offsets, unknown } = await uplink.ask("POST /api/workers/offsets", { run_id, claim_id });
    if (unknown) return finish(run, "unknown");
    run.offsets = new Map(offsets.map(({ file, offset }) => [file, offset]));
    for (const { file, offset } of offsets) {
      if (file.includes("/") && offset === Number.MAX_SAFE_INTEGER) run.whole.add(file);
    }
  }

  async function piecesOf(run: Shipping): Promise<ShippedPiece[]> {
    const { offsets } = run;
    if (offsets === undefined || run.concluding) return [];
    if (run.ended && !run.measured) await measure(run);
    // How far the journals are, before what they refer to is listed: all of that is there by then.
    const segments = [...run.durable].map(([segment, end]) => [`journal.${segment}.ndjson`, end] as const);
    const whole = ["results", "sources"]
      .flatMap((below) => list(path.join(run.folder, below)).map((name) => `${below}/${name}`))
      .filter((file) => /\/[0-9a-f]{64}$/.test(file) && !run.whole.has(file))
      .map((file) => [file, sizeOf(path.join(run.folder, file))] as const);
    const missing = whole.flatMap(([file, size]) => range(run, file, size, size));
    if (missing.length > 0) return missing;
    const logs = sizeOf(runPaths.logs(run.folder));
    if (logs < (offsets.get("logs.ndjson") ?? 0)) offsets.set("logs.ndjson", 0);
    return [...segments, ["logs.ndjson", logs] as const].flatMap(([file, end]) => range(run, file, end));
  }

  /** The next piece of a file below `end`. `size` of one that goes whole. */
  function range(run: Shipping, file: string, end: number, size?: number): ShippedPiece[] {
    const offset = run.offsets?.get(file) ?? 0;
    if (offset >= end && !(size === 0 && !run.whole.has(file))) return [];
    const bytes = disk.readRange(path.join(run.folder, file), offset, Math.min(pieceBytes, end - offset));
    const data = Buffer.from(bytes).toString("base64");
    const { runId: run_id, claimId: claim_id } = run;
    return [{ run_id, claim_id, file, offset, data, ...(size === undefined ? {} : { size }) }];
  }

  async function ship(pieces: readonly ShippedPiece[]): Promise<void> {
    const { offsets, unknown } = await uplink.ask("POST /api/workers/ship", { pieces }, { timeout_ms: 60_000 });
    for (const { run_id, file, offset } of offsets) {
      const run = runs.get(run_id);
      run?.offsets?.set(file, offset);
      if (file.includes("/") && offset === Number.MAX_SAFE_INTEGER) run?.whole.add(file);
    }
    for (const runId of unknown) {
      const run = runs.get(runId);
      if (run !== undefined) finish(run, "unknown");
    }
  }

  /** A run that has ended counts as far as its segments count. */
  async function measure(run: Shipping): Promise<void> {
    if (disk.exists(run.folder)) {
      const { segments } = await walkRunInTurns(disk, run.folder, () => undefined);
      for (const { segment, length } of segments) run.durable.set(segment, length);
    }
    run.measured = true;
  }

  async function conclude(run: Shipping): Promise<void> {
    // It ended while the last pieces were on their way: the next pass brings the rest.
    if (!run.measured || (await piecesOf(run)).length > 0) return kick();
    const { runId: run_id, claimId: claim_id } = run;
    run.concluding = true;
    const missing = { state: "CRASHED", message: "The worker has no journal of the run." } as const;
    const failure = run.failure ?? (run.durable.size === 0 ? missing : undefined);
    try {
      const body = { run_id, claim_id, ...(failure === undefined ? {} : { failure }) };
      const { accepted } = await uplink.ask("POST /api/workers/ended", body, { timeout_ms: 60_000 });
      finish(run, accepted);
    } finally {
      run.concluding = false;
    }
  }

  function finish(run: Shipping, accepted: "accepted" | "superseded" | "unknown"): void {
    if (!runs.delete(run.runId)) return;
    onDone(run.runId, accepted);
  }

  function list(folder: string): string[] {
    try {
      return disk.list(folder);
    } catch (thrown) {
      if (isMissing(thrown)) return [];
      throw thrown;
    }
  }

  function sizeOf(file: string): number {
    try {
      return disk.size(file);
    } catch (thrown) {
      if (isMissing(thrown)) return 0;
      throw thrown;
    }
  }

  const looking = setInterval(() => {
    if (runs.size > 0) kick();
  }, lookEvery).unref();

  return {
    add(runId, claimId) {
      runs.set(runId, {
        runId,
        claimId,
        folder: homePaths.run(home, runId),
        durable: new Map(),
        offsets: undefined,
        whole: new Set(),
        ended: false,
        measured: false,
        concluding: false,
        failure: undefined,
      });
    },
    durable(runId, segment, offset) {
      runs.get(runId)?.durable.set(segment, offset);
      kick();
    },
    ended(runId, failure) {
      const run = runs.get(runId);
      if (run === undefined) return;
      run.failure = failure;
      run.ended = true;
      kick(0);
    },
    reconnect() {
      for (const run of runs.values()) run.offsets = undefined;
      // Whoever rests after a failure need not any more.
      failures = 0;
      clearTimeout(timer);
      timer = undefined;
      kick(0);
    },
    pending: () => runs.size,
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearInterval(looking);
    },
  };
}

function atMost(pieces: readonly ShippedPiece[], bytes: number): ShippedPiece[] {
  let left = bytes * 1.4;
  return pieces.filter(({ data }) => {
    if (left <= 0) return false;
    left -= data.length;
    return true;
  });
}
