import path from "node:path";
import { isMissing } from "../../journal/disk.ts";
import { listLiveRuns } from "../../journal/live.ts";
import type { Disk } from "../../journal/types.ts";
import { toError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { isId } from "../../protocol/ids.ts";
import { readRunFrom } from "./read-run.ts";
import { readSnapshotFile, writeSnapshotFile } from "./snapshot-file.ts";
import type { SnapshotReport, SnapshotTask } from "./snapshot-protocol.ts";
import { schemaVersion } from "./sql/schema.ts";
import { createSqlStore, type SqlStore } from "./sql-store.ts";
import type { Applied, FoldedOffset, RunBatch } from "./store.ts";

type Report = (report: SnapshotReport) => void;

/** Makes the home's snapshot anew and puts it in place. Blocks its thread for seconds when the index is large. */
export async function makeSnapshot(disk: Disk, task: SnapshotTask, report: Report): Promise<void> {
  const file = homePaths.snapshot(task.home, schemaVersion);
  const store = await startingPoint(disk, task, file);
  if (typeof store === "string") {
    report({ type: "need-all", reason: store });
    return;
  }
  const targets =
    task.type === "rebuild"
      ? await foldAll(disk, store, task.home, report)
      : await foldTargets(disk, store, task, report);
  const incomplete: string[] = [];
  for (const target of targets) {
    if (!reached(await store.folded(target.run_id), target)) incomplete.push(target.run_id);
  }
  const database = store.export();
  await store.close();
  await writeSnapshotFile(disk, file, database);
  report({ type: "done", runs: targets.length - incomplete.length, bytes: database.length, incomplete });
}

/** A run to be folded: as far as another index had it, or all of it. */
type Target = FoldedOffset | { readonly run_id: string };

function reached(folded: FoldedOffset | undefined, target: Target): boolean {
  if (folded === undefined) return false;
  if (!("segment" in target)) return true;
  return folded.segment === target.segment ? folded.offset >= target.offset : folded.segment > target.segment;
}

/** The store to go on from, or why the snapshot that is there can't be it. */
async function startingPoint(disk: Disk, task: SnapshotTask, file: string): Promise<SqlStore | string> {
  if (task.type === "rebuild" || !task.onTop) return createSqlStore();
  const snapshot = readSnapshotFile(disk, file);
  return snapshot.bytes === undefined ? snapshot.reason : createSqlStore(snapshot.bytes);
}

async function foldTargets(
  disk: Disk,
  store: SqlStore,
  task: SnapshotTask & { readonly type: "snapshot" },
  report: Report,
): Promise<readonly Target[]> {
  for (const runId of task.deleted) await store.deleteRun(runId);
  await foldRuns(disk, store, task.home, task.folded, report);
  await store.restoreSystem(task.system);
  await store.setLastSeq(task.lastSeq);
  return task.folded;
}

async function foldAll(disk: Disk, store: SqlStore, home: string, report: Report): Promise<readonly Target[]> {
  const live = new Set(listLiveRuns(disk, home));
  const runs = listRuns(disk, homePaths.runs(home)).filter((runId) => !live.has(runId));
  const targets = runs.map((run_id) => ({ run_id }));
  await foldRuns(disk, store, home, targets, report);
  return targets;
}

/** Ids of the runs that have a folder, oldest first. */
function listRuns(disk: Disk, folder: string): string[] {
  return list(disk, folder)
    .flatMap((day) => list(disk, path.join(folder, day)))
    .filter(isId)
    .sort();
}

function list(disk: Disk, folder: string): string[] {
  try {
    return disk.list(folder);
  } catch (error) {
    if (isMissing(error) || !(error instanceof Error)) return [];
    // A stray file among the days.
    if ("code" in error && error.code === "ENOTDIR") return [];
    throw error;
  }
}

/** Records that go into one transaction. */
const transactionRecords = 5000;

async function foldRuns(
  disk: Disk,
  store: SqlStore,
  home: string,
  targets: readonly Target[],
  report: Report,
): Promise<void> {
  let waiting: RunBatch[] = [];
  let records = 0;
  let reported = Date.now();
  const flush = async (): Promise<void> => {
    const applied = await applyAll(store, waiting, report);
    const voided = waiting.filter((_, place) => applied[place]?.status === "void").map(({ runId }) => runId);
    waiting = [];
    records = 0;
    for (const runId of new Set(voided)) await foldAgain(disk, store, home, runId, targets);
  };
  for (const [done, target] of targets.entries()) {
    const upTo = "segment" in target ? target : undefined;
    try {
      const from = await store.folded(target.run_id);
      for (const batch of readFolder(disk, home, target.run_id, from, upTo, report)) {
        waiting.push(batch);
        records += batch.records.length;
        if (records >= transactionRecords) await flush();
      }
    } catch (error) {
      // One run that can't be read (a newer version wrote it, a folder taken away) must not cost all the others.
      report({ type: "problem", message: `run ${target.run_id} is left out of the index: ${toError(error).message}` });
    }
    if (Date.now() - reported > 200) {
      report({ type: "progress", done, total: targets.length });
      reported = Date.now();
    }
  }
  await flush();
  report({ type: "progress", done: targets.length, total: targets.length });
}

/** In one transaction; one by one when something is wrong with one of them, so that the others are not lost with it. */
async function applyAll(
  store: SqlStore,
  batches: readonly RunBatch[],
  report: Report,
): Promise<readonly (Applied | undefined)[]> {
  try {
    return await store.applyRuns(batches);
  } catch {
    const applied: (Applied | undefined)[] = [];
    for (const batch of batches) {
      try {
        applied.push(await store.applyRun(batch));
      } catch (error) {
        applied.push(undefined);
        report({ type: "problem", message: `run ${batch.runId} is left out of the index: ${toError(error).message}` });
      }
    }
    return applied;
  }
}

/** A run whose snapshot holds records that a later segment made void. */
async function foldAgain(
  disk: Disk,
  store: SqlStore,
  home: string,
  runId: string,
  targets: readonly Target[],
): Promise<void> {
  await store.deleteRun(runId);
  const target = targets.find(({ run_id }) => run_id === runId);
  const upTo = target !== undefined && "segment" in target ? target : undefined;
  for (const batch of readFolder(disk, home, runId, undefined, upTo, () => undefined)) await store.applyRun(batch);
}

function readFolder(
  disk: Disk,
  home: string,
  runId: string,
  from: FoldedOffset | undefined,
  upTo: FoldedOffset | undefined,
  report: Report,
): Generator<RunBatch> {
  return readRunFrom(disk, runId, homePaths.run(home, runId), from, upTo, ({ message }) =>
    report({ type: "problem", message }),
  );
}
