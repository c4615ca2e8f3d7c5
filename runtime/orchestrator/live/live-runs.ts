/**
 * All live runs of the home: found in live/, followed until their process is gone, then settled - read to the end and,
 * where the runner could not say how it ended, given a verdict.
 */
import { statSync } from "node:fs";
import { listLiveRuns, readLiveEntry, removeLiveEntry } from "../../journal/live.ts";
import { homePaths, runPaths } from "../../protocol/home.ts";
import { isId } from "../../protocol/ids.ts";
import type { LiveEntry } from "../../protocol/live.ts";
import { isTerminal, waitsToGoOn } from "../../protocol/states.ts";
import { isOfThisSystem } from "../../system/process-identity.ts";
import type { Core } from "../core.ts";
import { type Announced, createFolding, type Folding } from "./folding.ts";
import { watchLive } from "./live-entries.ts";
import { readLogs } from "./logs.ts";
import { type Ending, type Supervision, supervise } from "./supervision.ts";
import { createThrottle, type Throttle } from "./throttle.ts";
import { passVerdict } from "./verdict.ts";

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly reason?: string;
}

export interface LiveRunsOptions {
  readonly core: Core;
  /** How a runner that our own worker started ended; undefined for others, or when it is not known in time. */
  readonly exitOf: (runId: string) => Promise<ProcessExit | undefined>;
  /** Whether a process is gone of which the system cannot tell from here. */
  readonly isGone?: (runId: string) => boolean;
  readonly killElsewhere?: (runId: string) => Promise<void> | undefined;
  /** So much of the run's journal is on the disk, and folded. */
  readonly onDurable?: (runId: string, announced: Announced) => void;
  /** The run's first record is in the index. */
  readonly onBegun: (runId: string) => void;
  /** The run says that it holds these slots. */
  readonly onSlot: (runId: string, holder: string, names: readonly string[]) => void;
  /** The run's process is gone and its last word is in the index. */
  readonly onSettled: (runId: string) => void;
}

export interface LiveRuns {
  readonly folding: Folding;
  /** Runs whose process lives, as far as known. */
  readonly count: () => number;
  readonly has: (runId: string) => boolean;
  supervision(runId: string): Supervision | undefined;
  /** Looks at live/ now; with an id, only for that run. */
  look(runId?: string): void;
  /** Resolves when every run found so far was folded at least once, or the time (milliseconds) is over. */
  caughtUp(within: number): Promise<void>;
  /** Takes away the entries of runs that have settled; to be called when the index is safely on the disk. */
  forget(runIds: readonly string[]): void;
  /** Runs whose entry may be taken away after the next snapshot. */
  settled(): readonly string[];
  close(): Promise<void>;
}

/** How often the files of a run under a debugger are looked at; milliseconds. */
const debuggedEvery = 300;

interface Followed {
  readonly supervision: Supervision;
  readonly logs: Throttle<number>;
  logOffset: number;
  begun: boolean;
}

