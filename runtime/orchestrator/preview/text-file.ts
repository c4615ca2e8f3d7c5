/** Rows of CSV and NDJSON files, gzipped or not, by number. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { CsvScanner } from "../../formats/csv-scan.ts";
import { RecordOffsets } from "./record-offsets.ts";
import { mostColumns, type RowSource, sampledRows } from "./table.ts";

const pieceBytes = 256 * 1024;

/** The bytes of the text from `from` on. What is packed is unpacked from its beginning: there is no way into its middle. */
async function* bytesOf(file: string, from: number): AsyncGenerator<Uint8Array> {
  if (!/\.gz$/i.test(file)) {
    yield* createReadStream(file, { start: from, highWaterMark: pieceBytes });
    return;
  }
  const source = createReadStream(file, { highWaterMark: pieceBytes });
  let at = 0;
  try {
    for await (const chunk of pipeline(source, createGunzip({ chunkSize: pieceBytes }), () => undefined)) {
      const end = at + chunk.length;
      if (end > from) yield at >= from ? chunk : chunk.subarray(from - at);
      at = end;
    }
  } finally {
    source.destroy();
  }
}

/** Takes the records in `bytes` one by one; false ends the reading. */
type TakeRecord = (bytes: readonly string[] | string) => boolean;

abstract class TextFile implements RowSource {
  total: number | null = null;
  protected readonly file: string;
  protected readonly offsets: RecordOffsets;
  #read = false;

  constructor(file: string, offsets: RecordOffsets) {
    this.file = file;
    this.offsets = offsets;
  }

  abstract readonly columns: readonly string[];
  /** Reads records from a byte on until `take` has enough. */
  protected abstract read(from: number, take: TakeRecord): Promise<void>;
  protected abstract cells(record: readonly string[] | string): readonly unknown[];

  async rows(offset: number, limit: number): Promise<readonly (readonly unknown[])[]> {
    await this.#countTo(offset);
    if (this.total !== null && offset >= this.total) return [];
    const start = this.offsets.before(offset);
    let skip = offset - start.record;
    const rows: (readonly unknown[])[] = [];
    await this.read(start.offset, (record) => {
      if (skip > 0) skip--;
      else rows.push(this.cells(record));
      return rows.length < limit;
    });
    // Fewer than asked for: that was the end.
    if (rows.length < limit) this.total = offset + rows.length;
    return rows;
  }

  /** Reads on until the record is known to be there, or the file's end. */
  async #countTo(record: number): Promise<void> {
    if (this.#read || this.offsets.count > record || record === 0) return;
    for await (const bytes of bytesOf(this.file, this.offsets.seen)) {
      this.offsets.feed(bytes);
      if (this.offsets.count > record) return;
    }
    this.offsets.end();
    this.#read = true;
    this.total = this.offsets.count;
  }
}

class CsvFile extends TextFile {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly #readers: readonly ((text: string) => unknown)[];
  readonly #delimiter: string;

  constructor(file: string, head: CsvHead, types: readonly string[]) {
    super(file, new RecordOffsets(head.begin, { delimiter: head.delimiter }));
    this.columns = head.columns;
    this.types = types;
    this.#delimiter = head.delimiter;
    this.#readers = types.map(cellReader);
  }

