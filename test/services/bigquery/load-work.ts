/** What a load job does: reads its files, checks them against the table, and writes all of their rows or none. */
import type { GcsServer } from "../gcs/server.ts";
import { ApiError, duplicate, invalid, notFound, object, text } from "./api.ts";
import type { Database, Run } from "./database.ts";
import { objectFiles, readSource, type Source } from "./files.ts";
import type { Outcome } from "./jobs.ts";
import { type Catalog, nameOf, type TableRecord } from "./tables.ts";
import { duckType, type Field, literal, quoted } from "./types.ts";

export interface LoadSurroundings {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly gcs: GcsServer;
}

/** `upload` is the file that came with the request; without one the sources are objects. */
export async function load(
  around: LoadSurroundings,
  configuration: Record<string, unknown>,
  upload: string | undefined,
): Promise<Outcome> {
  const { database, catalog, gcs } = around;
  const reference = object(configuration["destinationTable"]);
  const [projectId, datasetId] = [text(reference["projectId"]), text(reference["datasetId"])];
  const [tableId = "", partition] = text(reference["tableId"]).split("$");
  catalog.dataset(projectId, datasetId);
  const uris = configuration["sourceUris"];
  const files = upload === undefined ? objectFiles(gcs, Array.isArray(uris) ? uris : []) : [upload];
  return database.exclusive(async (run) => {
    const present = catalog.find(datasetId, tableId);
    const source = await read(run, files, configuration, present);
    if (present === undefined && configuration["createDisposition"] === "CREATE_NEVER") {
      throw notFound(`Table ${projectId}:${datasetId}.${tableId}`);
    }
    const { schema: _, ...given } = configuration;
    const table =
      present ?? (await catalog.create(run, { projectId, datasetId, tableId }, source.fields, pickLayout(given)));
    if (present !== undefined) await fit(run, present, source, configuration);
    const rows = await write(run, table, source, text(configuration["writeDisposition"]) || "WRITE_APPEND", partition);
    return {
      statistics: {
        load: { inputFiles: String(source.files), outputRows: String(rows), badRecords: "0" },
      },
    };
  });
}

async function read(
  run: Run,
  files: readonly string[],
  configuration: Record<string, unknown>,
  present: TableRecord | undefined,
): Promise<Source> {
  const told =
    "schema" in configuration || configuration["autodetect"] === true || configuration["sourceFormat"] === "PARQUET";
  if (!told && (present?.fields.length ?? 0) === 0) throw invalid("No schema specified on job or table.");
  const described = told ? configuration : { ...configuration, schema: { fields: present?.fields } };
  try {
    return await readSource(run, files, described);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw invalid(`Error while reading data, error message: ${message(error)}`);
  }
}

/** A table that is there keeps its schema, unless the load may add fields. */
async function fit(
  run: Run,
  table: TableRecord,
  source: Source,
  configuration: Record<string, unknown>,
): Promise<void> {
  const { datasetId, tableId, projectId } = table.tableReference;
  const known = new Map(table.fields.map((field) => [field.name.toLowerCase(), field]));
  const refuse = (what: string) =>
    invalid(`Provided Schema does not match Table ${projectId}:${datasetId}.${tableId}. ${what}`);
  const added: Field[] = [];
  const truncates = configuration["writeDisposition"] === "WRITE_TRUNCATE";
  for (const field of source.fields) {
    const column = known.get(field.name.toLowerCase());
    if (column === undefined) added.push(field);
    else if (column.type !== field.type || (column.mode === "REPEATED") !== (field.mode === "REPEATED")) {
      throw refuse(`Field ${field.name} has changed type from ${column.type} to ${field.type}`);
    }
  }
  const [first] = added;
  if (first === undefined) return;
  const options = configuration["schemaUpdateOptions"];
  const allowed = truncates || (Array.isArray(options) && options.includes("ALLOW_FIELD_ADDITION"));
  if (!allowed) throw refuse(`Cannot add fields (field: ${first.name})`);
  for (const field of added) {
    await run(`ALTER TABLE ${nameOf(datasetId, tableId)} ADD COLUMN ${quoted(field.name)} ${duckType(field)}`);
  }
  table.fields = [...table.fields, ...added];
}

async function write(
  run: Run,
  table: TableRecord,
  source: Source,
  disposition: string,
  partition: string | undefined,
): Promise<number> {
  const { datasetId, tableId, projectId } = table.tableReference;
  const name = nameOf(datasetId, tableId);
  const inPartition = partition === undefined ? "true" : partitionCondition(table, partition);
  await run("BEGIN");
  try {
    const counted = await run(`SELECT count(*) FROM ${name} WHERE ${inPartition}`);
    if (disposition === "WRITE_EMPTY" && Number(counted.getRowsJson()[0]?.[0]) > 0) {
      throw duplicate(`Table ${projectId}:${datasetId}.${tableId}`);
    }
    if (disposition === "WRITE_TRUNCATE") await run(`DELETE FROM ${name} WHERE ${inPartition}`);
    const inserted = await run(`INSERT INTO ${name} BY NAME ${source.select}`);
    if (partition !== undefined) {
      const strays = await run(`SELECT count(*) FROM (${source.select}) WHERE NOT (${inPartition})`);
      if (Number(strays.getRowsJson()[0]?.[0]) > 0) {
        throw invalid(
          `Some rows belong to different partitions rather than destination partition ${tableId}$${partition}`,
        );
      }
    }
    await run("COMMIT");
    return Number(inserted.getRowsJson()[0]?.[0] ?? 0);
  } catch (error) {
    await run("ROLLBACK");
    if (error instanceof ApiError) throw error;
    throw invalid(`Error while reading data, error message: ${message(error)}`);
  }
}

function partitionCondition(table: TableRecord, partition: string): string {
  const field = text(object(table.given["timePartitioning"])["field"]);
  if (field === "") throw invalid("Cannot load into a partition of a table that is not partitioned by a column");
  const format: Readonly<Record<number, string>> = { 4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 10: "%Y%m%d%H" };
  const known = format[partition.length];
  if (known === undefined || !/^\d+$/.test(partition)) throw invalid(`Invalid partition id: ${partition}`);
  return `strftime(${quoted(field)}, '${known}') = ${literal(partition)}`;
}

export function pickLayout(given: Record<string, unknown>): Record<string, unknown> {
  const names = [
    "timePartitioning",
    "rangePartitioning",
    "clustering",
    "requirePartitionFilter",
    "description",
    "labels",
  ];
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
}

const message = (error: unknown) => (error instanceof Error ? error.message.slice(0, 400) : String(error));
