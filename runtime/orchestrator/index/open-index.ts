import { readdirSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { realDisk } from "../../journal/disk.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { emptyTrash, forgetTrashed } from "./retention.ts";
import { isStaleSnapshot, readSnapshotFile } from "./snapshot-file.ts";
import type { SnapshotReport, SnapshotTask } from "./snapshot-protocol.ts";
import { schemaVersion } from "./sql/schema.ts";
import { createSqlStore } from "./sql-store.ts";
import type { FoldedOffset, IndexStore } from "./store.ts";

export interface IndexOptions {
  /** What is worth a line in the log: that the index is rebuilt and why, journals that can't be read. */
  readonly log?: (message: string) => void;
  /** Runs read so far while rebuilding, of how many. */
  readonly progress?: (done: number, total: number) => void;
  /** The worker's file; beside the bundle when not given. */
  readonly worker?: string;
}

/** The serving index of a home, and how it is made to last. */
export interface OpenIndex {
  readonly store: IndexStore;
  /**
   * Writes a snapshot of what the store holds now, in a worker thread. Resolves when it is on the disk, with the runs
   * that it has got beyond the snapshot before: a run of those that had ended at the call needs no entry in live/ any
   * more. One at a time: while one is being made, all calls share the next.
   */
  snapshot(): Promise<readonly FoldedOffset[]>;
  /** Whether anything changed since the last snapshot. */
  hasChanged(): Promise<boolean>;
  /** Waits for a snapshot under way, then lets go of the memory. */
  close(): Promise<void>;
}

/**
 * Opens the index: from the snapshot, or rebuilt from runs/ where there is none that is whole and of this schema. The
 * caller then folds the runs in live/ on top. Only the owner of the home may call this.
 */
export async function openIndex(home: string, options: IndexOptions = {}): Promise<OpenIndex> {
  const log = options.log ?? (() => undefined);
  const file = homePaths.snapshot(home, schemaVersion);
  const serving = await firstStore(home, file, options);
  removeStale(home);
  let since = (await serving.changesSince(0)).change;
  let onTop = realDisk.exists(file);
  await forgetTrashed(realDisk, home, serving);
  let underWay: Promise<readonly FoldedOffset[]> | undefined;
  let next: Promise<readonly FoldedOffset[]> | undefined;
  /** Runs that a snapshot did not get whole; asked for again with the next. */
  const owed = new Set<string>();

  const takeSnapshot = async (): Promise<readonly FoldedOffset[]> => {
    const changes = await serving.changesSince(onTop ? since : 0);
    const named = new Set(changes.folded.map(({ run_id }) => run_id));
    const again = await Promise.all([...owed].filter((id) => !named.has(id)).map((id) => serving.folded(id)));
    const task: SnapshotTask = {
      type: "snapshot",
      home,
      onTop,
      folded: [...changes.folded, ...again.filter((folded) => folded !== undefined)],
      deleted: changes.deleted,
      system: await serving.systemState(),
      lastSeq: await serving.lastSeq(),
    };
    const end = await runWorker(task, options);
    if (end.type === "need-all") {
      log(`the snapshot is made anew from all journals: ${file}: ${end.reason}`);
      onTop = false;
      return takeSnapshot();
    }
    since = changes.change;
    onTop = true;
    await emptyTrash(home, changes.deleted);
    owed.clear();
    for (const runId of end.incomplete) owed.add(runId);
    return task.folded.filter(({ run_id }) => !owed.has(run_id));
  };

  const begin = (): Promise<readonly FoldedOffset[]> => {
    underWay = takeSnapshot().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  return {
    store: serving,
    snapshot() {
      if (underWay === undefined && next === undefined) return begin();
      next ??= (underWay ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return begin();
        });
      return next;
    },
    hasChanged: async () => (await serving.changesSince(since)).change > since,
    async close() {
      await (next ?? underWay)?.catch(() => undefined);
      await serving.close();
    },
  };
}

/**
 * Makes the home's snapshot anew from all journals (`db rebuild`), in a worker thread. Resolves with the number of
 * runs. Only the owner of the home may call this, or somebody who knows that there is none.
 */
export async function rebuildIndex(home: string, options: IndexOptions = {}): Promise<number> {
  const end = await runWorker({ type: "rebuild", home }, options);
  return end.type === "done" ? end.runs : 0;
}

async function firstStore(home: string, file: string, options: IndexOptions): Promise<IndexStore> {
  const found = await loadStore(file);
  if (typeof found !== "string") return found;
  if (isNew(home)) return createSqlStore();
  options.log?.(`the index is rebuilt from the journals: ${file}: ${found}`);
  await rebuildIndex(home, options);
  const made = await loadStore(file);
  if (typeof made === "string") throw new MillraceError("internal", `${file}: ${made}, although it was just made`);
  return made;
}

/** The store in a snapshot's file, or why there is none. */
async function loadStore(file: string): Promise<IndexStore | string> {
  const snapshot = readSnapshotFile(realDisk, file);
  if (snapshot.bytes === undefined) return snapshot.reason;
  try {
    const store = await createSqlStore(snapshot.bytes);
    await store.warmUp();
    return store;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function runWorker(
  task: SnapshotTask,
  { log, progress, worker }: IndexOptions,
): Promise<SnapshotReport & { readonly type: "done" | "need-all" }> {
  return new Promise((resolve, reject) => {
    let end: (SnapshotReport & { readonly type: "done" | "need-all" }) | undefined;
    const thread = new Worker(worker ?? workerFile(), { workerData: task, name: "millrace snapshot" });
    thread.on("message", (report: SnapshotReport) => {
      if (report.type === "progress") progress?.(report.done, report.total);
      else if (report.type === "problem") log?.(report.message);
      else end = report;
    });
    thread.on("error", reject);
    thread.on("exit", (code) => {
      if (end !== undefined) resolve(end);
      else reject(new MillraceError("internal", `the snapshot worker ended with code ${code} and no result`));
    });
  });
}

function workerFile(): string {
  if (typeof __dirname === "string") return path.join(__dirname, "snapshot.cjs");
  throw new Error("the sources are not bundled: say where the snapshot worker is (IndexOptions.worker)");
}

/** No run has ever been here. */
function isNew(home: string): boolean {
  return !realDisk.exists(homePaths.runs(home)) || realDisk.list(homePaths.runs(home)).length === 0;
}

/** Snapshots of other schemas and what killed workers left. */
function removeStale(home: string): void {
  for (const name of readdirSync(home)) {
    if (isStaleSnapshot(name, schemaVersion)) realDisk.remove(path.join(home, name));
  }
}
