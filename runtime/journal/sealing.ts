/**
 * Going on with a run that somebody else wrote: resume, retry, and the verdict over a runner that died. All of them
 * first create segment n+1 - from then on the writer of n acknowledges nothing more - and only then read how far n
 * goes. The first line of n+1 records that length.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type ErrorRecord, MillraceError } from "../protocol/errors.ts";
import { runPaths } from "../protocol/home.ts";
import { timeOf } from "../protocol/record-time.ts";
import type { JournalRecord, WriterIdentity } from "../protocol/records.ts";
import { isTerminal, type State, waitsToGoOn } from "../protocol/states.ts";
import { type ProcessState, processState } from "../system/process-identity.ts";
import { type FoundSegment, isJournalRecord, listSegments, syncFile, walkRunInTurns } from "./reading.ts";
import { scanLines } from "./scan.ts";
import { claimSegment, writeSegment } from "./segments.ts";
import type { Disk, JournalWriter, RunContents, SegmentOptions } from "./types.ts";

export interface ContinueOptions extends SegmentOptions {
  /** The last segment that the caller has seen: a later one means that somebody was quicker. */
  readonly after?: number;
  /** The caller knows that the last writer is gone (it saw it exit, or a user insists): no look at its process. */
  readonly writerIsGone?: boolean;
  /** A user says that a writer is gone that cannot be judged from here. */
  readonly force?: boolean;
  /** Called with each record that counts, in order, after the journal was sealed: what was read is what was sealed. */
  readonly visit?: (record: JournalRecord, segment: number, seq: number) => void;
  readonly processState?: (identity: WriterIdentity) => ProcessState;
  /** Leaves the segments up to this one to somebody who may bring them yet. */
  readonly leaves?: number;
  /** How long a segment without a first line may be somebody's that is just beginning, in milliseconds. */
  readonly beginningMs?: number;
}

export interface Continued {
  readonly journal: JournalWriter;
  readonly contents: Omit<RunContents, "records">;
}

/**
 * Takes a run over from its last writer. Resolves when the new segment's first line is durable.
 * @throws MillraceError "conflict" when the run is still being executed, or somebody else took it over first;
 * "not-found" when there is no run in the folder; "home-newer" when a newer Millrace wrote it.
 */
export async function sealAndContinue(disk: Disk, folder: string, options: ContinueOptions): Promise<Continued> {
  const found = await settledSegments(disk, folder, options.beginningMs ?? 1000);
  const last = found.at(-1);
  const runId = found.find((each) => each.header !== undefined)?.header?.run_id;
  if (last === undefined || runId === undefined) {
    await refuseDamaged(disk, folder, found);
    throw new MillraceError("not-found", `${folder} has no journal that begins: there is no run there to go on with`);
  }
  if (options.after !== undefined && last.segment > options.after) throw takenOver(runId, last);
  if (options.writerIsGone !== true) await refuseWhileExecuted(disk, folder, runId, found, options);

  const segment = Math.max(last.segment, options.leaves ?? 0) + 1;
  const file = claimSegment(disk, folder, runId, segment);
  let contents: Continued["contents"];
  let journal: JournalWriter;
  try {
    let at = 0;
    contents = await walkRunInTurns(disk, folder, (record, segmentOfIt, seq) => {
      // The header of a verdict is of somebody who only looked.
      if (record.kind !== "segment") at = Math.max(at, timeOf(record) ?? 0);
      options.visit?.(record, segmentOfIt, seq);
    });
    const sealed = contents.segments.findLast((each) => each.length > 0);
    if (sealed !== undefined) await syncFile(disk, runPaths.journal(folder, sealed.segment));
    const seals = sealed && { segment: sealed.segment, length: sealed.length, ...(at > 0 ? { at } : {}) };
    journal = writeSegment(disk, folder, runId, segment, file, options, seals && { seals });
  } catch (error) {
    // The segment stays, without a first line: it seals nothing, and the next who goes on passes over it.
    file.close();
    throw error;
  }
  try {
    await journal.flush();
    return { journal, contents };
  } catch (error) {
    await journal.close().catch(() => undefined);
    if (!(error instanceof MillraceError && error.code === "journal-lost")) throw error;
    throw new MillraceError("conflict", `run ${runId} was taken over by another process at the same time`, {
      cause: error,
    });
  }
}

