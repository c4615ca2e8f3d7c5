/**
 * Finds records and fields in the bytes of a CSV file (RFC 4180, and what people really write: LF or CRLF, a byte
 * order mark, quotes around some fields, line breaks inside quotes). Works on bytes: a month of trips has 25 million
 * cells, and most never need a string of their own.
 */
import { MillraceError } from "../protocol/errors.ts";

/** The fields of one record: offsets into `bytes`, valid until the next record. */
export interface CsvRecord {
  readonly count: number;
  /** Line of the file where the record begins, from 1. */
  readonly line: number;
  /** Bytes of a field lie in [start, end) of `bytes(field)`; quotes are taken off already. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 0: as it stands; 1: it was quoted; 2: it was quoted and its text is in `unescaped`. */
  readonly quotes: Uint8Array;
}

/** A record that grows past this is a quote that was never closed, not a record. */
const longestRecord = 16 * 1024 * 1024;
const mostFields = 4096;

const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;

export class CsvScanner implements CsvRecord {
  count = 0;
  line = 1;
  readonly starts = new Int32Array(mostFields);
  readonly ends = new Int32Array(mostFields);
  readonly quotes = new Uint8Array(mostFields);
  bytes: Uint8Array = new Uint8Array(0);
  readonly #file: string;
  readonly #delimiter: number;
  #position = 0;
  #nextLine = 1;

  constructor(file: string, delimiter: string) {
    this.#file = file;
    this.#delimiter = delimiter.charCodeAt(0);
    if (delimiter.length !== 1 || this.#delimiter > 127 || delimiter === '"' || delimiter === "\n") {
      throw new TypeError(`delimiter: ${JSON.stringify(delimiter)} is not one ASCII character`);
    }
  }

  /** More bytes of the file: what was left of the last record comes first. */
  feed(chunk: Uint8Array): void {
    const rest = this.bytes.subarray(this.#position);
    if (rest.length > longestRecord) {
      throw this.problem(`a record of more than ${longestRecord / 1024 / 1024} MB; is a quote not closed?`);
    }
    this.bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#position = 0;
  }

  skip(bytes: number): void {
    this.#position += bytes;
  }

  /** Moves to the next whole record; false when more bytes are needed. `last`: there are no more, the rest is a record. */
  next(last: boolean): boolean {
    const { bytes, starts, ends, quotes } = this;
    const delimiter = this.#delimiter;
    const limit = bytes.length;
    let at = this.#position;
    let line = this.#nextLine;
    // Blank lines are no records.
    while (at < limit && (bytes[at] === lineFeed || bytes[at] === carriageReturn)) {
      if (bytes[at] === lineFeed) line++;
      at++;
    }
    const begin = at;
    const beginLine = line;
    if (at >= limit) {
      this.#position = at;
      this.#nextLine = line;
      return false;
    }
    let count = 0;
    for (;;) {
      if (count === mostFields) throw this.problem(`more than ${mostFields} fields in a record`, beginLine);
      if (bytes[at] === quote) {
        let escaped = false;
        const start = at + 1;
        at = start;
        for (;;) {
          if (at >= limit) {
            if (last) throw this.problem("a quoted field is not closed before the end of the file", beginLine);
            return false;
          }
          const code = bytes[at];
          if (code === quote) {
            if (bytes[at + 1] !== quote) break;
            escaped = true;
            at += 2;
          } else {
            if (code === lineFeed) line++;
            at++;
          }
        }
        starts[count] = start;
        ends[count] = at;
        quotes[count] = escaped ? 2 : 1;
        at++;
        if (at < limit && bytes[at] !== delimiter && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) {
          throw this.problem(`text behind the closing quote of field ${count + 1}`, beginLine);
        }
      } else {
        starts[count] = at;
        while (at < limit) {
          const code = bytes[at];
          if (code === delimiter || code === lineFeed) break;
          at++;
        }
        let end = at;
        if (end > (starts[count] ?? 0) && bytes[end - 1] === carriageReturn && (at >= limit || bytes[at] === lineFeed))
          end--;
        ends[count] = end;
        quotes[count] = 0;
      }
      count++;
      if (at < limit && bytes[at] === delimiter) {
        at++;
        continue;
      }
      if (at < limit && bytes[at] === carriageReturn) at++;
      if (at >= limit) {
        if (!last) return false;
        break;
      }
      if (bytes[at] === lineFeed) {
        line++;
        at++;
        break;
      }
      throw this.problem("a carriage return without a line feed behind a quoted field", beginLine);
    }
    this.count = count;
    this.line = beginLine;
    this.#position = at;
    this.#nextLine = line;
    return begin < at;
  }

  text(field: number): string {
    const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength).toString(
      "utf8",
      this.starts[field],
      this.ends[field],
    );
    return this.quotes[field] === 2 ? text.replaceAll('""', '"') : text;
  }

  problem(what: string, line = this.#nextLine): MillraceError {
    return new MillraceError("bad-file", `${this.#file}:${line}: ${what}`);
  }
}
