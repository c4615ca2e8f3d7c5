/** Datasets and tables: what is known of them beside the data in DuckDB. */
import { ApiError, duplicate, invalid, notFound, object, text } from "./api.ts";
import type { Database, Run } from "./database.ts";
import { columnList, type Field, fieldOf, quoted, sizeExpression } from "./types.ts";

export interface TableRecord {
  readonly kind: "bigquery#table";
  readonly tableReference: { readonly projectId: string; readonly datasetId: string; readonly tableId: string };
  readonly type: "TABLE" | "EXTERNAL";
  readonly creationTime: string;
  fields: readonly Field[];
  /** Layout, description, labels: as they were given. */
  readonly given: Readonly<Record<string, unknown>>;
  /** insertIds that came in the last minute. */
  readonly inserted: Set<string>;
}

export interface Catalog {
  readonly datasets: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  createDataset(project: string, body: Record<string, unknown>): Promise<unknown>;
  dataset(project: string, id: string): Readonly<Record<string, unknown>>;
  deleteDataset(project: string, id: string, withContents: boolean): Promise<void>;
  tables(project: string, dataset: string): TableRecord[];
  /** @throws ApiError 404 */
  table(project: string, dataset: string, id: string): TableRecord;
  find(dataset: string, id: string): TableRecord | undefined;
  /** Within `exclusive`: a table of these fields, or a view on files. */
  create(
    run: Run,
    reference: TableRecord["tableReference"],
    fields: readonly Field[],
    given: Record<string, unknown>,
    view?: string,
  ): Promise<TableRecord>;
  drop(project: string, dataset: string, id: string): Promise<void>;
  /** Within `exclusive`: takes in what a statement has created, changed or dropped. */
  refresh(run: Run, project: string): Promise<void>;
  describe(table: TableRecord): Promise<unknown>;
  logicalBytes(run: Run, table: TableRecord, columns: (name: string) => boolean): Promise<number>;
}

export const nameOf = (dataset: string, table: string) => `${quoted(dataset)}.${quoted(table)}`;

