export type { Cell, Columns, ColumnType, Row } from "./columns.ts";
export {
  type ParquetCompression,
  type ParquetTable,
  type ReadParquetOptions,
  readParquet,
  type WriteParquetOptions,
  type WrittenFile,
  writeParquet,
} from "./parquet.ts";
export { type ReadCsvOptions, readCsv, type TableSource } from "./read-csv.ts";
export { Table } from "./table.ts";
export type { SlashDates } from "./times.ts";
export { type WriteCsvOptions, writeCsv } from "./write-csv.ts";
