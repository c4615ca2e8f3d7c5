/** NDJSON: one JSON object a line, with the columns as its fields. */
import { MillraceError, toError } from "../../protocol/errors.ts";
import { columnBuilder } from "./builders.ts";
import type { Columns, ColumnType } from "./columns.ts";
import { type CellSetter, jsonCell } from "./json-cells.ts";
import { sourceOf, type TableSource, unpackedChunks } from "./sources.ts";
import { type Batch, batchRows, Table } from "./table.ts";

export interface ReadNdjsonOptions<C extends Columns> {
  /** The fields to read. Others in the file are left out; one that a line does not have is null there. */
  readonly columns: C;
  /** Called after each batch with what was read so far; `bytes` of `totalBytes` count the file as it lies on the disk. */
  readonly onProgress?: (progress: { bytes: number; totalBytes: number; rows: number }) => void;
}

/**
 * An NDJSON file as a table; a name that ends in `.gz` is unpacked on the way. Times are texts, as in CSV files. An
 * int64 that a number cannot hold is written as a text. An object or list in a text column is its JSON.
 * @throws MillraceError "bad-file" while reading: `file:line: column "…": … is not a double`.
 */
export function readNdjson<C extends Columns>(file: string | TableSource, options: ReadNdjsonOptions<C>): Table<C> {
  return new Table(options.columns, () => batches(sourceOf(file), options));
}

async function* batches<C extends Columns>(from: TableSource, options: ReadNdjsonOptions<C>): AsyncGenerator<Batch> {
  const columns = Object.entries(options.columns).map(([name, type]): Column => {
    const builder = columnBuilder(type, batchRows);
    return { name, type, take: () => builder.take(), set: jsonCell(builder, type) };
  });
  const totalBytes = options.onProgress === undefined ? 0 : from.size;
  let bytes = 0;
  let rows = 0;
  let held = 0;
  const take = (): Batch => {
    rows += held;
    const batch = { length: held, vectors: columns.map((column) => column.take()) };
    held = 0;
    return batch;
  };
  const objects = jsonObjects(from, (count) => {
    bytes = count;
  });
  for await (const [line, object] of objects) {
    for (const { name, type, set } of columns) {
      if (!set(object[name]))
        throw problem(from.name, line, `column "${name}": ${shown(object[name])} is not a ${type}`);
    }
    if (++held === batchRows) {
      yield take();
      options.onProgress?.({ bytes, totalBytes, rows });
    }
  }
  if (held > 0) yield take();
  options.onProgress?.({ bytes, totalBytes, rows });
}

interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly set: CellSetter;
  take(): Batch["vectors"][number];
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The file's objects, each with the number of its line. */
export async function* jsonObjects(
  from: TableSource,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<readonly [number, JsonObject]> {
  let number = 0;
  for await (const text of lines(from, onBytes)) {
    number++;
    if (text.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (thrown) {
      throw problem(from.name, number, `it is no JSON (${toError(thrown).message})`);
    }
    if (!isObject(value)) throw problem(from.name, number, `${shown(value)} is not an object with columns as fields`);
    yield [number, value];
  }
}

/** A line that grows past this is not one of a table. */
const longestLine = 64 * 1024 * 1024;

async function* lines(from: TableSource, onBytes?: (bytes: number) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  let first = true;
  for await (const chunk of unpackedChunks(from, onBytes)) {
    let text = rest + (chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    if (first && text.length > 0) {
      text = text.replace(/^\ufeff/, "");
      first = false;
    }
    const parts = text.split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > longestLine)
      throw new MillraceError("bad-file", `${from.name}: a line of more than 64 MB; is it NDJSON?`);
    yield* parts;
  }
  if (rest !== "") yield rest;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function problem(file: string, line: number, what: string): MillraceError {
  return new MillraceError("bad-file", `${file}:${line}: ${what}`);
}