export function createCatalog(database: Database): Catalog {
  const datasets = new Map<string, Readonly<Record<string, unknown>>>();
  const tables = new Map<string, TableRecord>();
  const key = (dataset: string, table: string) => `${dataset}.${table}`;
  const catalog: Catalog = {
    datasets,
    async createDataset(project, body) {
      const id = text(object(body["datasetReference"])["datasetId"]);
      if (!/^\w{1,1024}$/.test(id)) throw invalid(`Invalid dataset ID "${id}".`);
      if (datasets.has(id)) throw duplicate(`Dataset ${project}:${id}`);
      const now = String(Date.now());
      const dataset = {
        kind: "bigquery#dataset",
        id: `${project}:${id}`,
        location: "US",
        creationTime: now,
        ...body,
        datasetReference: { projectId: project, datasetId: id },
      };
      datasets.set(id, dataset);
      await database.exclusive((run) => run(`CREATE SCHEMA ${quoted(id)}`));
      return dataset;
    },
    dataset(project, id) {
      const found = datasets.get(id);
      if (found === undefined) throw notFound(`Dataset ${project}:${id}`);
      return found;
    },
    async deleteDataset(project, id, withContents) {
      catalog.dataset(project, id);
      const inside = catalog.tables(project, id);
      if (inside.length > 0 && !withContents) {
        throw new ApiError(400, "resourceInUse", `Dataset ${project}:${id} is still in use`);
      }
      await database.exclusive((run) => run(`DROP SCHEMA ${quoted(id)} CASCADE`));
      datasets.delete(id);
      for (const { tableReference } of inside) tables.delete(key(id, tableReference.tableId));
    },
    tables(project, dataset) {
      catalog.dataset(project, dataset);
      return [...tables.values()].filter(({ tableReference }) => tableReference.datasetId === dataset);
    },
    table(project, dataset, id) {
      catalog.dataset(project, dataset);
      const found = catalog.find(dataset, id);
      if (found === undefined) throw notFound(`Table ${project}:${dataset}.${id}`);
      return found;
    },
    find: (dataset, id) => tables.get(key(dataset, id)),
    async create(run, reference, fields, given, view) {
      const { projectId, datasetId, tableId } = reference;
      catalog.dataset(projectId, datasetId);
      if (!/^[\w -]{1,1024}$/.test(tableId)) throw invalid(`Invalid table ID "${tableId}".`);
      if (tables.has(key(datasetId, tableId))) throw duplicate(`Table ${projectId}:${datasetId}.${tableId}`);
      const name = nameOf(datasetId, tableId);
      checkLayout(fields, given);
      if (view !== undefined) await run(`CREATE VIEW ${name} AS ${view}`);
      else if (fields.length > 0) await run(`CREATE TABLE ${name} (${columnList(fields)})`);
      const table: TableRecord = {
        kind: "bigquery#table",
        tableReference: reference,
        type: view === undefined ? "TABLE" : "EXTERNAL",
        creationTime: String(Date.now()),
        fields,
        given,
        inserted: new Set(),
      };
      tables.set(key(datasetId, tableId), table);
      return table;
    },
    async drop(project, dataset, id) {
      const { type, fields } = catalog.table(project, dataset, id);
      if (type === "EXTERNAL" || fields.length > 0) {
        await database.exclusive((run) => run(`DROP ${type === "TABLE" ? "TABLE" : "VIEW"} ${nameOf(dataset, id)}`));
      }
      tables.delete(key(dataset, id));
    },
    async refresh(run, project) {
      const rows = await run("SELECT table_schema, table_name, table_type FROM information_schema.tables");
      const present = new Set<string>();
      for (const [schema, name, type] of rows.getRowsJson()) {
        const [dataset, id] = [String(schema), String(name)];
        if (!datasets.has(dataset)) continue;
        present.add(key(dataset, id));
        if (tables.has(key(dataset, id))) continue;
        const described = await run(`SELECT * FROM ${nameOf(dataset, id)} LIMIT 0`);
        tables.set(key(dataset, id), {
          kind: "bigquery#table",
          tableReference: { projectId: project, datasetId: dataset, tableId: id },
          type: type === "VIEW" ? "EXTERNAL" : "TABLE",
          creationTime: String(Date.now()),
          fields: described.columnNames().map((column, index) => fieldOf(column, described.columnType(index))),
          given: {},
          inserted: new Set(),
        });
      }
      for (const [name, table] of tables) {
        if (!present.has(name) && table.fields.length > 0) tables.delete(name);
      }
    },
    async describe(table) {
      const { tableReference, fields, given, inserted: _, ...rest } = table;
      const { projectId, datasetId, tableId } = tableReference;
      const readable = table.type === "TABLE" && fields.length > 0;
      const rows = readable
        ? await database.exclusive(async (run) => {
            const found = await run(`SELECT count(*) FROM ${nameOf(datasetId, tableId)}`);
            return String(found.getRowsJson()[0]?.[0] ?? 0);
          })
        : "0";
      return {
        ...given,
        ...rest,
        id: `${projectId}:${datasetId}.${tableId}`,
        etag: "etag",
        location: catalog.dataset(projectId, datasetId)["location"],
        tableReference,
        numRows: rows,
        ...(fields.length > 0 ? { schema: { fields } } : {}),
      };
    },
    async logicalBytes(run, table, wanted) {
      const columns = table.fields.filter(({ name }) => wanted(name));
      if (columns.length === 0) return 0;
      const { datasetId, tableId } = table.tableReference;
      const sum = columns.map((field) => `sum(${sizeExpression(field)})`).join(" + ");
      const rows = await run(`SELECT ${sum} FROM ${nameOf(datasetId, tableId)}`);
      return Number(rows.getRowsJson()[0]?.[0] ?? 0);
    },
  };
  return catalog;
}

/** Tables are partitioned and clustered by columns that they have, of the types that BigQuery allows. */
function checkLayout(fields: readonly Field[], given: Record<string, unknown>): void {
  const partitionField = object(given["timePartitioning"])["field"];
  if (partitionField !== undefined) {
    const field = fields.find(({ name }) => name === partitionField);
    if (field === undefined)
      throw invalid(`The field specified for partitioning cannot be found in the schema: ${text(partitionField)}`);
    if (!["DATE", "DATETIME", "TIMESTAMP"].includes(field.type)) {
      throw invalid("The field specified for time partitioning can only be of type TIMESTAMP, DATE or DATETIME.");
    }
  }
  const clustering = object(given["clustering"])["fields"];
  if (!Array.isArray(clustering)) return;
  if (clustering.length > 4) throw invalid("Too many clustering fields: at most 4");
  for (const name of clustering) {
    if (!fields.some((field) => field.name === name)) {
      throw invalid(`The field specified for clustering cannot be found in the schema: ${text(name)}`);
    }
  }
}
