/** The embedded SQL engine behind a warehouse: Node's own SQLite where the Node has one, else sql.js. */

export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;
export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** One open database. All calls are synchronous; the warehouse queues them and lets go of the process between batches. */
export interface Database {
  readonly engine: "node:sqlite" | "sql.js";
  /** Statements without parameters or rows; several are divided by ";". */
  execute(sql: string): void;
  /** Runs one statement; returns the number of rows it changed. */
  run(sql: string, parameters: SqlParameters): number;
  /** The rows of one statement, read one after another. */
  rows(sql: string, parameters: SqlParameters): IterableIterator<SqlRow>;
  /** A statement that is run many times with values by position. */
  prepare(sql: string): { run(values: readonly SqlValue[]): void; free(): void };
  /** Makes what was committed durable, where the engine does not do it itself. */
  persist(): void;
  close(): void;
}

/** Integers come as numbers when a number can hold them, as bigints otherwise. */
export function plainInteger(value: SqlValue): SqlValue {
  return typeof value === "bigint" && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : value;
}
