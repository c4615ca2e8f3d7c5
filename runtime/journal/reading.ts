/**
 * Reads a run's journal by the rules of sealing: the first line of a later segment says how much of an earlier one
 * counts; an empty or torn segment seals nothing.
 */
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { MillraceError } from "../protocol/errors.ts";
import { runPaths, segmentOf } from "../protocol/home.ts";
import { type JournalRecord, journalVersion, type PositionedRecord, type SegmentRecord } from "../protocol/records.ts";
import { isMissing } from "./disk.ts";
import { type Failure, failurePath, readFailure } from "./failure.ts";
import { parseLine } from "./lines.ts";
import { type LineVisitor, type ScanResult, scanLines } from "./scan.ts";
import type { Disk, JournalProblem, RunContents, SegmentContents } from "./types.ts";

/** All records that count, in memory. For large runs `walkRun` gives them one by one. */
export function readRun(disk: Disk, folder: string): RunContents {
  const records: PositionedRecord[] = [];
  const contents = walkRun(disk, folder, (record, segment, seq) => {
    records.push({ position: { segment, seq }, record });
  });
  return { ...contents, records };
}

type Visit = (record: JournalRecord, segment: number, seq: number) => void;
type Walked = Omit<RunContents, "records">;

/** The same, while the process does what else it has to do. */
export async function readRunInTurns(disk: Disk, folder: string): Promise<RunContents> {
  const records: PositionedRecord[] = [];
  const contents = await walkRunInTurns(disk, folder, (record, segment, seq) => {
    records.push({ position: { segment, seq }, record });
  });
  return { ...contents, records };
}

/**
 * Calls `visit` with each record that counts, in order (headers of segments too; kinds unknown here as they are).
 * @throws MillraceError "not-found" when the folder has no journal, "home-newer" when a newer Millrace wrote it.
 */
export function walkRun(disk: Disk, folder: string, visit: Visit): Walked {
  const steps = walkInSteps(disk, folder, visit, Number.POSITIVE_INFINITY);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Bytes read between two turns of others: some 10 ms. */
const stepBytes = 1 << 20;

/** As `walkRun`; between pieces the process does what else it has to do. */
export async function walkRunInTurns(disk: Disk, folder: string, visit: Visit): Promise<Walked> {
  const steps = walkInSteps(disk, folder, visit, stepBytes);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turn();
  }
}

function* walkInSteps(
  disk: Disk,
  folder: string,
  visit: Visit,
  bytesPerStep: number,
): Generator<undefined, Walked, undefined> {
  const found = listSegments(disk, folder);
  if (found.length === 0) {
    throw new MillraceError("not-found", `${folder} has no journal: there is no run there, or it was removed`);
  }
  const limits = countedLengths(found);
  const problems: JournalProblem[] = missingSegments(folder, found, limits);
  const segments: SegmentContents[] = [];
  for (const { segment, header, failure } of found) {
    const file = runPaths.journal(folder, segment);
    const limit = limits.get(segment);
    const take: LineVisitor = (record, seq) => {
      if (isJournalRecord(record)) visit(record, segment, seq);
    };
    const options = { ...(limit === undefined ? {} : { upTo: limit }), unsynced: header?.durability === "process" };
    let stopAt = bytesPerStep;
    let scan = scanLines(disk, file, take, { ...options, stopAt });
    problems.push(...damage(file, scan));
    while (scan.end >= stopAt) {
      yield;
      stopAt = scan.end + bytesPerStep;
      scan = scanLines(disk, file, take, { ...options, stopAt, from: scan.end, lastSeq: scan.lastSeq });
      problems.push(...damage(file, scan));
    }
    problems.push(...shortfall(file, scan, limit));
    segments.push({
      segment,
      header,
      length: scan.end,
      torn: limit === undefined ? scan.torn : 0,
      ...(failure === undefined ? {} : { failure: failure.message }),
    });
  }
  return { runId: segments.find((each) => each.header !== undefined)?.header?.run_id ?? "", segments, problems };
}

/** A later segment says how much of these counts, so they were there. */
function missingSegments(
  folder: string,
  found: readonly FoundSegment[],
  limits: ReadonlyMap<number, number>,
): JournalProblem[] {
  return [...limits].flatMap(([segment, length]) => {
    if (length === 0 || found.some((each) => each.segment === segment)) return [];
    const file = runPaths.journal(folder, segment);
    return [{ file, offset: 0, message: `${file} is gone: it had ${length} bytes that count` }];
  });
}

export interface FoundSegment {
  readonly segment: number;
  /** Undefined when the segment is empty or its first line is torn. */
  readonly header: SegmentRecord | undefined;
  /** What its writer noted when it could not go on. */
  readonly failure: Failure | undefined;
}

