/**
 * What every warehouse block does alike, so that a flow chooses another warehouse and not other code:
 * EmbeddedWarehouse, PostgresDatabase and BigQueryWarehouse.
 *
 * ```ts
 * async function totals(warehouse: Warehouse, month: string) {
 *   await warehouse.load("trips", await bucket.source(`yellow/${month}.parquet`));
 *   return warehouse.fetchOne("SELECT count(*) AS trips FROM trips WHERE passenger_count > ?", [2]);
 * }
 * ```
 * Parameters are a list for `?`, or an object for `:name`; each warehouse also takes the marks of its own dialect. The
 * rest of the statement is in the dialect of the warehouse.
 *
 * Values of rows: integers are numbers where a number can hold them and bigints otherwise; exact decimals (NUMERIC) are
 * texts; dates and times are texts in UTC that sort, "2021-01-31" and "2021-01-31 23:59:00" with the fraction of the
 * second only when there is one; bytes are Uint8Arrays.
 */
import type { Columns } from "./tables/columns.ts";
import type { TableSource } from "./tables/sources.ts";
import type { Table } from "./tables/table.ts";
import type { SlashDates } from "./tables/times.ts";
import type { LoadResult } from "./warehouse/load.ts";

export type WarehouseValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | readonly WarehouseValue[]
  | { readonly [field: string]: WarehouseValue };

export type WarehouseRow = Readonly<Record<string, WarehouseValue>>;
export type WarehouseParameters = readonly WarehouseValue[] | Readonly<Record<string, WarehouseValue>>;

/** What `bucket.source(key)` gives. */
export interface BucketSource extends TableSource {
  /** "gs://bucket/key" where the object is in a bucket of the cloud: a warehouse in the same cloud reads it there. */
  readonly uri?: string;
  /** Another one whenever the object has other bytes (a generation, a hash): the same version is the same load. */
  readonly version?: string;
}

export type LoadFormat = "csv" | "ndjson" | "parquet";

/** A file's path, an object of a bucket, or a table of `millrace/blocks` (`Table.of(columns, rows)` for rows). */
export type LoadSource = string | BucketSource | Table<Columns>;

export interface WarehouseLoadOptions {
  /** Taken from the name if not given: `.parquet`, `.csv`, `.ndjson`, `.jsonl`, each but Parquet also with `.gz`. */
  readonly format?: LoadFormat;
  /** What a CSV or NDJSON file holds. Parquet files and tables say it themselves. */
  readonly columns?: Columns;
  /** One ASCII character between the fields of a CSV file; a comma if not given. */
  readonly delimiter?: string;
  /** How 01/02/2021 in a CSV file is meant; without it such a date is an error. */
  readonly slashDates?: SlashDates;
  /**
   * What makes a load the same as an earlier one, which is then not done again: what is loaded if not given (a file's
   * bytes, an object's name and version), or where neither is known, the call of the task.
   */
  readonly loadId?: string;
  readonly onProgress?: (progress: { readonly rows: number }) => void;
}

export interface Warehouse {
  /** All rows of a SELECT. */
  query(sql: string, parameters?: WarehouseParameters): Promise<WarehouseRow[]>;
  /** Prefect's name for the same. */
  fetchAll(sql: string, parameters?: WarehouseParameters): Promise<WarehouseRow[]>;
  fetchOne(sql: string, parameters?: WarehouseParameters): Promise<WarehouseRow | undefined>;
  /** The first `size` rows. */
  fetchMany(sql: string, parameters: WarehouseParameters, size: number): Promise<WarehouseRow[]>;
  /** The rows one after another, for more than the memory holds. */
  rows(sql: string, parameters?: WarehouseParameters): AsyncIterable<WarehouseRow>;
  /** Runs one statement; returns the number of rows it changed. */
  execute(sql: string, parameters?: WarehouseParameters): Promise<number>;
  /** Runs one statement for each list of values, all or none. */
  executeMany(sql: string, rows: Iterable<readonly WarehouseValue[]>): Promise<void>;
  /** Creates the table when it is not there. */
  createTable(table: string, columns: Columns): Promise<void>;
  /** Loads a file, an object or a table; the table is created from its columns when it is not there. */
  load(table: string, source: LoadSource, options?: WarehouseLoadOptions): Promise<LoadResult>;
  rowCount(table: string): Promise<number>;
  /** Names of the tables, sorted. */
  tables(): Promise<string[]>;
  /** Removes the table; nothing happens when there is none. */
  dropTable(table: string): Promise<void>;
  /** Lets go of connections and files. Does nothing the second time. */
  close(): Promise<void>;
}
