/**
 * Which runs may go, and how they go. Only whole root runs that have ended go: a run's folder is renamed into trash/
 * in one step, so nobody ever sees half a run, and is deleted there.
 */
import { rm } from "node:fs/promises";
import path from "node:path";
import type { Disk } from "../../journal/types.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { homePaths } from "../../protocol/home.ts";
import { isId } from "../../protocol/ids.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { IndexStore } from "./store.ts";

export interface RetentionPolicy {
  /** Runs that ended longer ago than this many milliseconds may go. */
  readonly olderThan?: number;
  /** The newest runs of each flow stay, whatever their age. */
  readonly keep?: number;
}

/** What the choice needs to know of a run. */
export type RetainedRun = Pick<
  FlowRun,
  "id" | "flow_id" | "state_type" | "end_time" | "created" | "parent_flow_run_id"
>;

/**
 * The ids of the runs that a policy lets go, oldest first. Subflow runs, runs that have not ended and runs in `live`
 * (their end may not be in a snapshot yet, or somebody resumes them) never go. A policy without `olderThan` and
 * `keep` lets nothing go. `now` in milliseconds since the epoch.
 */
export function expiredRuns(
  runs: Iterable<RetainedRun>,
  policy: RetentionPolicy,
  live: ReadonlySet<string>,
  now: number,
): string[] {
  if (policy.olderThan === undefined && policy.keep === undefined) return [];
  const newestFirst = [...runs]
    .filter((run) => run.parent_flow_run_id === null)
    .sort((left, right) => (left.id < right.id ? 1 : -1));
  const newer = new Map<string, number>();
  const expired: string[] = [];
  for (const run of newestFirst) {
    const place = newer.get(run.flow_id) ?? 0;
    newer.set(run.flow_id, place + 1);
    const age = now - Date.parse(run.end_time ?? run.created);
    const old = policy.olderThan === undefined || age > policy.olderThan;
    if (old && place >= (policy.keep ?? 0) && isTerminal(run.state_type) && !live.has(run.id)) expired.push(run.id);
  }
  return expired.reverse();
}

/** All root runs that an index knows, for `expiredRuns`. */
export async function retainedRuns(store: IndexStore): Promise<RetainedRun[]> {
  const runs: RetainedRun[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await store.flowRuns({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    runs.push(...page.items);
    if (page.next_cursor === null) return runs;
    cursor = page.next_cursor;
  }
}

/**
 * Removes a run: from sight at once and for good, then from the index, then from the disk. Its empty folder stays in
 * trash/ until a snapshot without the run is on the disk, or a crash would bring the run back into the lists.
 */
export async function removeRun(disk: Disk, home: string, store: IndexStore, runId: string): Promise<void> {
  const trashed = path.join(homePaths.trash(home), runId);
  const folder = homePaths.run(home, runId);
  disk.makeFolder(homePaths.trash(home));
  if (disk.exists(folder)) {
    // An imported run may go for the second time.
    await deleteFolder(trashed);
    disk.rename(folder, trashed);
    await disk.syncFolder(path.dirname(folder));
  }
  await store.deleteRun(runId);
  if (!disk.exists(trashed)) return;
  for (const name of disk.list(trashed)) await deleteFolder(path.join(trashed, name));
}

/**
 * After a start: takes runs whose removal may be missing in the snapshot out of the index. A run that came back by
 * import is read anew from live/; without an entry there it came into a snapshot after its removal did.
 */
export async function forgetTrashed(disk: Disk, home: string, store: IndexStore): Promise<void> {
  const trash = homePaths.trash(home);
  if (!disk.exists(trash)) return;
  const settled: string[] = [];
  for (const name of disk.list(trash)) {
    const isBack = isId(name) && disk.exists(homePaths.run(home, name));
    if (isBack && !disk.exists(homePaths.liveRun(home, name))) settled.push(name);
    else if (!(await store.deleteRun(name)) || isBack) settled.push(name);
  }
  await emptyTrash(home, settled);
}

/** After a snapshot: deletes what is left of runs that are in no index any more. */
export async function emptyTrash(home: string, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) await deleteFolder(path.join(homePaths.trash(home), runId));
}

function deleteFolder(folder: string): Promise<void> {
  // A virus scanner or a viewer may hold a file open for a moment on Windows.
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