/**
 * The segments, after waiting for a last one without a first line: its creator is about to write it, or died in that
 * moment and it stays empty.
 */
async function settledSegments(disk: Disk, folder: string, beginningMs: number): Promise<FoundSegment[]> {
  for (const deadline = performance.now() + beginningMs; ; await wait(20)) {
    const found = listSegments(disk, folder);
    const last = found.at(-1);
    if (last === undefined || last.header !== undefined || performance.now() >= deadline) return found;
  }
}

/** Records without a first line that says whose they are: that is no run that did not come to begin. */
async function refuseDamaged(disk: Disk, folder: string, found: readonly FoundSegment[]): Promise<void> {
  if (found.length === 0) return;
  const { problems } = await walkRunInTurns(disk, folder, () => undefined);
  const [problem] = problems;
  if (problem !== undefined) throw new MillraceError("journal-corrupt", `${problem.message}: this run cannot go on`);
}

async function refuseWhileExecuted(
  disk: Disk,
  folder: string,
  runId: string,
  found: readonly FoundSegment[],
  options: ContinueOptions,
): Promise<void> {
  const last = found.findLast((each) => each.header !== undefined);
  if (last?.header === undefined) return;
  const { writer } = last.header;
  const state = (options.processState ?? processState)(writer);
  if (state === "dead" || (await hasEnded(disk, folder))) return;
  if (state === "alive") throw takenOver(runId, last);
  if (options.force === true) return;
  throw new MillraceError(
    "conflict",
    `run ${runId} was last executed by process ${writer.pid} on ${writer.host}, and whether that still runs cannot be told from here: ` +
      "look there, and use --force when it is gone",
  );
}

function takenOver(runId: string, { segment, header }: FoundSegment): MillraceError {
  const by = header === undefined ? "another process" : `process ${header.writer.pid} on ${header.writer.host}`;
  return new MillraceError(
    "conflict",
    `run ${runId} is being executed by ${by} (journal segment ${segment}): wait for its end or cancel it first`,
  );
}

/** Whether the root flow run reached a state in which no process executes it. */
async function hasEnded(disk: Disk, folder: string): Promise<boolean> {
  const open = openRuns();
  await walkRunInTurns(disk, folder, open.visit);
  return open.rootState() === undefined ? false : restsIn(open.rootState());
}

function restsIn(state: State | undefined): boolean {
  if (state === undefined) return false;
  // A flow's own retry waits in its process; these wait for the orchestrator, or for a worker.
  return isTerminal(state.type) || state.name === "Suspended" || waitsToGoOn(state.details);
}

export interface VerdictOptions extends Omit<ContinueOptions, "reason" | "visit"> {
  /** CRASHED, or CANCELLED for a run that was killed because it had to stop. */
  readonly state: State;
  /** Says what became of the tasks that had not ended; the run's message by default. */
  readonly taskMessage?: string;
  /** What is known better of single task runs: the one that ran past its time, say. By id. */
  readonly taskStates?: ReadonlyMap<string, State>;
  /** What the run failed with. */
  readonly error?: ErrorRecord;
  /** The caller has read the journal after the process was gone, and the run had not ended: that spares a walk. */
  readonly wasOpen?: boolean;
}

/**
 * Writes down how a run ended whose runner died: the state of the run, of its open subflow runs and of the tasks that
 * had not ended. Resolves with false, and writes no state, when the run had come to its end by itself.
 */
export async function writeVerdict(disk: Disk, folder: string, options: VerdictOptions): Promise<boolean> {
  if (options.wasOpen !== true && (await hasEnded(disk, folder))) return false;
  return endSegment(disk, folder, { ...options, reason: "verdict" });
}