export function createLiveRuns(options: LiveRunsOptions): LiveRuns {
  const { core, exitOf, onBegun, onSlot, onSettled } = options;
  const { disk, home, store, events, log } = core;
  const folding = createFolding(core);
  const followed = new Map<string, Followed>();
  const settled = new Set<string>();
  const settling = new Map<string, Promise<void>>();
  const lastEntries = new Map<string, LiveEntry>();
  /** What the files of settled runs were when they were read: thousands may wait for a snapshot. */
  const stamps = new Map<string, string>();
  let starting = true;

  const begin = (runId: string): void => {
    const run = followed.get(runId);
    if (run === undefined || run.begun) return;
    run.begun = true;
    onBegun(runId);
  };

  const passLogs = async (runId: string, upTo: number): Promise<void> => {
    const run = followed.get(runId);
    if (run === undefined) return;
    // The middle was cut out of a log that outgrew its limit: what is new stands at the end.
    if (upTo < run.logOffset) run.logOffset = upTo;
    const file = runPaths.logs(homePaths.run(home, runId));
    while (run.logOffset < upTo) {
      const { lines, next } = await readLogs(file, run.logOffset);
      if (next === run.logOffset) break;
      run.logOffset = next;
      if (lines.length > 0)
        events.publish({ type: "logs", flow_run_id: runId, logs: lines.map(({ log: line }) => line), next });
    }
  };

  function follow(runId: string, entry: LiveEntry): void {
    const supervision = supervise({
      entry,
      isGone: () => options.isGone?.(runId) === true,
      killElsewhere: () => options.killElsewhere?.(runId),
      async fold(announced) {
        await folding.fold(runId, announced);
        options.onDurable?.(runId, announced);
        begin(runId);
      },
      onLog: (offset) => followed.get(runId)?.logs.push(offset),
      onSlot: (holder, names) => onSlot(runId, holder, names),
      onGone: (ending) => settle(runId, entry, ending),
      report: log.error,
    });
    const logs = createThrottle<number>(50, (upTo) =>
      passLogs(runId, upTo).catch((thrown: unknown) => log.error(`logs of run ${runId}`, thrown)),
    );
    // Of runs that were there before us, what they have logged so far is read by whoever wants it, not announced again.
    const logOffset = starting ? sizeOf(runPaths.logs(homePaths.run(home, runId))) : 0;
    followed.set(runId, { supervision, logs, logOffset, begun: false });
    if (entry.debugging === true) followDebugged(runId, supervision);
    if (isOfThisSystem(entry.writer)) return;
    // Its runner may be out of reach for good: what stands in the journal can be made durable and shown all the same.
    folding
      .fold(runId)
      .then(() => begin(runId))
      .catch((thrown: unknown) => log.error(`folding run ${runId}`, thrown));
  }

  /** At a breakpoint the runner says nothing: what it has written until then is looked for. */
  function followDebugged(runId: string, supervision: Supervision): void {
    const timer = setInterval(() => {
      const run = followed.get(runId);
      if (run?.supervision !== supervision || supervision.gone) return clearInterval(timer);
      run.logs.push(sizeOf(runPaths.logs(homePaths.run(home, runId))));
      folding
        .fold(runId)
        .then(() => begin(runId))
        .catch((thrown: unknown) => log.error(`folding run ${runId}`, thrown));
    }, debuggedEvery);
    timer.unref();
  }

  function settle(runId: string, entry: LiveEntry, ending: Ending | undefined): void {
    const done = finish(runId, entry, ending)
      .catch((thrown: unknown) => log.error(`settling run ${runId}`, thrown))
      .then(() => {
        begin(runId);
        followed.get(runId)?.logs.stop();
        followed.delete(runId);
        settling.delete(runId);
        settled.add(runId);
        onSettled(runId);
        // A resume may have registered the run anew while we were busy with its end.
        look(runId);
      });
    settling.set(runId, done);
  }

  async function finish(runId: string, entry: LiveEntry, ending: Ending | undefined): Promise<void> {
    // A removal that was cut short between the run and its entry.
    if (!disk.exists(homePaths.run(home, runId))) return removeLiveEntry(disk, home, runId);
    await folding.fold(runId);
    await passLogs(runId, Number.MAX_SAFE_INTEGER);
    const run = await store.flowRun(runId);
    if (run === undefined || isTerminal(run.state_type) || run.state_name === "Suspended") return;
    // The entry is an old one's: since then it was said that somebody is to go on with the run.
    if (waitsToGoOn(run.state.state_details)) return;
    const exit = await exitOf(runId);
    await passVerdict(core, entry, ending, exit, options.isGone?.(runId) === true);
    // Also when the verdict was not ours: the run's keeper may have been quicker.
    await folding.fold(runId);
  }

  const look = (changed?: string): void => {
    // Names of temporary files are none of ours: each becomes an entry, which is told too.
    if (changed !== undefined && !isId(changed)) return;
    for (const runId of changed === undefined ? listLiveRuns(disk, home) : [changed]) {
      if (settling.has(runId)) continue;
      const known = followed.get(runId);
      const isFollowed = known !== undefined && !known.supervision.gone;
      if (isFollowed && isOfThisSystem(known.supervision.entry.writer)) continue;
      const stamp = stampOf(homePaths.liveRun(home, runId));
      if (settled.has(runId) && stamp !== undefined && stamp === stamps.get(runId)) continue;
      const entry = readLiveEntry(disk, home, runId);
      if (entry === undefined) continue;
      if (stamp !== undefined) stamps.set(runId, stamp);
      if (isFollowed) {
        // One that cannot be judged from here is followed for ever, unless somebody goes on with its run by force.
        if (sameEntry(entry, lastEntries.get(runId))) continue;
        known.supervision.release();
        known.logs.stop();
      }
      if (known === undefined && settled.has(runId) && sameEntry(entry, lastEntries.get(runId))) continue;
      lastEntries.set(runId, entry);
      settled.delete(runId);
      follow(runId, entry);
    }
  };
  const unwatch = watchLive(home, look);
  look();
  starting = false;

  return {
    folding,
    count: () => followed.size,
    has: (runId) => followed.has(runId),
    supervision: (runId) => followed.get(runId)?.supervision,
    look,
    async caughtUp(within) {
      const found = [...followed.keys()];
      const deadline = performance.now() + within;
      while (performance.now() < deadline && found.some((runId) => followed.get(runId)?.begun === false)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    settled: () => [...settled],
    forget(runIds) {
      for (const runId of runIds) {
        if (!settled.has(runId)) continue;
        const entry = readLiveEntry(disk, home, runId);
        // Whoever resumed the run meanwhile has written an entry of its own.
        if (entry !== undefined && !sameEntry(entry, lastEntries.get(runId))) continue;
        removeLiveEntry(disk, home, runId);
        settled.delete(runId);
        lastEntries.delete(runId);
        stamps.delete(runId);
      }
    },
    async close() {
      unwatch();
      await Promise.all(settling.values());
      for (const { supervision, logs } of followed.values()) {
        supervision.release();
        logs.stop();
      }
    },
  };
}

function sameEntry(entry: LiveEntry, other: LiveEntry | undefined): boolean {
  return entry.token === other?.token && entry.writer.pid === other.writer.pid && entry.started === other.started;
}

/** Another one for each file that was ever moved to this name. Undefined when there is none. */
function stampOf(file: string): string | undefined {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return undefined;
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
