/** Reads a run's logs.ndjson by byte offset. */
import { open } from "node:fs/promises";
import type { LogRecord } from "../../protocol/records.ts";

/** Bytes read from a log in one go. */
const pieceBytes = 256 * 1024;

export interface LogPiece {
  /** With the offset behind each line. */
  readonly lines: readonly { readonly log: LogRecord; readonly end: number }[];
  /** Offset behind the last whole line read. */
  readonly next: number;
}

/** Whole lines from byte `from` on, one piece of them. A missing file has none. A line that is no JSON is left out. */
export async function readLogs(file: string, from: number, most = pieceBytes): Promise<LogPiece> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return { lines: [], next: from };
  try {
    for (let size = most; ; size *= 4) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, from);
      const piece = buffer.subarray(0, bytesRead);
      // One line may be longer than a piece.
      if (piece.includes(0x0a) || bytesRead < size) return parseLines(piece, from);
    }
  } finally {
    await handle.close();
  }
}

function parseLines(bytes: Buffer, from: number): LogPiece {
  const lines: { log: LogRecord; end: number }[] = [];
  let at = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, at)) {
    const log = parse(bytes.toString("utf8", at, end));
    at = end + 1;
    if (log !== undefined) lines.push({ log, end: from + at });
  }
  return { lines, next: from + at };
}

function parse(line: string): LogRecord | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