/**
 * Writes another state over a run that rests and that nobody executes: what crashed waits to be started again, what
 * waits is cancelled. @throws MillraceError "conflict" when somebody has taken it over.
 */
export async function writeRestingState(
  disk: Disk,
  folder: string,
  { state, error, ...options }: Omit<ContinueOptions, "reason"> & Pick<VerdictOptions, "state" | "error">,
): Promise<void> {
  const open = openRuns();
  const { journal } = await sealAndContinue(disk, folder, { ...options, reason: "verdict", visit: open.visit });
  const id = open.rootId();
  if (id !== undefined && restsIn(open.rootState())) {
    journal.append({ kind: "flow-run-state", id, state, ...(error === undefined ? {} : { error }) });
  }
  await journal.close();
}

/** Closes an imported run: the processes that executed it are of another place, and what was open there has ended here. */
export async function closeImported(disk: Disk, folder: string, options: VerdictOptions): Promise<boolean> {
  return endSegment(disk, folder, { ...options, reason: "import", writerIsGone: true });
}

async function endSegment(
  disk: Disk,
  folder: string,
  options: VerdictOptions & Pick<ContinueOptions, "reason">,
): Promise<boolean> {
  const open = openRuns();
  const { journal } = await sealAndContinue(disk, folder, { ...options, visit: open.visit });
  const { state } = options;
  const taskState: State = options.taskMessage === undefined ? state : { ...state, message: options.taskMessage };
  const root = open.rootId();
  const ended = restsIn(open.rootState());
  if (!ended && root !== undefined) {
    for (const id of open.tasks) {
      journal.append({ kind: "task-run-state", id, state: options.taskStates?.get(id) ?? taskState });
    }
    for (const id of open.subflows) journal.append({ kind: "flow-run-state", id, state });
    const { error } = options;
    journal.append({ kind: "flow-run-state", id: root, state, ...(error === undefined ? {} : { error }) });
  }
  await journal.close();
  return !ended;
}

/** Follows which runs have not ended, in memory that grows with those only. */
function openRuns() {
  const tasks = new Set<string>();
  const subflows = new Set<string>();
  let root: string | undefined;
  let rootState: State | undefined;
  return {
    tasks,
    subflows,
    rootId: () => root,
    rootState: () => rootState,
    visit(record: JournalRecord) {
      if (record.kind === "flow-run") {
        root ??= record.id;
        if (record.id !== root) subflows.add(record.id);
      } else if (record.kind === "flow-run-state") {
        if (record.id === root) rootState = record.state;
        else if (isTerminal(record.state.type)) subflows.delete(record.id);
        else subflows.add(record.id);
      } else if (record.kind === "task-run" || record.kind === "task-run-state") {
        if (isTerminal(record.state.type)) tasks.delete(record.id);
        else tasks.add(record.id);
      }
    },
  };
}

/**
 * A worker that was called lost has brought the rest of its journal: segment `shipped` counts after all, as far as it
 * goes, and the verdict behind it is void. Resolves with false, and writes nothing, when what was brought has no end.
 */
export async function acceptShipped(
  disk: Disk,
  folder: string,
  { shipped, writer }: { readonly shipped: number; readonly writer: WriterIdentity },
): Promise<boolean> {
  const open = openRuns();
  const file = runPaths.journal(folder, shipped);
  const { end } = scanLines(disk, file, (record) => {
    if (isJournalRecord(record)) open.visit(record);
  });
  if (!restsIn(open.rootState())) return false;
  const found = listSegments(disk, folder);
  const runId = found.find((each) => each.header !== undefined)?.header?.run_id ?? "";
  const segment = (found.at(-1)?.segment ?? shipped) + 1;
  const claimed = claimSegment(disk, folder, runId, segment);
  const seals = { segment: shipped, length: end };
  const journal = writeSegment(disk, folder, runId, segment, claimed, { reason: "shipped", writer }, { seals });
  await journal.close();
  return true;
}