/** The segments in a run's folder with their headers, by number. */
export function listSegments(disk: Disk, folder: string): FoundSegment[] {
  let names: string[];
  try {
    names = disk.list(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return names
    .map(segmentOf)
    .filter((segment) => segment !== undefined)
    .sort((a, b) => a - b)
    .map((segment) => ({
      segment,
      header: readHeader(disk, runPaths.journal(folder, segment)),
      failure: names.includes(path.basename(failurePath(folder, segment)))
        ? readFailure(disk, folder, segment)
        : undefined,
    }));
}

/** First line of a segment; undefined when there is none yet or it is torn. @throws MillraceError "home-newer" */
export function readHeader(disk: Disk, file: string): SegmentRecord | undefined {
  let header: SegmentRecord | undefined;
  const first = Buffer.from(disk.readRange(file, 0, 4096));
  const newline = first.indexOf(0x0a);
  if (newline >= 0) {
    const line = parseLine(first, 0, newline);
    if (line?.seq === 0 && isJournalRecord(line.record) && line.record.kind === "segment") header = line.record;
  }
  if (header !== undefined && header.version.major > journalVersion.major) {
    throw new MillraceError(
      "home-newer",
      `${file} was written by a newer Millrace (journal version ${header.version.major}.${header.version.minor}, ` +
        `this one reads ${journalVersion.major}.x): update Millrace to open this run`,
    );
  }
  return header;
}

/**
 * How much counts, in bytes, of each segment that was sealed or whose writer failed. What stands between a segment and
 * the one it seals is void.
 */
export function countedLengths(found: readonly FoundSegment[]): ReadonlyMap<number, number> {
  const limits = new Map<number, number>();
  for (const { segment, header } of found.toReversed()) {
    if (header?.seals === undefined || limits.get(segment) === 0) continue;
    for (const other of found) {
      if (other.segment > header.seals.segment && other.segment < segment) limits.set(other.segment, 0);
    }
    if (!limits.has(header.seals.segment)) limits.set(header.seals.segment, header.seals.length);
  }
  for (const { segment, failure } of found) {
    if (failure !== undefined && !limits.has(segment)) limits.set(segment, failure.synced);
  }
  return limits;
}

export interface SegmentPart {
  readonly records: readonly PositionedRecord[];
  /** Where to go on: behind the last line read. */
  readonly offset: number;
  /** To be given with `offset` next time. */
  readonly lastSeq: number;
  readonly problems: readonly JournalProblem[];
}

export interface ReadFromOptions {
  readonly lastSeq?: number;
  /** The segment's header says durability "process": the first bad area is its end. */
  readonly unsynced?: boolean;
  /** Returns after about this many bytes; call again until `offset` stays where it is. */
  readonly maxBytes?: number;
}

/**
 * Whole lines of one segment from byte `offset` on, below `upTo`: the announced synced offset of a live writer, the
 * sealed length, or undefined for a writer that is dead (sync the file first: see `syncFile`).
 */
export function readSegmentFrom(
  disk: Disk,
  file: string,
  offset: number,
  upTo: number | undefined,
  options: ReadFromOptions = {},
): SegmentPart {
  const segment = segmentOf(path.basename(file)) ?? 0;
  const records: PositionedRecord[] = [];
  const scan = scanLines(
    disk,
    file,
    (record, seq) => {
      if (isJournalRecord(record)) records.push({ position: { segment, seq }, record });
    },
    {
      from: offset,
      stopAt: offset + (options.maxBytes ?? 4 << 20),
      ...(upTo === undefined ? {} : { upTo }),
      ...(options.lastSeq === undefined ? {} : { lastSeq: options.lastSeq }),
      ...(options.unsynced === undefined ? {} : { unsynced: options.unsynced }),
    },
  );
  const problems = [...damage(file, scan), ...(scan.torn > 0 ? shortfall(file, scan, upTo) : [])];
  return { records, offset: scan.end, lastSeq: scan.lastSeq, problems };
}

/** Makes durable what a dead writer left in the page cache: what is folded must not vanish with the machine. */
export async function syncFile(disk: Disk, file: string): Promise<void> {
  const opened = disk.open(file);
  try {
    await opened.sync();
  } finally {
    opened.close();
  }
}

function damage(file: string, scan: ScanResult): JournalProblem[] {
  return scan.bad.map(({ offset, length }) => ({
    file,
    offset,
    message:
      length === 0
        ? `${file}: records are missing at byte ${offset}`
        : `${file}: ${length} bytes from byte ${offset} on are damaged although records behind them are sound`,
  }));
}

function shortfall(file: string, scan: ScanResult, limit: number | undefined): JournalProblem[] {
  if (limit === undefined || scan.end >= limit) return [];
  const message = `${file}: ${limit - scan.end} bytes from byte ${scan.end} on are damaged or gone although they were on the disk once`;
  return [{ file, offset: scan.end, message }];
}

/** The checksum vouches for the fields: what a line holds is what a writer put there. Unknown kinds pass too. */
export function isJournalRecord(record: object): record is JournalRecord {
  return "kind" in record && typeof record.kind === "string";
}
