/**
 * DuckDB as an accelerator, when the project has it. It takes more than Millrace's reader does (1.5 in a column of
 * integers becomes 2), so those are checked in the statement; whatever it refuses is left to our reader, whose errors
 * name file, line and column.
 */
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { MillraceError } from "../../protocol/errors.ts";
import { replacePath } from "../durable-file.ts";
import type { Columns, ColumnType } from "./columns.ts";
import { type Conditions, conditionsSql } from "./conditions.ts";
import type { ConvertedFile, CsvToParquetOptions } from "./csv-to-parquet.ts";
import type { ParquetCompression } from "./parquet.ts";
import { csvHeader, readCsv } from "./read-csv.ts";

/** The part of @duckdb/node-api that is used here. */
interface DuckDb {
  readonly DuckDBInstance: { create(path: string, settings: Record<string, string>): Promise<Instance> };
}
interface Instance {
  connect(): Promise<Connection>;
  closeSync(): void;
}
interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRows(): readonly (readonly unknown[])[] }>;
  interrupt(): void;
  closeSync(): void;
}

/** As the project has it; undefined where it has not. @throws MillraceError "bad-usage" when it must be there. */
export async function findDuckDb(needed: boolean, from = process.cwd()): Promise<DuckDb | undefined> {
  let file: string;
  try {
    file = createRequire(path.join(from, "package.json")).resolve("@duckdb/node-api");
  } catch (cause) {
    if (!needed) return undefined;
    throw new MillraceError(
      "bad-usage",
      `engine "duckdb": ${from} has no @duckdb/node-api; npm install @duckdb/node-api`,
      {
        cause,
      },
    );
  }
  const loaded: { default?: DuckDb } & DuckDb = await import(pathToFileURL(file).href);
  return loaded.default?.DuckDBInstance === undefined ? loaded : loaded.default;
}

/** With less, its threads wait for each other's row groups, and it takes half as long again. */
const memoryLimit = "352MB";

interface Conversion<C extends Columns> {
  readonly file: string;
  readonly name: string;
  readonly target: string;
  readonly where: Conditions<C>;
  readonly signal: AbortSignal;
  readonly options: CsvToParquetOptions<C>;
}

/** Undefined: DuckDB does not take this file. */
export async function convertWithDuckDb<C extends Columns>(
  { DuckDBInstance }: DuckDb,
  { file, name, target, where, signal, options }: Conversion<C>,
): Promise<ConvertedFile | undefined> {
  const { columns, delimiter = ",", compression = "snappy" } = options;
  const { size } = await stat(file);
  const header = await csvHeader(
    { name, size, open: async () => (await import("node:fs")).createReadStream(file) },
    delimiter,
  );
  const types = Object.entries<ColumnType>(columns);
  if (types.some(([column]) => !header.includes(column)) || new Set(header).size < header.length) return undefined;
  const time = await timeFormat(file, options);
  const read = header.map((column) => {
    const type = Object.hasOwn(columns, column) ? columns[column] : undefined;
    return `${text(column)}: ${text(type === undefined ? "VARCHAR" : readAs[type])}`;
  });
  const settings = [
    ...["auto_detect = false", "header = true", "allow_quoted_nulls = false", "quote = '\"'", "escape = '\"'"],
    `columns = {${read.join(", ")}}`,
    `delim = ${text(delimiter)}`,
    `compression = ${/\.gz$/i.test(name) ? "'gzip'" : "'none'"}`,
    ...(time === undefined ? [] : [`timestampformat = ${text(time)}`, `dateformat = ${text(time.replace(/ .*/, ""))}`]),
  ];
  const selected = types.map(([column, type]) => `${selectAs[type](quoted(column))} AS ${quoted(column)}`);
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: memoryLimit,
    temp_directory: path.dirname(target),
  });
  try {
    const connection = await instance.connect();
    const stop = () => connection.interrupt();
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await replacePath(
        target,
        async (part) => {
          const profile = `${part}.json`;
          await connection.run(`SET enable_profiling = 'json'; SET profiling_output = ${text(profile)}`);
          const counted = await connection.runAndReadAll(
            `COPY (SELECT * FROM (SELECT ${selected.join(", ")} FROM read_csv(${text(file)}, ${settings.join(", ")}))
            WHERE ${conditionsSql(where, quoted)})
            TO ${text(part)} (FORMAT parquet, COMPRESSION ${codecs[compression]}, ROW_GROUP_SIZE 122880)`,
          );
          const rows = Number(counted.getRows()[0]?.[0] ?? 0);
          const readRows = scannedRows(JSON.parse(await readFile(profile, "utf8"))) ?? rows;
          const { size: bytes } = await stat(part);
          options.onProgress?.({ bytes: size, totalBytes: size, rows: readRows });
          return { path: target, rows, bytes, readRows, engine: "duckdb" };
        },
        [".json"],
      );
    } finally {
      signal.removeEventListener("abort", stop);
      connection.closeSync();
    }
  } catch (thrown) {
    signal.throwIfAborted();
    // Our own errors (a full disk, a folder that may not be written) stand; the rest is DuckDB's view of the file.
    if (thrown instanceof MillraceError) throw thrown;
    return undefined;
  } finally {
    instance.closeSync();
  }
}

