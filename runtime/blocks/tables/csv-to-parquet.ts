import { currentRun } from "../../sdk/current-run.ts";
import type { Columns } from "./columns.ts";
import { type Conditions, checkConditions, keeps } from "./conditions.ts";
import type { ParquetCompression, WrittenFile } from "./parquet.ts";
import { writeParquet } from "./parquet.ts";
import { type ReadCsvOptions, readCsv } from "./read-csv.ts";
import type { TableSource } from "./sources.ts";

export type TableEngine = "millrace" | "duckdb";

export interface CsvToParquetOptions<C extends Columns> extends ReadCsvOptions<C> {
  /** The rows that are kept; all if not given: `{ passenger_count: { not: 0 } }`. */
  readonly where?: Conditions<C>;
  /** How pages are compressed; snappy if not given. */
  readonly compression?: ParquetCompression;
  /**
   * "auto" (if not given): DuckDB, when the project has the package @duckdb/node-api and the file lies on this machine,
   * because it takes half of the time; else Millrace's own reader and writer. What DuckDB will not take is read again by
   * Millrace, which says where in the file it stands. The rows are the same, the bytes of the file are the engine's own.
   */
  readonly engine?: "auto" | TableEngine;
}

export interface ConvertedFile extends WrittenFile {
  /** Rows in the CSV file. */
  readonly readRows: number;
  readonly engine: TableEngine;
}

/**
 * A CSV file (packed or not) as a Parquet file, with the rows that `where` keeps. The same as `readCsv`, `filter` and
 * `writeParquet` one after the other, for filters that need no code: so that a faster engine may do it.
 * @throws MillraceError "bad-file" with file, line and column.
 */
export async function csvToParquet<C extends Columns>(
  source: string | TableSource,
  target: string,
  options: CsvToParquetOptions<C>,
): Promise<ConvertedFile> {
  const { where = {}, engine = "auto" } = options;
  checkConditions(where, options.columns);
  const file = typeof source === "string" ? source : source.path;
  if (engine !== "millrace") {
    const { findDuckDb, convertWithDuckDb } = await import("./duckdb.ts");
    const duckdb = file === undefined ? undefined : await findDuckDb(engine === "duckdb");
    if (file !== undefined && duckdb !== undefined) {
      const name = typeof source === "string" ? source : source.name;
      const done = await convertWithDuckDb(duckdb, { file, name, target, where, signal: currentRun().signal, options });
      if (done !== undefined) return done;
    }
  }
  let readRows = 0;
  const rows = readCsv(source, {
    ...options,
    onProgress(progress) {
      readRows = progress.rows;
      options.onProgress?.(progress);
    },
  });
  const { compression } = options;
  const kept = Object.keys(where).length === 0 ? rows : rows.filter(keeps(where));
  const written = await writeParquet(target, kept, compression === undefined ? {} : { compression });
  return { ...written, readRows, engine: "millrace" };
}
