/**
 * What a list shows of a root run, from the ends of its journal: the beginning says which flow runs and since when,
 * the end what became of it. What lies between (the tasks) is not read, or only searched for a state of the run.
 */
import { parseLine } from "../../journal/lines.ts";
import { countedLengths, type FoundSegment, listSegments } from "../../journal/reading.ts";
import { scanLines } from "../../journal/scan.ts";
import type { Disk } from "../../journal/types.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { foldRun } from "../../protocol/fold/index.ts";
import { runPaths } from "../../protocol/home.ts";
import { timeOf } from "../../protocol/record-time.ts";
import type { JournalRecord, PositionedRecord, WriterIdentity } from "../../protocol/records.ts";
import { type ProcessState, processState } from "../../system/process-identity.ts";
import { lastStateBefore } from "./last-state.ts";
import { goneRecord, restsIn } from "./verdict.ts";

/** What needs the whole journal is missing when only its ends were read. */
type FromAllTasks = "task_run_counts" | "run_count" | "total_run_time" | "state";
export type RunSummary = Omit<FlowRun, FromAllTasks> & Partial<Pick<FlowRun, FromAllTasks>>;

export interface SummaryOptions {
  /** Bytes read of either end of a segment at first; the end grows when its last batch is longer. */
  readonly piece?: number;
  /** Journals up to this many bytes are read whole at no cost worth saving. */
  readonly smallUpTo?: number;
  readonly processState?: (identity: WriterIdentity) => ProcessState;
}

/** Undefined when only reading the whole journal can tell: it is small, damaged, or of another shape than expected. */
export function summarizeRun(
  disk: Disk,
  folder: string,
  id: string,
  options: SummaryOptions = {},
): RunSummary | undefined {
  const first = look(disk, folder, id, options);
  // As in openRun: what is read after the process was seen gone is all that it wrote.
  return (first?.gone ? look(disk, folder, id, options) : first)?.summary;
}

interface Look {
  readonly summary: RunSummary;
  /** The process went without having ended the run, as far as was read. */
  readonly gone: boolean;
}

function look(disk: Disk, folder: string, id: string, options: SummaryOptions): Look | undefined {
  const piece = options.piece ?? 1 << 16;
  const segments = countedSegments(disk, folder);
  if (segments === undefined) return undefined;
  if (segments.reduce((sum, { length }) => sum + length, 0) <= (options.smallUpTo ?? 4 * piece)) return undefined;

  const records: PositionedRecord[] = [];
  const heads = segments.map((segment, index) => readHead(disk, segment, id, piece, index === 0));
  for (const head of heads) {
    if (head === undefined) return undefined;
    records.push(...head.records);
  }
  const end = readEnd(disk, segments, id, piece);
  if (end === undefined) return undefined;
  if (end.state !== undefined) records.push(end.state);
  records.sort(byPosition);

  const { flowRun } = foldRun(id, records);
  if (flowRun === undefined) return undefined;
  const last = segments.at(-1)?.header;
  const state = last === undefined || restsIn(flowRun) ? "alive" : (options.processState ?? processState)(last.writer);
  if (last === undefined || state !== "dead") return { summary: summaryOf(flowRun), gone: false };
  const crashed = foldRun(id, [...records, goneRecord(id, end.at, "", last)]).flowRun;
  return crashed && { summary: summaryOf(crashed), gone: true };
}

function summaryOf(flowRun: FlowRun): RunSummary {
  const { task_run_counts: _counts, run_count: _runs, total_run_time: _time, state: _state, ...summary } = flowRun;
  return summary;
}

interface CountedSegment {
  readonly segment: number;
  readonly file: string;
  readonly header: NonNullable<FoundSegment["header"]>;
  /** Bytes that may count. */
  readonly length: number;
}

/** Undefined when one of them is missing, torn in its first line, shorter than it was, or written without syncs. */
function countedSegments(disk: Disk, folder: string): CountedSegment[] | undefined {
  const found = listSegments(disk, folder);
  const limits = countedLengths(found);
  if ([...limits].some(([segment, length]) => length > 0 && !found.some((each) => each.segment === segment)))
    return undefined;
  const counted: CountedSegment[] = [];
  for (const { segment, header } of found) {
    const limit = limits.get(segment);
    if (limit === 0) continue;
    const file = runPaths.journal(folder, segment);
    const size = disk.size(file);
    if (header === undefined || header.durability === "process" || (limit ?? 0) > size) return undefined;
    counted.push({ segment, file, header, length: limit ?? size });
  }
  return counted.length === 0 ? undefined : counted;
}

