/** Which way what a flow gives comes into BigQuery: by its address in Cloud Storage, as the file that it is, or read here. */

import { MillraceError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";
import type { Columns } from "../tables/columns.ts";
import { writeParquet } from "../tables/parquet.ts";
import { readCsv } from "../tables/read-csv.ts";
import { Table } from "../tables/table.ts";
import { contentId, type LoadResult } from "../warehouse/load.ts";
import { formatOf, withLocalCopy, withTemporaryFile } from "../warehouse/sources.ts";
import type { BucketSource, LoadFormat, LoadSource } from "../warehouse.ts";
import type { BigQueryLoadOptions } from "./load-settings.ts";
import type { LoadRequest } from "./loads.ts";

type RunLoad = (request: Omit<LoadRequest, "table">) => Promise<LoadResult>;

/** `table` is for messages. */
export async function loadSource(
  table: string,
  source: LoadSource | readonly string[],
  options: BigQueryLoadOptions,
  run: RunLoad,
): Promise<LoadResult> {
  if (source instanceof Table) return loadTable(source, options, undefined, run);
  if (typeof source === "string") {
    return /^gs:\/\//.test(source) ? loadUris([source], options, run) : loadFile(table, source, options, run);
  }
  return isUris(source) ? loadUris(source, options, run) : loadObject(table, source, options, run);
}

async function loadFile(table: string, file: string, options: BigQueryLoadOptions, run: RunLoad): Promise<LoadResult> {
  const format = formatOf(file, options.format);
  const isThere = await lazyNode.files.stat(file).catch(() => undefined);
  if (!isThere?.isFile()) throw new MillraceError("bad-file", `load into "${table}": there is no file ${file}`);
  const content = await contentId(file);
  const { columns, delimiter, slashDates } = options;
  if (columns !== undefined && isReadHere(format, options)) {
    const csv = {
      columns,
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(slashDates === undefined ? {} : { slashDates }),
    };
    return loadTable(readCsv(file, csv), options, content, run);
  }
  return run({ from: { file }, format, options, content });
}

async function loadUris(uris: readonly string[], options: BigQueryLoadOptions, run: RunLoad): Promise<LoadResult> {
  return run({ from: { uris }, format: formatOf(uris[0] ?? "", options.format), options, content: undefined });
}

async function loadObject(
  table: string,
  source: BucketSource,
  options: BigQueryLoadOptions,
  run: RunLoad,
): Promise<LoadResult> {
  const { uri, version, name } = source;
  const format = formatOf(name, options.format);
  if (uri !== undefined && !isReadHere(format, options)) {
    const content = version === undefined ? undefined : `${uri}#${version}`;
    return run({ from: { uris: [uri] }, format, options, content });
  }
  return withLocalCopy(source, (file) => loadFile(table, file, { ...options, format }, run));
}

async function loadTable(
  rows: Table<Columns>,
  options: BigQueryLoadOptions,
  content: string | undefined,
  run: RunLoad,
): Promise<LoadResult> {
  return withTemporaryFile("rows.parquet", async (file) => {
    await writeParquet(file, rows);
    return run({ from: { file }, format: "parquet", options, content: content ?? options.loadId });
  });
}

/** BigQuery counts the fields of a CSV file; `columns` names them, as for every warehouse. */
function isReadHere(format: LoadFormat, { columns, schema }: BigQueryLoadOptions): boolean {
  return format === "csv" && columns !== undefined && schema === undefined;
}

function isUris(source: BucketSource | readonly string[]): source is readonly string[] {
  return Array.isArray(source);
}
