/** Reads a run's logs.ndjson on from where it stopped the last time. */
import { closeSync, openSync, readSync } from "node:fs";
import { runPaths } from "../../protocol/home.ts";
import type { LogRecord } from "../../protocol/records.ts";

export interface LogReader {
  /** The whole lines that have come since the last call. */
  next(): LogRecord[];
}

export function makeLogReader(folder: string): LogReader {
  const file = runPaths.logs(folder);
  const chunk = Buffer.alloc(1 << 16);
  let position = 0;
  let rest = Buffer.alloc(0);
  return {
    next() {
      let descriptor: number;
      try {
        descriptor = openSync(file, "r");
      } catch {
        // A run that has logged nothing has no file.
        return [];
      }
      const logs: LogRecord[] = [];
      try {
        for (;;) {
          const count = readSync(descriptor, chunk, 0, chunk.length, position);
          if (count === 0) break;
          position += count;
          const text = Buffer.concat([rest, chunk.subarray(0, count)]);
          const end = text.lastIndexOf(0x0a);
          rest = Buffer.from(text.subarray(end + 1));
          if (end >= 0) logs.push(...parseLines(text.subarray(0, end).toString("utf8")));
        }
      } finally {
        closeSync(descriptor);
      }
      return logs;
    },
  };
}

function parseLines(text: string): LogRecord[] {
  return text.split("\n").flatMap((line) => {
    try {
      const record: unknown = JSON.parse(line);
      return isLog(record) ? [record] : [];
    } catch {
      // A line that a crash of the machine tore.
      return [];
    }
  });
}

function isLog(value: unknown): value is LogRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "message" in value &&
    typeof value.message === "string" &&
    "level" in value &&
    typeof value.level === "number" &&
    "at" in value &&
    typeof value.at === "number"
  );
}
