import { MillraceError } from "../../protocol/errors.ts";
import { callId } from "../call-ids.ts";
import type { Columns, Row } from "../tables/columns.ts";
import { inferColumns } from "../tables/infer.ts";
import { readParquet } from "../tables/parquet.ts";
import { readCsv } from "../tables/read-csv.ts";
import { readNdjson } from "../tables/read-ndjson.ts";
import { Table } from "../tables/table.ts";
import type { BucketSource, LoadSource, WarehouseLoadOptions } from "../warehouse.ts";
import { contentId } from "./load.ts";
import { formatOf, withLocalCopy } from "./sources.ts";

/** Rows as objects; `columns` says what they hold. */
export type Rows = Iterable<Row> | AsyncIterable<Row>;

export interface OpenedSource {
  readonly rows: Table<Columns>;
  readonly loadId: string;
  readonly content: string;
  /** For messages and the ledger. */
  readonly source: string;
}

/** Runs `work` with what the source holds, as a table. */
export async function withSource<T>(
  table: string,
  source: LoadSource | Rows,
  options: WarehouseLoadOptions,
  work: (opened: OpenedSource) => Promise<T>,
): Promise<T> {
  if (typeof source === "string") return work(await openFile(source, source, options));
  if (isObject(source)) return withLocalCopy(source, async (file) => work(await openFile(file, source.name, options)));
  const rows = source instanceof Table ? source : rowsAsTable(table, source, options);
  // Nothing is known of what a table holds: it is the same load when it is the same call of a task.
  const loadId = options.loadId ?? callId("load", [table]);
  return work({ rows, loadId, content: loadId, source: loadId });
}

async function openFile(file: string, name: string, options: WarehouseLoadOptions): Promise<OpenedSource> {
  const rows = await fileAsTable(file, name, options);
  const content = await contentId(file);
  return { rows, loadId: options.loadId ?? content, content, source: name };
}

async function fileAsTable(file: string, name: string, options: WarehouseLoadOptions): Promise<Table<Columns>> {
  const format = formatOf(name, options.format);
  if (format === "parquet") return readParquet(file, options.columns ? { columns: Object.keys(options.columns) } : {});
  const { delimiter, slashDates } = options;
  const reading = {
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(slashDates === undefined ? {} : { slashDates }),
  };
  const columns = options.columns ?? (await inferColumns(file, { format, ...reading }));
  return format === "csv" ? readCsv(file, { columns, ...reading }) : readNdjson(file, { columns });
}

function rowsAsTable(table: string, rows: Rows, { columns }: WarehouseLoadOptions): Table<Columns> {
  if (columns === undefined) {
    throw new MillraceError("bad-usage", `load into "${table}": say with columns what the rows hold`);
  }
  return Table.of(columns, rows);
}

function isObject(source: BucketSource | Table<Columns> | Rows): source is BucketSource {
  return "open" in source && "name" in source;
}
