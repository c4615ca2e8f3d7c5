/** Cuts the middle out of a log that has outgrown its limit. */
import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { type LogRecord, logLevels } from "../../protocol/records.ts";

export const megabyte = 1024 * 1024;

/**
 * Rewrites the file to at most half of what the limit leaves: the first eighth, a line that tells what is missing, the
 * newest. So the whole is rewritten only once per that much new log.
 */
export function dropMiddle(file: string, limit: number): { size: number; dropped: number } {
  const source = openSync(file, "r");
  const { size } = fstatSync(source);
  const temporary = `${file}.tmp`;
  try {
    const headEnd = lineEndBefore(source, Math.min(8 * megabyte, Math.floor(limit / 8)));
    const tailStart = lineEndAfter(source, size - Math.floor((limit - headEnd) / 2), size);
    const middle = readDropped(source, headEnd, tailStart);
    const marker = Buffer.from(`${JSON.stringify(markerRecord(middle, limit))}\n`);
    const target = openSync(temporary, "w", 0o600);
    try {
      copyRange(source, target, 0, headEnd);
      writeSync(target, marker);
      copyRange(source, target, tailStart, size);
    } finally {
      closeSync(target);
    }
    renameSync(temporary, file);
    return { size: headEnd + marker.length + (size - tailStart), dropped: middle.dropped };
  } finally {
    closeSync(source);
  }
}

interface Dropped {
  readonly dropped: number;
  readonly last: Pick<LogRecord, "at" | "flow_run_id">;
}

const markerName = "millrace";
const markerField = "dropped_records";

function markerRecord({ dropped, last }: Dropped, limit: number): LogRecord {
  return {
    at: last.at,
    level: logLevels.warn,
    message: `${dropped} log records were dropped here: the log reached its limit of ${Math.round((limit / megabyte) * 100) / 100} MB (MILLRACE_LOG_LIMIT)`,
    name: markerName,
    flow_run_id: last.flow_run_id,
    fields: { [markerField]: dropped },
  };
}

/** Counts the records in a range; an earlier marker in it stands for what it counted. */
function readDropped(source: number, start: number, end: number): Dropped {
  let dropped = 0;
  let last = { at: 0, flow_run_id: "" };
  let rest = "";
  for (let at = start; at < end; ) {
    const chunk = readRange(source, at, Math.min(end, at + megabyte));
    at += chunk.length;
    // Cut at a byte, a character may be broken; only field values of a line that is whole are looked at.
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    dropped += lines.length;
    for (const line of lines) if (line.includes(`"${markerField}":`)) dropped += markedBy(line);
    last = lines.length > 0 ? (parseLast(lines.at(-1) ?? "") ?? last) : last;
  }
  return { dropped, last };
}

function markedBy(line: string): number {
  const record: Partial<LogRecord> | undefined = parse(line);
  const count = record?.name === markerName ? record.fields?.[markerField] : undefined;
  return typeof count === "number" ? count - 1 : 0;
}

function parseLast(line: string): { at: number; flow_run_id: string } | undefined {
  const record = parse(line);
  return typeof record?.at === "number" && typeof record.flow_run_id === "string"
    ? { at: record.at, flow_run_id: record.flow_run_id }
    : undefined;
}

function parse(line: string): Partial<LogRecord> | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function lineEndBefore(source: number, position: number): number {
  const text = readRange(source, 0, position);
  return text.lastIndexOf(0x0a) + 1;
}

function lineEndAfter(source: number, position: number, size: number): number {
  for (let at = Math.max(0, position); at < size; ) {
    const chunk = readRange(source, at, Math.min(size, at + megabyte));
    const found = chunk.indexOf(0x0a);
    if (found >= 0) return at + found + 1;
    at += chunk.length;
  }
  return size;
}

function copyRange(source: number, target: number, start: number, end: number): void {
  for (let at = start; at < end; ) {
    const chunk = readRange(source, at, Math.min(end, at + megabyte));
    if (chunk.length === 0) return;
    writeSync(target, chunk);
    at += chunk.length;
  }
}

function readRange(source: number, start: number, end: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, end - start));
  return buffer.subarray(0, readSync(source, buffer, 0, buffer.length, start));
}
