/**
 * Parquet files. What reads and writes them is loaded with the first file: a flow that only imports `millrace/blocks`
 * does not wait for it.
 */
import type { Columns } from "./columns.ts";
import type { Table } from "./table.ts";

export type ParquetCompression = "snappy" | "gzip" | "zstd" | "none";

export interface WriteParquetOptions {
  /** How pages are compressed; snappy if not given. */
  readonly compression?: ParquetCompression;
  /** Rows that are held in memory and written together; 100,000 if not given. */
  readonly rowGroupSize?: number;
  readonly onProgress?: (progress: { rows: number; bytes: number }) => void;
}

export interface WrittenFile {
  readonly path: string;
  readonly rows: number;
  /** Size of the file. */
  readonly bytes: number;
}

/**
 * Writes a table as a Parquet file. The file is there when it is whole: a reader never sees half of one, and the
 * same table gives the same bytes.
 */
export async function writeParquet<C extends Columns>(
  file: string,
  table: Table<C>,
  options: WriteParquetOptions = {},
): Promise<WrittenFile> {
  const { writeParquetFile } = await import("./parquet-writer.ts");
  return writeParquetFile(file, table, options);
}

export interface ReadParquetOptions {
  /** Names of the columns to read, in this order; all if not given. */
  readonly columns?: readonly string[];
  readonly onProgress?: (progress: { rows: number; totalRows: number }) => void;
}

export interface ParquetTable extends Table<Columns> {
  /** Rows in the file, as its footer says. */
  readonly totalRows: number;
}

/**
 * A Parquet file as a table; its columns come from the file's footer, which is read at once.
 * Flat columns only: a nested one is an error unless it is left out with `columns`.
 * @throws MillraceError "bad-file" naming file and column.
 */
export async function readParquet(file: string, options: ReadParquetOptions = {}): Promise<ParquetTable> {
  const { openParquetFile } = await import("./parquet-reader.ts");
  return openParquetFile(file, options);
}
