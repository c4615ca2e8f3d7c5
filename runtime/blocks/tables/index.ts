export type { Cell, Columns, ColumnType, Row } from "./columns.ts";
export { type ReadCsvOptions, readCsv, type TableSource } from "./read-csv.ts";
export { type ParquetTable, type ReadParquetOptions, readParquet } from "./read-parquet.ts";
export { Table } from "./table.ts";
export type { SlashDates } from "./times.ts";
export { type WriteCsvOptions, writeCsv } from "./write-csv.ts";
export { type ParquetCompression, type WriteParquetOptions, type WrittenFile, writeParquet } from "./write-parquet.ts";
