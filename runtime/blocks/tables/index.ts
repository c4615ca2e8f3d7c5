import "./kept-table.ts";

export type { Cell, Columns, ColumnType, Row } from "./columns.ts";
export type { Condition, Conditions } from "./conditions.ts";
export { type ConvertedFile, type CsvToParquetOptions, csvToParquet, type TableEngine } from "./csv-to-parquet.ts";
export { type InferOptions, inferColumns } from "./infer.ts";
export {
  type ParquetCompression,
  type ParquetTable,
  type ReadParquetOptions,
  readParquet,
  type WriteParquetOptions,
  type WrittenFile,
  writeParquet,
} from "./parquet.ts";
export { type ReadCsvOptions, readCsv } from "./read-csv.ts";
export { type ReadNdjsonOptions, readNdjson } from "./read-ndjson.ts";
export type { TableSource } from "./sources.ts";
export { Table } from "./table.ts";
export type { SlashDates } from "./times.ts";
export { type WriteCsvOptions, writeCsv } from "./write-csv.ts";
export { writeNdjson } from "./write-ndjson.ts";
