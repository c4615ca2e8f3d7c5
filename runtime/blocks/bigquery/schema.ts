/** Schemas of tables: what a caller writes, as BigQuery takes it. */
import type { TableField, TableMetadata } from "@google-cloud/bigquery";
import type { Columns, ColumnType } from "../tables/columns.ts";

/**
 * A time of `millrace/blocks` has no zone, as BigQuery's DATETIME; that is also what BigQuery makes of it when it reads
 * a Parquet file of ours.
 */
const types: Readonly<Record<ColumnType, string>> = {
  int32: "INT64",
  int64: "INT64",
  double: "FLOAT64",
  text: "STRING",
  boolean: "BOOL",
  timestamp: "DATETIME",
  date: "DATE",
};

export interface Field {
  readonly name: string;
  /** "STRING", "INT64", "NUMERIC(10, 2)" is "NUMERIC" with precision and scale, "STRUCT" has `fields`. */
  readonly type: string;
  readonly mode?: "NULLABLE" | "REQUIRED" | "REPEATED";
  readonly fields?: readonly Field[];
  readonly description?: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly defaultValueExpression?: string;
}

export interface Partitioning {
  readonly type: "HOUR" | "DAY" | "MONTH" | "YEAR";
  /** A DATE, DATETIME or TIMESTAMP column; the time of loading if not given. */
  readonly field?: string;
  /** In days; partitions stay if not given. */
  readonly expirationDays?: number;
}

export interface RangePartitioning {
  /** An INT64 column. */
  readonly field: string;
  readonly start: number;
  /** Not included. */
  readonly end: number;
  readonly interval: number;
}

export interface TableOptions {
  readonly partitioning?: Partitioning | RangePartitioning;
  /** Up to four columns, in the order that rows are kept together by. */
  readonly clustering?: readonly string[];
  /** Refuses queries that do not say which partitions they need. */
  readonly requirePartitionFilter?: boolean;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function tableFields(columns: Columns | readonly Field[]): TableField[] {
  if (isFields(columns)) return columns.map(tableField);
  return Object.entries(columns).map(([name, type]) => ({ name, type: types[type] }));
}

function isFields(columns: Columns | readonly Field[]): columns is readonly Field[] {
  return Array.isArray(columns);
}

function tableField({ fields, precision, scale, ...field }: Field): TableField {
  return {
    ...field,
    ...(fields === undefined ? {} : { fields: fields.map(tableField) }),
    ...(precision === undefined ? {} : { precision: String(precision) }),
    ...(scale === undefined ? {} : { scale: String(scale) }),
  };
}

const dayMilliseconds = 86_400_000;

/** The parts of a table's metadata that loads that create one take too. */
export function layout({ partitioning, clustering }: TableOptions) {
  return {
    ...(partitioning === undefined ? {} : partitioned(partitioning)),
    ...(clustering === undefined ? {} : { clustering: { fields: [...clustering] } }),
  };
}

function partitioned(
  partitioning: Partitioning | RangePartitioning,
): Pick<TableMetadata, "timePartitioning" | "rangePartitioning"> {
  if ("interval" in partitioning) {
    const { field, start, end, interval } = partitioning;
    return {
      rangePartitioning: { field, range: { start: String(start), end: String(end), interval: String(interval) } },
    };
  }
  const { type, field, expirationDays } = partitioning;
  return {
    timePartitioning: {
      type,
      ...(field === undefined ? {} : { field }),
      ...(expirationDays === undefined ? {} : { expirationMs: String(expirationDays * dayMilliseconds) }),
    },
  };
}

export function tableMetadata(options: TableOptions): TableMetadata {
  const { requirePartitionFilter, description, labels } = options;
  return {
    ...layout(options),
    ...(requirePartitionFilter === undefined ? {} : { requirePartitionFilter }),
    ...(description === undefined ? {} : { description }),
    ...(labels === undefined ? {} : { labels: { ...labels } }),
  };
}
