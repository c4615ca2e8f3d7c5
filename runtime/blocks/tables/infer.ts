/** What a file without a schema holds, told from its first rows. */
import { MillraceError } from "../../protocol/errors.ts";
import type { LoadFormat } from "../warehouse.ts";
import type { Columns, ColumnType } from "./columns.ts";
import { wholeNumber } from "./json-cells.ts";
import { readParquet } from "./parquet.ts";
import { csvHeader, readCsv } from "./read-csv.ts";
import { jsonObjects } from "./read-ndjson.ts";
import { sourceOf, type TableSource } from "./sources.ts";
import { parseTime, type SlashDates } from "./times.ts";

export interface InferOptions {
  readonly format: LoadFormat;
  /** One ASCII character between the fields of a CSV file; a comma if not given. */
  readonly delimiter?: string;
  /** How 01/02/2021 is meant; without it such a date stays a text. */
  readonly slashDates?: SlashDates;
  /** Rows that are looked at; 20,000 if not given. */
  readonly sampleRows?: number;
}

/**
 * The columns of a file. The narrowest type that all of the first rows have is taken: int32, int64, double, boolean,
 * date, timestamp, else text; a column that is empty in them is text. A later row that does not fit is an error of
 * reading, which names file, line and column: then say the columns.
 */
export async function inferColumns(file: string | TableSource, options: InferOptions): Promise<Columns> {
  const { format, sampleRows = 20_000 } = options;
  if (format === "parquet") {
    if (typeof file === "string") return (await readParquet(file)).columns;
    throw new MillraceError(
      "bad-usage",
      `${file.name}: a Parquet file says itself what it holds; read it with readParquet`,
    );
  }
  return format === "csv" ? inferCsv(file, options, sampleRows) : inferNdjson(sourceOf(file), sampleRows);
}

async function inferCsv(file: string | TableSource, options: InferOptions, sampleRows: number): Promise<Columns> {
  const names = await csvHeader(file, options.delimiter);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new MillraceError("bad-file", `${sourceOf(file).name}:1: there are two columns "${twice}"; say the columns`);
  }
  const asTexts: Record<string, "text"> = Object.fromEntries(names.map((name) => [name, "text"]));
  const reading = options.delimiter === undefined ? {} : { delimiter: options.delimiter };
  const found = names.map(() => new Guess());
  let rows = 0;
  for await (const batch of readCsv(file, { columns: asTexts, ...reading })) {
    const length = Math.min(batch.length, sampleRows - rows);
    for (const [column, guess] of found.entries()) {
      const vector = batch.vectors[column];
      if (vector?.kind !== "text") continue;
      for (let index = 0; index < length; index++) {
        const text = vector.values[index] ?? "";
        if (vector.nulls?.[index] !== 1) guess.see(typesOfText(text, options.slashDates));
      }
    }
    rows += length;
    if (rows >= sampleRows) break;
  }
  return Object.fromEntries(names.map((name, column) => [name, found[column]?.type() ?? "text"]));
}

async function inferNdjson(source: TableSource, sampleRows: number): Promise<Columns> {
  const found = new Map<string, Guess>();
  let rows = 0;
  for await (const [, object] of jsonObjects(source)) {
    for (const [name, value] of Object.entries(object)) {
      const guess = found.get(name) ?? new Guess();
      found.set(name, guess);
      if (value !== null) guess.see(typesOfJson(value));
    }
    if (++rows >= sampleRows) break;
  }
  if (found.size === 0) throw new MillraceError("bad-file", `${source.name}: the file has no rows; say the columns`);
  return Object.fromEntries([...found].map(([name, guess]) => [name, guess.type()]));
}

/** From the narrowest to the one that takes everything. */
const order = ["boolean", "int32", "int64", "double", "date", "timestamp", "text"] as const satisfies ColumnType[];

class Guess {
  #possible: ReadonlySet<ColumnType> | undefined;

  see(types: ReadonlySet<ColumnType>): void {
    const before = this.#possible;
    this.#possible =
      before === undefined ? types : before === types ? before : new Set([...before].filter((type) => types.has(type)));
  }

  type(): ColumnType {
    return order.find((type) => this.#possible?.has(type)) ?? "text";
  }
}

// The same set each time, so that a column whose values are all alike costs one comparison a value.
const int32Types = new Set<ColumnType>(["int32", "int64", "double", "text"]);
const int64Types = new Set<ColumnType>(["int64", "double", "text"]);
const doubleTypes = new Set<ColumnType>(["double", "text"]);
const booleanTypes = new Set<ColumnType>(["boolean", "text"]);
const dateTypes = new Set<ColumnType>(["date", "timestamp", "text"]);
const timestampTypes = new Set<ColumnType>(["timestamp", "text"]);
const textTypes = new Set<ColumnType>(["text"]);

function typesOfText(text: string, slashDates: SlashDates | undefined): ReadonlySet<ColumnType> {
  if (/^[+-]?\d{1,19}$/.test(text)) {
    // A number that begins with 0 is a code: 01001 is a town.
    if (/^[+-]?0\d/.test(text)) return textTypes;
    const value = Number(text);
    return (value | 0) === value
      ? int32Types
      : BigInt.asIntN(64, BigInt(text)) === BigInt(text)
        ? int64Types
        : doubleTypes;
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return doubleTypes;
  if (/^(true|false)$/i.test(text)) return booleanTypes;
  return typesOfTime(text, slashDates);
}

function typesOfTime(text: string, slashDates: SlashDates | undefined): ReadonlySet<ColumnType> {
  if (!/^\d{1,4}[-/]/.test(text)) return textTypes;
  const bytes = Buffer.from(text);
  if (Number.isNaN(parseTime(bytes, 0, bytes.length, slashDates))) return textTypes;
  return text.length <= 10 ? dateTypes : timestampTypes;
}

function typesOfJson(value: unknown): ReadonlySet<ColumnType> {
  if (typeof value === "boolean") return booleanTypes;
  if (typeof value === "string") return typesOfTime(value, undefined);
  if (typeof value !== "number") return textTypes;
  if ((value | 0) === value) return int32Types;
  return wholeNumber(value) === undefined ? doubleTypes : int64Types;
}
