/**
 * Reads lines from a file of a journal, in pieces, and finds out what a bad area is. Behind the last batch a file may
 * have NULs (grown ahead), a torn batch (the machine went down while it was written), or nothing.
 */
import { lineStart, type ParsedLine, parseLine } from "./lines.ts";
import type { Disk } from "./types.ts";

export type LineVisitor = (record: object, seq: number, end: number) => void;

export interface ScanOptions {
  readonly from?: number;
  /** Bytes from here on do not count. */
  readonly upTo?: number;
  /** Stops behind the first line that ends here or later. */
  readonly stopAt?: number;
  /** Seq of the line before `from`; without it the first line decides. */
  readonly lastSeq?: number;
  /** The file was written without syncs: any bad area is where it ends. */
  readonly unsynced?: boolean;
}

export interface ScanResult {
  /** Bytes up to the end of the last line that counts. */
  readonly end: number;
  readonly lastSeq: number;
  /** Bytes behind `end` that are neither sound lines nor NULs at the end of the file. */
  readonly torn: number;
  /** Damaged areas with synced lines behind them. */
  readonly bad: readonly { readonly offset: number; readonly length: number }[];
}

const pieceSize = 1 << 20;

/** Calls `visit` for each line that counts, in order. `end` is the offset behind the line. */
export function scanLines(disk: Disk, file: string, visit: LineVisitor, options: ScanOptions = {}): ScanResult {
  const length = Math.min(disk.size(file), options.upTo ?? Number.POSITIVE_INFINITY);
  const window = fileWindow(disk, file, length);
  const bad: { offset: number; length: number }[] = [];
  const stopAt = options.stopAt ?? length;
  let at = options.from ?? 0;
  let lastSeq = options.lastSeq ?? (at === 0 ? -1 : undefined);
  let torn = 0;

  while (at < length && at < stopAt) {
    if (window.byteAt(at) === 0 && window.trailingNuls(at) === length - at) break;
    const lineEnd = window.indexOfNewline(at);
    let line = lineEnd < 0 ? undefined : parseLine(window.buffer, at - window.base, lineEnd - window.base);
    let end = lineEnd + 1;
    if (line === undefined || (lastSeq !== undefined && line.seq !== lastSeq + 1)) {
      const nuls = window.trailingNuls(at);
      const next = options.unsynced === true ? undefined : soundLineBehind(window, at, lastSeq ?? -1);
      if (next === undefined) {
        torn = length - at - nuls;
        break;
      }
      bad.push({ offset: at, length: next.offset - at });
      line = next.line;
      end = next.end;
    }
    lastSeq = line.seq;
    visit(line.record, line.seq, end);
    at = end;
  }
  return { end: at, lastSeq: lastSeq ?? -1, torn, bad };
}

type Window = ReturnType<typeof fileWindow>;

/**
 * The first sound line behind a bad area that begins at `from`, or undefined when the area is a torn batch. A batch is
 * written only after the one before was synced: so with a later batch behind it the area was on the disk once.
 */
function soundLineBehind(window: Window, from: number, lastSeq: number) {
  let first: { readonly line: ParsedLine; readonly offset: number; readonly end: number } | undefined;
  for (let at = window.indexOf(lineStart, from); at >= 0; at = window.indexOf(lineStart, at + 1)) {
    const lineEnd = window.indexOfNewline(at);
    if (lineEnd < 0) return undefined;
    const line = parseLine(window.buffer, at - window.base, lineEnd - window.base);
    if (line === undefined || line.seq <= lastSeq) continue;
    first ??= { line, offset: at, end: lineEnd + 1 };
    if (line.batch > lastSeq + 1) return first;
  }
  return undefined;
}

/** A piece of the file in memory that moves on as it is asked for what lies behind. */
function fileWindow(disk: Disk, file: string, length: number) {
  let buffer: Buffer = Buffer.alloc(0);
  let base = 0;

  /** Makes the window begin at `from` and reach at least one piece further than it does. False at the end. */
  function extend(from: number): boolean {
    const have = base + buffer.length;
    if (have >= length && from >= base) return false;
    const start = from >= base && from <= have ? have : from;
    const more = asBuffer(disk.readRange(file, start, Math.min(Math.max(pieceSize, have - from), length - start)));
    buffer = start === from ? more : Buffer.concat([buffer.subarray(from - base), more]);
    base = from;
    return more.length > 0;
  }

  function search(needle: number | Uint8Array, from: number): number {
    if (from < base || from > base + buffer.length) extend(from);
    for (let searched = from; ; ) {
      const found = buffer.indexOf(needle, searched - base);
      if (found >= 0) return base + found;
      const overlap = typeof needle === "number" ? 0 : needle.length - 1;
      searched = Math.max(from, base + buffer.length - overlap);
      if (!extend(from)) return -1;
    }
  }

  return {
    get buffer() {
      return buffer;
    },
    get base() {
      return base;
    },
    byteAt(at: number): number | undefined {
      if (at < base || at >= base + buffer.length) extend(at);
      return buffer[at - base];
    },
    indexOfNewline: (from: number) => search(0x0a, from),
    indexOf: search,
    /** NULs at the end of the file, not counting what lies before `from`. */
    trailingNuls(from: number): number {
      let nuls = 0;
      for (let end = length; end > from; ) {
        const start = Math.max(from, end - pieceSize);
        const piece = disk.readRange(file, start, end - start);
        let index = piece.length;
        while (index > 0 && piece[index - 1] === 0) index--;
        nuls += piece.length - index;
        if (index > 0) break;
        end = start;
      }
      return nuls;
    },
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