/** The run's own records at the beginning of a segment, or undefined when they are not all there. */
function readHead(
  disk: Disk,
  { segment, file, length, header }: CountedSegment,
  id: string,
  piece: number,
  first: boolean,
) {
  const records: PositionedRecord[] = [];
  let entered = false;
  let runs = false;
  const visit = (record: object, seq: number): void => {
    if (!isRecord(record)) return;
    if (record.kind === "segment") records.push({ position: { segment, seq }, record });
    else if (isOfRun(record, id)) {
      records.push({ position: { segment, seq }, record });
      entered ||= record.kind === "flow-run";
      runs ||= record.kind === "flow-run-state" && record.state.type === "RUNNING";
    }
  };
  const { bad, torn } = scanLines(disk, file, visit, { upTo: Math.min(length, piece) });
  if (bad.length > 0 || (torn > 0 && length <= piece)) return undefined;
  if (length > piece && ((first && !(entered && runs)) || (header.reason !== "verdict" && !entered))) return undefined;
  return { records };
}

interface End {
  readonly state: PositionedRecord | undefined;
  /** The last moment that the journal tells of, in milliseconds since the epoch. */
  readonly at: number;
}

/** The run's last state and the journal's last moment. */
function readEnd(disk: Disk, segments: readonly CountedSegment[], id: string, piece: number): End | undefined {
  let at: number | undefined;
  for (const counted of segments.toReversed()) {
    const tail = readTail(disk, counted, id, piece);
    if (tail === undefined) return undefined;
    at ??= tail.at;
    const state = tail.state ?? lastStateBefore(disk, counted.file, counted.segment, tail.from, id);
    if (state !== undefined) return at === undefined ? undefined : { state, at };
  }
  return at === undefined ? undefined : { state: undefined, at };
}

/**
 * The lines at the end of a segment, at least its whole last batch: a damaged line before that is one that was on the
 * disk once and is passed over, one within it would end what counts.
 */
function readTail(disk: Disk, { segment, file, length }: CountedSegment, id: string, piece: number) {
  for (let size = piece; ; size *= 2) {
    const from = size >= length ? 0 : lineBehind(disk, file, length - size, length);
    let state: PositionedRecord | undefined;
    let at: number | undefined;
    let firstSeq: number | undefined;
    let line = from;
    let behind = from;
    const visit = (record: object, seq: number, end: number): void => {
      firstSeq ??= seq;
      line = behind;
      behind = end;
      if (!isRecord(record)) return;
      at = timeOf(record) ?? at;
      if (record.kind === "flow-run-state" && record.id === id) state = { position: { segment, seq }, record };
    };
    const { bad, torn } = scanLines(disk, file, visit, { from, upTo: length });
    if (bad.length > 0 || torn > 0) return undefined;
    if (from === 0) return { from, state, at };
    if (firstSeq !== undefined && batchOf(disk, file, line, behind) >= firstSeq) return { from, state, at };
  }
}

/** Where the first line begins that begins behind `at`, or `upTo` when none does. */
function lineBehind(disk: Disk, file: string, at: number, upTo: number): number {
  const newline = disk.readRange(file, at, upTo - at).indexOf(0x0a);
  return newline < 0 ? upTo : at + newline + 1;
}

function batchOf(disk: Disk, file: string, from: number, end: number): number {
  const line = Buffer.from(disk.readRange(file, from, end - from));
  return parseLine(line, 0, line.length - 1)?.batch ?? -1;
}

function isRecord(record: object): record is JournalRecord {
  return "kind" in record && typeof record.kind === "string";
}

function isOfRun(record: JournalRecord, id: string): boolean {
  return (record.kind === "flow-run" || record.kind === "flow-run-state") && record.id === id;
}

function byPosition({ position: left }: PositionedRecord, { position: right }: PositionedRecord): number {
  return left.segment - right.segment || left.seq - right.seq;
}
