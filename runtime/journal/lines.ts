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

/** Collects lines as bytes until they are written. */
export interface LineBuffer {
  /** Bytes added since the last `clear`. */
  readonly length: number;
  /** `json` is an object with at least one field. */
  add(json: string, batch: number, seq: number): void;
  /** What was added since the last `clear`, in whole lines; valid until the next `add`. */
  pieces(): readonly Uint8Array[];
  clear(): void;
}

/**
 * Pieces instead of one buffer that grows: a hundred thousand completions that wait for a sync would be copied again
 * and again, and stand in memory twice.
 */
const pieceSize = 1 << 16;

export function lineBuffer(): LineBuffer {
  let piece = Buffer.allocUnsafe(pieceSize);
  let used = 0;
  let full: Uint8Array[] = [];
  let fullLength = 0;

  function reserve(more: number): void {
    if (used + more <= piece.length) return;
    if (used > 0) {
      full.push(piece.subarray(0, used));
      fullLength += used;
      used = 0;
    }
    piece = Buffer.allocUnsafe(Math.max(pieceSize, more));
  }

  return {
    get length() {
      return fullLength + used;
    },
    add(json, batch, seq) {
      const head = `{"crc":"00000000","batch":${batch},"seq":${seq},`;
      reserve(head.length + json.length * 3 + 1);
      const start = used;
      // The head ends where the record's first field begins: its comma takes the place of the opening brace.
      const fields = start + head.length - 1;
      const end = fields + piece.write(json, fields);
      piece.write(head, start, "latin1");
      writeHex(piece, start + 8, crc32(piece.subarray(start + prefixLength, end)));
      piece[end] = newline;
      used = end + 1;
    },
    pieces: () => (used === 0 ? full : [...full, piece.subarray(0, used)]),
    clear() {
      full = [];
      fullLength = 0;
      used = 0;
      // One made for a large record is given back.
      if (piece.length > pieceSize) piece = Buffer.allocUnsafe(pieceSize);
    },
  };
}

const digits = Buffer.from("0123456789abcdef");

/** 32 bits as eight digits. */
function writeHex(buffer: Uint8Array, at: number, value: number): void {
  for (let index = at + 7, rest = value; index >= at; index--, rest >>>= 4) buffer[index] = digits[rest & 15] ?? 0;
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
