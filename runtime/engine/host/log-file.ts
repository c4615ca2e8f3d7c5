/**
 * The run's logs.ndjson. Lines are collected for a few milliseconds and appended together. A log that outgrows its
 * limit keeps its first part and its newest; a line between them says how many records are gone.
 */
import { appendFileSync, statSync } from "node:fs";
import type { LogRecord } from "../../protocol/records.ts";
import { knowsSecrets, redact, redactDeep } from "../../system/redaction.ts";
import type { LogSink } from "../host.ts";
import { dropMiddle, megabyte } from "./log-cut.ts";

/** Milliseconds that a line may wait in memory, and characters after which it does not wait. */
const linger = 40;
const enough = 64 * 1024;

const defaultLimit = 64 * megabyte;

export interface LogFileOptions {
  readonly file: string;
  /** Bytes; the setting MILLRACE_LOG_LIMIT in megabytes, 64 otherwise. */
  readonly limit?: number;
  readonly onLog?: ((record: LogRecord) => void) | undefined;
  /** The bytes in the file after each append: what is below may be read. Smaller than before when parts were dropped. */
  readonly onWritten?: (offset: number) => void;
}

export interface LogFile extends LogSink {
  /** Bytes in the file. */
  readonly offset: number;
  /** Records dropped so far to keep the limit. */
  readonly dropped: number;
  /** For the last moment of a process, when nothing asynchronous happens any more. */
  flushNow(): void;
}

export function logLimit(setting: string | undefined = process.env["MILLRACE_LOG_LIMIT"]): number {
  const megabytes = Number(setting);
  return setting === undefined || !(megabytes > 0) ? defaultLimit : Math.round(megabytes * megabyte);
}

export function openLogFile(options: LogFileOptions): LogFile {
  const { file, onLog, onWritten } = options;
  const limit = options.limit ?? logLimit();
  let pending = "";
  let timer: NodeJS.Timeout | undefined;
  let offset: number | undefined;
  let dropped = 0;
  let failed = false;

  const flushNow = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (pending === "" || failed) return;
    const text = pending;
    pending = "";
    try {
      offset ??= sizeOf(file);
      appendFileSync(file, text, { mode: 0o600 });
      offset += Buffer.byteLength(text);
      if (offset > limit) {
        const cut = dropMiddle(file, limit);
        dropped = cut.dropped;
        offset = cut.size;
      }
    } catch {
      // A log that cannot be written must not stop the run: the journal will say so if the disk is full.
      failed = true;
      return;
    }
    onWritten?.(offset);
  };

  return {
    get offset() {
      return offset ?? sizeOf(file);
    },
    get dropped() {
      return dropped;
    },
    write(record) {
      const clean = knowsSecrets() ? withoutSecrets(record) : record;
      pending += `${JSON.stringify(clean)}\n`;
      if (pending.length >= enough) flushNow();
      else timer ??= setTimeout(flushNow, linger).unref();
      onLog?.(clean);
    },
    async flush() {
      flushNow();
    },
    flushNow,
  };
}

/** Fields first as JSON has them: what stands in them may say itself how it is written. */
function withoutSecrets(record: LogRecord): LogRecord {
  const message = redact(record.message);
  if (record.fields === undefined) return { ...record, message };
  const fields: LogRecord["fields"] = JSON.parse(JSON.stringify(record.fields));
  return { ...record, message, fields: { ...fields, ...Object(redactDeep(fields)) } };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