const readAs: Readonly<Record<ColumnType, string>> = {
  int32: "DOUBLE",
  int64: "VARCHAR",
  double: "DOUBLE",
  text: "VARCHAR",
  boolean: "BOOLEAN",
  timestamp: "TIMESTAMP",
  date: "TIMESTAMP",
};

const refuse = (column: string, holds: string, value: string) =>
  `CASE WHEN ${holds} THEN ${value} WHEN ${column} IS NULL THEN NULL ELSE error('not a value of its column') END`;

const selectAs: Readonly<Record<ColumnType, (column: string) => string>> = {
  int32: (column) => refuse(column, `${column} = trunc(${column})`, `CAST(${column} AS INTEGER)`),
  int64: (column) => refuse(column, `regexp_full_match(${column}, '[+-]?[0-9]{1,19}')`, `CAST(${column} AS BIGINT)`),
  double: (column) => column,
  text: (column) => column,
  boolean: (column) => column,
  timestamp: (column) => `CAST(${column} AS TIMESTAMP_MS)`,
  date: (column) => refuse(column, `${column} = date_trunc('day', ${column})`, `CAST(${column} AS DATE)`),
};

const codecs: Readonly<Record<ParquetCompression, string>> = {
  snappy: "snappy",
  gzip: "gzip",
  zstd: "zstd",
  none: "uncompressed",
};

/** How the first row writes its times, where days and months are divided by slashes; undefined for ISO times. */
async function timeFormat<C extends Columns>(
  file: string,
  options: CsvToParquetOptions<C>,
): Promise<string | undefined> {
  const { columns, slashDates, delimiter } = options;
  const times = Object.entries<ColumnType>(columns).filter(([, type]) => type === "timestamp" || type === "date");
  if (slashDates === undefined || times.length === 0) return undefined;
  const asTexts: Record<string, "text"> = Object.fromEntries(times.map(([name]) => [name, "text"]));
  const date = slashDates === "day-first" ? "%d/%m/%Y" : "%m/%d/%Y";
  for await (const batch of readCsv(file, { columns: asTexts, ...(delimiter === undefined ? {} : { delimiter }) })) {
    for (const vector of batch.vectors) {
      const first = vector.kind === "text" ? vector.values.find((value) => value !== "") : undefined;
      if (first === undefined) continue;
      if (!/^\d{1,2}\//.test(first)) return undefined;
      return /:\d+:/.test(first) ? `${date} %H:%M:%S` : first.includes(":") ? `${date} %H:%M` : date;
    }
    return undefined;
  }
  return undefined;
}

/** Rows that the reading of the CSV file gave, from DuckDB's own account of the statement. */
function scannedRows(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  const name: unknown = Reflect.get(node, "operator_name") ?? Reflect.get(node, "operator_type");
  const rows: unknown = Reflect.get(node, "operator_cardinality");
  if (typeof name === "string" && /READ_CSV/.test(name.trim()) && typeof rows === "number") return rows;
  const children: unknown = Reflect.get(node, "children");
  if (!Array.isArray(children)) return undefined;
  for (const child of children) {
    const found = scannedRows(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
