/**
 * What a column of a table may hold, and the JavaScript value it has in a row:
 *
 * | type | in a row | in Parquet | in SQL |
 * |---|---|---|---|
 * | int32 | number | INT32 | INTEGER |
 * | int64 | bigint | INT64 | INTEGER |
 * | double | number | DOUBLE | REAL |
 * | text | string | BYTE_ARRAY (UTF8) | TEXT |
 * | boolean | boolean | BOOLEAN | INTEGER 0/1 |
 * | timestamp | Date | INT64 TIMESTAMP(MILLIS), not adjusted to UTC | TEXT "2021-01-31 23:59:00" |
 * | date | Date (midnight UTC) | INT32 DATE | TEXT "2021-01-31" |
 *
 * Every column may hold null. A time without a zone is read as UTC and written without a zone, so that it comes out
 * the way it went in on every machine.
 */
export const columnTypes = ["int32", "int64", "double", "text", "boolean", "timestamp", "date"] as const;

export type ColumnType = (typeof columnTypes)[number];

/** Column name → type, in the order of the table. */
export type Columns = Readonly<Record<string, ColumnType>>;

interface ValueOfType {
  readonly int32: number;
  readonly int64: bigint;
  readonly double: number;
  readonly text: string;
  readonly boolean: boolean;
  readonly timestamp: Date;
  readonly date: Date;
}

/** What stands in a cell. */
export type Cell = ValueOfType[ColumnType] | null;

/** One row of a table with these columns. */
export type Row<C extends Columns = Columns> = { readonly [Name in keyof C]: ValueOfType[C[Name]] | null };
