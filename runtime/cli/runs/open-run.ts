/** A run as its files tell it: the same with and without an orchestrator, which reads the same files. */
import { realDisk } from "../../journal/disk.ts";
import { readLiveEntry } from "../../journal/live.ts";
import { readRun } from "../../journal/reading.ts";
import type { Disk, RunContents } from "../../journal/types.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { foldRun, type RunView } from "../../protocol/fold/index.ts";
import { homePaths } from "../../protocol/home.ts";
import type { LiveEntry } from "../../protocol/live.ts";
import { timeOf } from "../../protocol/record-time.ts";
import { processState } from "../../system/process-identity.ts";
import { goneRecord, restsIn } from "./verdict.ts";

export interface OpenedRun {
  readonly id: string;
  readonly folder: string;
  readonly contents: RunContents;
  readonly view: RunView;
  /** Undefined while the run's first record is not there. */
  readonly flowRun: FlowRun | undefined;
  readonly live: LiveEntry | undefined;
}

/** Undefined when the home has no such run. @throws MillraceError "home-newer" for a run of a newer Millrace. */
export function openRun(
  home: string,
  id: string,
  { disk = realDisk, judge = processState }: { readonly disk?: Disk; readonly judge?: typeof processState } = {},
): OpenedRun | undefined {
  const folder = homePaths.run(home, id);
  let contents = readContents(disk, folder);
  if (contents === undefined) return undefined;
  // A process may have written the end of its run and gone between our reading and our look at it. What is read after
  // it was seen gone is all that it wrote.
  if (isGone(foldRun(id, contents.records), contents, judge)) contents = readContents(disk, folder) ?? contents;
  const view = withVerdict(foldRun(id, contents.records), contents, judge);
  return { id, folder, contents, view, flowRun: view.flowRun, live: readLiveEntry(disk, home, id) };
}

function readContents(disk: Disk, folder: string): RunContents | undefined {
  try {
    return readRun(disk, folder);
  } catch (thrown) {
    if (thrown instanceof MillraceError && thrown.code === "not-found") return undefined;
    throw thrown;
  }
}

/**
 * A run whose process is gone has crashed - under a debugger it was stopped with it -, also while nobody has written that
 * down: told here without writing. Its tasks that were open ended with it.
 */
export function withVerdict(view: RunView, contents: RunContents, judge = processState): RunView {
  const { flowRun } = view;
  const last = lastHeader(contents);
  if (flowRun === undefined || last === undefined || !isGone(view, contents, judge)) return view;
  const at = lastTime(contents);
  const why = contents.segments.at(-1)?.failure;
  const message = `Its process (${last.writer.pid}) is gone without having ended the run${why === undefined ? "." : `: ${why}`}`;
  return foldRun(flowRun.id, [...contents.records, goneRecord(flowRun.id, at, message, last)]);
}

function isGone({ flowRun }: RunView, contents: RunContents, judge: typeof processState): boolean {
  const last = lastHeader(contents);
  return flowRun !== undefined && last !== undefined && !restsIn(flowRun) && judge(last.writer) === "dead";
}

function lastHeader(contents: RunContents) {
  return contents.segments.findLast((segment) => segment.header !== undefined)?.header;
}

/** Why a run whose journal is there has nothing to be shown, or undefined when it is only just beginning. */
export function damageOf({ contents, flowRun }: OpenedRun): MillraceError | undefined {
  const [problem] = flowRun === undefined ? contents.problems : [];
  if (problem === undefined) return undefined;
  return new MillraceError("journal-corrupt", `${problem.message}. Nothing of the run can be shown.`);
}

/** The last moment that the journal tells of, in milliseconds since the epoch. */
function lastTime(contents: RunContents): number {
  for (const { record } of contents.records.toReversed()) {
    const time = timeOf(record);
    if (time !== undefined) return time;
  }
  return Date.now();
}