  protected read(from: number, take: TakeRecord): Promise<void> {
    return readCsv(this.file, from, this.#delimiter, take);
  }

  protected cells(record: readonly string[] | string): readonly unknown[] {
    return this.columns.map((_, place) => {
      const text = record[place];
      return text === undefined || text === "" ? null : (this.#readers[place]?.(text) ?? text);
    });
  }
}

class JsonLinesFile extends TextFile {
  readonly columns: readonly string[];

  constructor(file: string, columns: readonly string[]) {
    super(file, new RecordOffsets(0));
    this.columns = columns;
  }

  protected read(from: number, take: TakeRecord): Promise<void> {
    return readLines(this.file, from, take);
  }

  protected cells(record: readonly string[] | string): readonly unknown[] {
    const value = parseLine(String(record));
    if (this.columns.length === 1 && this.columns[0] === valueColumn && !isObject(value)) return [value];
    return isObject(value) ? this.columns.map((name) => Reflect.get(value, name)) : [String(record)];
  }
}

interface CsvHead {
  readonly columns: readonly string[];
  readonly delimiter: string;
  /** Byte behind the line of names. */
  readonly begin: number;
}

/** @throws MillraceError "bad-file" */
export async function openCsv(file: string): Promise<RowSource> {
  const head = await readHead(file);
  const untyped = new CsvFile(file, head, []);
  const sample = await untyped.rows(0, sampledRows);
  const types = head.columns.map((_, place) => textType(sample.map((row) => row[place])));
  return new CsvFile(file, head, types);
}

export async function openJsonLines(file: string): Promise<RowSource> {
  const names = new Set<string>();
  let lines = 0;
  await readLines(file, 0, (line) => {
    const value = parseLine(String(line));
    for (const name of isObject(value) ? Object.keys(value) : []) names.add(name);
    return ++lines < sampledRows;
  });
  const columns = [...names].slice(0, mostColumns);
  return new JsonLinesFile(file, columns.length === 0 ? [valueColumn] : columns);
}

/** The one column of lines that are no objects. */
const valueColumn = "value";

async function readHead(file: string): Promise<CsvHead> {
  let head = Buffer.alloc(0);
  let whole = true;
  for await (const chunk of bytesOf(file, 0)) {
    head = Buffer.concat([head, chunk]);
    whole = false;
    if (head.length >= pieceBytes) break;
    whole = true;
  }
  const mark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const delimiter = delimiterOf(
    head
      .subarray(mark)
      .toString("utf8")
      .split(/\r?\n/)
      .find((line) => line !== "") ?? "",
    file,
  );
  const scanner = new CsvScanner(file, delimiter);
  scanner.feed(head.subarray(mark));
  if (!scanner.next(whole)) throw scanner.problem("there is no line of column names");
  const columns = Array.from({ length: Math.min(scanner.count, mostColumns) }, (_, field) =>
    scanner.text(field).trim(),
  );
  const offsets = new RecordOffsets(mark, { delimiter });
  let begin = mark;
  for (let at = mark; at < head.length && offsets.count === 0; at++) {
    offsets.feed(head.subarray(at, at + 1));
    begin = at + 1;
  }
  return { columns, delimiter, begin };
}

/** What separates the names in the first line. */
export function delimiterOf(line: string, file: string): string {
  if (/\.tsv(\.gz)?$/i.test(file)) return "\t";
  const plain = line.replace(/"[^"]*"/g, "");
  const counts = [",", ";", "\t", "|"].map((delimiter) => [delimiter, plain.split(delimiter).length] as const);
  return counts.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

async function readCsv(file: string, from: number, delimiter: string, take: TakeRecord): Promise<void> {
  const scanner = new CsvScanner(file, delimiter);
  const drain = (last: boolean): boolean => {
    while (scanner.next(last)) {
      const count = Math.min(scanner.count, mostColumns);
      if (!take(Array.from({ length: count }, (_, field) => scanner.text(field)))) return false;
    }
    return true;
  };
  for await (const chunk of bytesOf(file, from)) {
    scanner.feed(chunk);
    if (!drain(false)) return;
  }
  scanner.feed(new Uint8Array(0));
  drain(true);
}

async function readLines(file: string, from: number, take: TakeRecord): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of bytesOf(file, from)) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, at)) {
      const line = withoutReturn(bytes.toString("utf8", at, end));
      at = end + 1;
      if (line !== "" && !take(line)) return;
    }
    rest = bytes.subarray(at);
  }
  const line = withoutReturn(rest.toString("utf8"));
  if (line !== "") take(line);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

const patterns: readonly (readonly [type: string, pattern: RegExp])[] = [
  ["integer", /^[+-]?\d{1,15}$/],
  ["number", /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i],
  ["boolean", /^(true|false)$/i],
  ["date", /^\d{4}-\d{2}-\d{2}$/],
  ["timestamp", /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/],
];

/** What all texts of a column are, as far as they were looked at. Pure. */
export function textType(texts: readonly unknown[]): string {
  const given = texts.filter((text) => typeof text === "string" && text !== "").map(String);
  if (given.length === 0) return "null";
  // "007" is no number to whoever wrote it.
  const isCode = given.some((text) => /^[+-]?0\d/.test(text));
  const found = patterns.find(
    ([type, pattern]) =>
      !(isCode && (type === "integer" || type === "number")) && given.every((text) => pattern.test(text)),
  );
  return found?.[0] ?? "text";
}

function cellReader(type: string): (text: string) => unknown {
  if (type === "integer" || type === "number") {
    return (text) => (Number.isNaN(Number(text)) || text.trim() === "" ? text : Number(text));
  }
  if (type === "boolean") return (text) => (/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : text);
  return (text) => text;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
