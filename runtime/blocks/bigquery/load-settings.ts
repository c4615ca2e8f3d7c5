import type { Duration } from "../../protocol/durations.ts";
import type { LoadFormat, WarehouseLoadOptions } from "../warehouse.ts";
import { type Field, layout, type TableOptions, tableFields } from "./schema.ts";

export interface BigQueryLoadOptions extends WarehouseLoadOptions, Pick<TableOptions, "partitioning" | "clustering"> {
  /**
   * What becomes of the rows that are there: "append" keeps them, "truncate" takes their place in one step (a table, or
   * the partition of "trips$20210101"), "empty" refuses a table that has some.
   */
  readonly disposition?: "append" | "truncate" | "empty";
  /** What a file holds, as BigQuery reads it: the fields of a CSV file are in this order. */
  readonly schema?: readonly Field[];
  /** Lines before the first row of a CSV file that is read with a `schema`; 1 if not given. */
  readonly skipLeadingRows?: number;
  /** What stands for null in a CSV file; nothing between two delimiters if not given. */
  readonly nullMarker?: string;
  /** Whether a text in a CSV file may go on over a line's end. */
  readonly allowQuotedNewlines?: boolean;
  /** Fields of a file that the table does not have are left out instead of being an error. */
  readonly ignoreUnknownValues?: boolean;
  /** So many rows that cannot be read are left out before it is an error; none if not given. */
  readonly maxBadRecords?: number;
  /** "ALLOW_FIELD_ADDITION" lets the load add columns to the table. */
  readonly schemaUpdateOptions?: readonly ("ALLOW_FIELD_ADDITION" | "ALLOW_FIELD_RELAXATION")[];
  /** The job is cancelled when it takes longer. */
  readonly timeout?: Duration;
}

const sourceFormats: Readonly<Record<LoadFormat, string>> = {
  csv: "CSV",
  ndjson: "NEWLINE_DELIMITED_JSON",
  parquet: "PARQUET",
};

const dispositions = { append: "WRITE_APPEND", truncate: "WRITE_TRUNCATE", empty: "WRITE_EMPTY" } as const;

/** The part of a load job's configuration that follows from the options. */
export function loadConfiguration(format: LoadFormat, options: BigQueryLoadOptions) {
  return {
    ...readConfiguration(format, options),
    ...layout(options),
    writeDisposition: dispositions[options.disposition ?? "append"],
    createDisposition: "CREATE_IF_NEEDED",
    ...(options.schemaUpdateOptions === undefined ? {} : { schemaUpdateOptions: [...options.schemaUpdateOptions] }),
  };
}

/** How files are read, for loads and external tables alike. Parquet files say what they hold. */
function readConfiguration(format: LoadFormat, options: BigQueryLoadOptions) {
  const { schema, columns, ignoreUnknownValues, maxBadRecords } = options;
  const given = schema ?? columns;
  const known = {
    sourceFormat: sourceFormats[format],
    ...(ignoreUnknownValues === undefined ? {} : { ignoreUnknownValues }),
    ...(maxBadRecords === undefined ? {} : { maxBadRecords }),
  };
  if (format === "parquet") return known;
  const described = given === undefined ? { autodetect: true } : { schema: { fields: tableFields(given) } };
  return { ...known, ...described, ...(format === "csv" ? csvConfiguration(options, given !== undefined) : {}) };
}

/** The names of `columns` are those of the file's first line; a `schema` counts the fields of a line. */
export function csvConfiguration(options: BigQueryLoadOptions, described: boolean) {
  const { delimiter, nullMarker, allowQuotedNewlines, columns, schema, skipLeadingRows } = options;
  const byName = schema === undefined && columns !== undefined;
  const skip = skipLeadingRows ?? (described ? 1 : undefined);
  return {
    ...(skip === undefined ? {} : { skipLeadingRows: skip }),
    ...(byName ? { sourceColumnMatch: "NAME" as const } : {}),
    ...(delimiter === undefined ? {} : { fieldDelimiter: delimiter }),
    ...(nullMarker === undefined ? {} : { nullMarker }),
    ...(allowQuotedNewlines === undefined ? {} : { allowQuotedNewlines }),
  };
}

export interface ExternalTableOptions
  extends Pick<
    BigQueryLoadOptions,
    | "format"
    | "schema"
    | "columns"
    | "delimiter"
    | "nullMarker"
    | "skipLeadingRows"
    | "allowQuotedNewlines"
    | "ignoreUnknownValues"
    | "maxBadRecords"
  > {
  readonly description?: string;
}

/** What an external table says of its files: of CSV in a part of its own, with counts as texts. */
export function externalConfiguration(format: LoadFormat, uris: readonly string[], options: ExternalTableOptions) {
  const { schema, columns, ignoreUnknownValues, maxBadRecords } = options;
  const described = schema !== undefined || columns !== undefined;
  const { skipLeadingRows, ...csv } = csvConfiguration(options, described);
  return {
    sourceFormat: sourceFormats[format],
    sourceUris: [...uris],
    autodetect: !described,
    ...(ignoreUnknownValues === undefined ? {} : { ignoreUnknownValues }),
    ...(maxBadRecords === undefined ? {} : { maxBadRecords }),
    ...(format === "csv"
      ? {
          csvOptions: {
            ...csv,
            ...(skipLeadingRows === undefined ? {} : { skipLeadingRows: String(skipLeadingRows) }),
          },
        }
      : {}),
  };
}
