/**
 * The form of a line: `{"crc":"9ae0daaf","batch":4,"seq":7,"kind":…}`. The checksum (CRC-32) covers the bytes from
 * `"batch"` to the closing brace. `seq` counts the lines of a segment from 0. `batch` is the seq of the first line of
 * the line's batch: so the first sound line behind a bad area tells by itself whether the area lies within that
 * line's batch (torn) or before it (a synced line is damaged).
 */
import { crc32 } from "./crc32.ts";

/** Bytes before those that the checksum covers. */
const prefixLength = '{"crc":"00000000",'.length;
export const lineStart: Uint8Array = Buffer.from('{"crc":"');
const newline = 0x0a;

/** Collects lines as bytes for one write; reused, so that a line costs no allocation. */
export interface LineBuffer {
  readonly length: number;
  /** `json` is an object with at least one field. */
  add(json: string, batch: number, seq: number): void;
  /** What was added since the last `clear`; valid until the next `add`. */
  bytes(): Uint8Array;
  clear(): void;
}

/** Buffers grown beyond this by one large record are given back. */
const keptCapacity = 1 << 20;

export function lineBuffer(): LineBuffer {
  let buffer = Buffer.allocUnsafe(16_384);
  let length = 0;

  function reserve(more: number): void {
    if (length + more <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + more));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  }

  return {
    get length() {
      return length;
    },
    add(json, batch, seq) {
      const rest = `"batch":${batch},"seq":${seq},${json.slice(1)}`;
      reserve(prefixLength + rest.length * 3 + 1);
      const from = length + prefixLength;
      const end = from + buffer.write(rest, from);
      const checksum = crc32(buffer.subarray(from, end));
      buffer.write(`{"crc":"${checksum.toString(16).padStart(8, "0")}",`, length, "latin1");
      buffer[end] = newline;
      length = end + 1;
    },
    bytes: () => buffer.subarray(0, length),
    clear() {
      length = 0;
      if (buffer.length > keptCapacity) buffer = Buffer.allocUnsafe(16_384);
    },
  };
}

export interface ParsedLine {
  readonly batch: number;
  readonly seq: number;
  /** Fields of the record, without those of the line. */
  readonly record: object;
}

/** The line from `start` to the newline at `end`, or undefined when it is not a sound line. */
export function parseLine(buffer: Buffer, start: number, end: number): ParsedLine | undefined {
  if (end - start < prefixLength + 20 || buffer[end - 1] !== 0x7d) return undefined;
  for (let index = 0; index < lineStart.length; index++)
    if (buffer[start + index] !== lineStart[index]) return undefined;
  if (buffer[start + 16] !== 0x22 || buffer[start + 17] !== 0x2c) return undefined;
  let checksum = 0;
  for (let index = start + 8; index < start + 16; index++) {
    const digit = hexDigit(buffer[index] ?? 0);
    if (digit < 0) return undefined;
    checksum = checksum * 16 + digit;
  }
  if (crc32(buffer.subarray(start + prefixLength, end)) !== checksum) return undefined;
  // From here on the bytes are what a writer wrote: `"batch":N,"seq":N,` and then the record's fields.
  let at = start + prefixLength + 8;
  let batch = 0;
  for (; at < end && buffer[at] !== 0x2c; at++) batch = batch * 10 + (buffer[at] ?? 0) - 0x30;
  at += 7;
  let seq = 0;
  for (; at < end && buffer[at] !== 0x2c; at++) seq = seq * 10 + (buffer[at] ?? 0) - 0x30;
  try {
    const record: unknown = JSON.parse(`{${buffer.toString("utf8", at + 1, end)}`);
    return typeof record === "object" && record !== null ? { batch, seq, record } : undefined;
  } catch {
    return undefined;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57;
  return -1;
}
