/**
 * Brings runs' journals into the index and tells live clients what changed. Only bytes that are known to be on the
 * disk are read: those below what a runner announced, those a later segment sealed, and - after syncing them - those
 * of a writer that is dead.
 */
import { setImmediate as turn } from "node:timers/promises";
import { countedLengths, listSegments, readSegmentFrom, syncFile } from "../../journal/reading.ts";
import type { TaskRun } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths, runPaths } from "../../protocol/home.ts";
import type { PositionedRecord } from "../../protocol/records.ts";
import type { Core } from "../core.ts";
import type { Applied } from "../index/store.ts";

/** How far a live writer says it is durable. */
export interface Announced {
  readonly segment: number;
  readonly offset: number;
}

export interface Folding {
  /** Folds what is below `announced`; without it the writer is dead and everything is taken. Serial per run. */
  fold(runId: string, announced?: Announced): Promise<void>;
  /** Resolves when nothing is being folded for the run. */
  settled(runId: string): Promise<void>;
}

/** Bytes folded in one go; between two pieces other requests get their turn. */
const pieceBytes = 256 * 1024;

export function createFolding(core: Core): Folding {
  const { disk, home, store, log } = core;
  const queues = new Map<string, Promise<void>>();
  const reported = new Set<string>();

  async function foldNow(runId: string, announced: Announced | undefined): Promise<void> {
    const folder = homePaths.run(home, runId);
    for (let attempt = 0; attempt < 3; attempt++) {
      if ((await foldSegments(runId, folder, announced)) === "done") return;
      // A resume sealed a segment below what we had folded (its writer had announced more than the new one saw).
      await store.deleteRun(runId);
    }
  }

  async function foldSegments(runId: string, folder: string, announced: Announced | undefined) {
    const found = listSegments(disk, folder);
    const limits = countedLengths(found);
    const folded = await store.folded(runId);
    for (const { segment, header } of found) {
      if (segment < (folded?.segment ?? 0)) continue;
      if (announced !== undefined && segment > announced.segment) break;
      const file = runPaths.journal(folder, segment);
      const limit = limits.get(segment) ?? (segment === announced?.segment ? announced.offset : undefined);
      if (limit === undefined) await syncFile(disk, file);
      if ((await foldFile(runId, file, segment, limit, header?.durability === "process")) === "void") return "void";
    }
    return "done";
  }

  async function foldFile(runId: string, file: string, segment: number, limit: number | undefined, unsynced: boolean) {
    const before = await store.folded(runId);
    let offset = before?.segment === segment ? before.offset : 0;
    let lastSeq = before?.segment === segment ? before.seq : -1;
    for (;;) {
      const part = readSegmentFrom(disk, file, offset, limit, { lastSeq, maxBytes: pieceBytes, unsynced });
      for (const { message } of part.problems) {
        if (!reported.has(message)) log.error(`run ${runId}`, new MillraceError("journal-corrupt", message));
        reported.add(message);
      }
      if (part.offset === offset) return "done";
      const applied = await store.applyRun({
        runId,
        segment,
        fromOffset: offset,
        toOffset: part.offset,
        records: part.records,
      });
      if (applied.status === "void") return "void";
      if (applied.status === "applied") publish(core, applied, part.records);
      offset = part.offset;
      lastSeq = part.lastSeq;
      await turn();
    }
  }

  return {
    fold(runId, announced) {
      const previous = queues.get(runId) ?? Promise.resolve();
      const next = previous.then(() => foldNow(runId, announced));
      const quiet = next.catch(() => {});
      queues.set(runId, quiet);
      void quiet.then(() => {
        if (queues.get(runId) === quiet) queues.delete(runId);
      });
      return next;
    },
    settled: (runId) => queues.get(runId) ?? Promise.resolve(),
  };
}

function publish({ events }: Core, applied: Applied, records: readonly PositionedRecord[]): void {
  for (const [flowRunId, taskRuns] of Map.groupBy(applied.taskRuns(), (run: TaskRun) => run.flow_run_id)) {
    events.publish({ type: "task-runs", flow_run_id: flowRunId, task_runs: taskRuns });
  }
  for (const { record } of records)
    if (record.kind === "artifact") events.publish({ type: "artifact", artifact: record });
  // The run last: whoever hears that it has ended has heard of its tasks by then.
  for (const flowRun of applied.flowRuns()) events.publish({ type: "flow-run", flow_run: flowRun });
}
