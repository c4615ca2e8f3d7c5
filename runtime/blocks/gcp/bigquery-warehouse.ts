import { MillraceError } from "../../protocol/errors.ts";
import { connectionOf } from "../bigquery/connection.ts";
import { type InsertedRow, type InsertOptions, type InsertResult, insertRows } from "../bigquery/insert.ts";
import { locationOptions } from "../bigquery/jobs.ts";
import {
  type BigQueryLoadOptions,
  type ExternalTableOptions,
  externalConfiguration,
} from "../bigquery/load-settings.ts";
import { loadSource } from "../bigquery/load-sources.ts";
import { runLoad } from "../bigquery/loads.ts";
import {
  type DryRun,
  dryRunStatement,
  executeForEach,
  executeStatement,
  type QueryOptions,
  type QueryPlace,
  queryRows,
} from "../bigquery/queries.ts";
import { type Field, type TableOptions, tableFields, tableMetadata } from "../bigquery/schema.ts";
import { quotedTable, type TableName, tableName } from "../bigquery/statements.ts";
import { testWarehouse } from "../bigquery/test-warehouse.ts";
import { bigQuerySchema } from "../bigquery/warehouse-schema.ts";
import { defineBlock } from "../define.ts";
import type { Columns } from "../tables/columns.ts";
import type { TestSteps } from "../test-steps.ts";
import type { LoadResult } from "../warehouse/load.ts";
import { formatOf } from "../warehouse/sources.ts";
import type { LoadSource, Warehouse, WarehouseParameters, WarehouseRow, WarehouseValue } from "../warehouse.ts";

/**
 * Google BigQuery.
 *
 * ```ts
 * const warehouse = await BigQueryWarehouse.load("zoom-bq");
 * await warehouse.load("trips", await bucket.source("yellow/2021-01.parquet"));
 * await warehouse.fetchOne("SELECT count(*) AS trips FROM trips WHERE passenger_count > ?", [2]);
 * ```
 * What changes something may run again without being done twice: its job has an id that follows from the call of the
 * task, and a load that appends is remembered by what it loads for half a year.
 *
 * | type | in a row | as a parameter |
 * |---|---|---|
 * | INT64 | number, bigint beyond 2^53 | whole number, bigint |
 * | FLOAT64 | number | number |
 * | NUMERIC, BIGNUMERIC | string, all digits | bigint beyond 64 bits; a string with `types` |
 * | BOOL, STRING | boolean, string | boolean, string |
 * | BYTES | Uint8Array | Uint8Array |
 * | DATE | "2021-01-31" | Date at midnight UTC, string |
 * | DATETIME, TIMESTAMP | "2021-01-31 23:59:00[.250]", UTC | Date, string |
 * | TIME, GEOGRAPHY, INTERVAL, RANGE, JSON | string as BigQuery gives it | string with `types` |
 * | ARRAY, STRUCT | array, object | array, object |
 */
export class BigQueryWarehouse
  extends defineBlock({
    slug: "bigquery-warehouse",
    title: "BigQuery Warehouse",
    description: "Datasets and tables of Google BigQuery.",
    category: "Databases",
    logo: "bigquery-warehouse",
    schema: bigQuerySchema,
  })
  implements Warehouse
{
  readonly #connection = connectionOf(this.settings);

  async query(sql: string, parameters: WarehouseParameters = [], options: QueryOptions = {}): Promise<WarehouseRow[]> {
    const rows: WarehouseRow[] = [];
    for await (const row of this.rows(sql, parameters, options)) rows.push(row);
    return rows;
  }

  async fetchAll(
    sql: string,
    parameters: WarehouseParameters = [],
    options: QueryOptions = {},
  ): Promise<WarehouseRow[]> {
    return this.query(sql, parameters, options);
  }

  async fetchOne(
    sql: string,
    parameters: WarehouseParameters = [],
    options: QueryOptions = {},
  ): Promise<WarehouseRow | undefined> {
    const [row] = await this.fetchMany(sql, parameters, 1, options);
    return row;
  }

  async fetchMany(
    sql: string,
    parameters: WarehouseParameters,
    size: number,
    options: QueryOptions = {},
  ): Promise<WarehouseRow[]> {
    const rows: WarehouseRow[] = [];
    if (size < 1) return rows;
    for await (const row of this.rows(sql, parameters, { pageSize: size, ...options })) {
      rows.push(row);
      if (rows.length === size) break;
    }
    return rows;
  }

  /** The rows one after another; the next page is fetched when it is needed. */
  async *rows(
    sql: string,
    parameters: WarehouseParameters = [],
    options: QueryOptions = {},
  ): AsyncGenerator<WarehouseRow> {
    yield* queryRows(await this.#place(options), sql, parameters, options);
  }

  /** Runs one statement; returns the number of rows it changed. */
  async execute(sql: string, parameters: WarehouseParameters = [], options: QueryOptions = {}): Promise<number> {
    return executeStatement(await this.#place(options), sql, parameters, options);
  }

  /**
   * Runs one statement for each list of values, as one script: all or none. For thousands of rows `load` is the way:
   * a script has at most 10,000 parameters and a megabyte.
   */
  async executeMany(sql: string, rows: Iterable<readonly WarehouseValue[]>): Promise<void> {
    await executeForEach(await this.#place(), sql, rows);
  }

  /** What a statement would read, without running it. Costs nothing. */
  async dryRun(sql: string, parameters: WarehouseParameters = [], options: QueryOptions = {}): Promise<DryRun> {
    return dryRunStatement(await this.#place(options), sql, parameters, options);
  }

  /** Creates the dataset (the block's own if not named) when it is not there. */
  async createDataset(
    name: string | undefined = this.settings.dataset,
    options: { readonly location?: string; readonly description?: string } = {},
  ): Promise<void> {
    if (name === undefined)
      throw new MillraceError("bad-usage", "createDataset: name a dataset, or give the block one");
    const { location = this.settings.location, ...rest } = options;
    await this.#connection.create(`dataset "${name}"`, (client) =>
      client.bigquery.createDataset(name, { ...rest, ...locationOptions(location) }),
    );
  }

  /** Creates the table when it is not there. What a table that is there looks like is not compared. */
  async createTable(table: string, columns: Columns | readonly Field[], options: TableOptions = {}): Promise<void> {
    const name = this.#table(table);
    await this.#connection.create(`table "${table}"`, (client) =>
      client
        .dataset(name)
        .createTable(name.table, { schema: { fields: tableFields(columns) }, ...tableMetadata(options) }),
    );
  }

  /** Creates a table whose rows stay in the objects: "gs://bucket/yellow/*.parquet". Nothing happens when it is there. */
  async createExternalTable(
    table: string,
    uris: string | readonly string[],
    options: ExternalTableOptions = {},
  ): Promise<void> {
    const name = this.#table(table);
    const list = typeof uris === "string" ? [uris] : uris;
    const format = formatOf(list[0] ?? "", options.format);
    const given = options.schema ?? options.columns;
    const { description } = options;
    await this.#connection.create(`external table "${table}"`, (client) =>
      client.dataset(name).createTable(name.table, {
        ...(given === undefined ? {} : { schema: { fields: tableFields(given) } }),
        ...(description === undefined ? {} : { description }),
        externalDataConfiguration: externalConfiguration(format, list, options),
      }),
    );
  }

  /**
   * Loads a file of this machine, an object of a bucket or a table of `millrace/blocks`; what is in Cloud Storage
   * ("gs://bucket/yellow/*.parquet", or an object of a GcsBucket) is read there. The table is created when it is not
   * there. Rows are there all at once, or not at all.
   *
   * A CSV file with `columns` is read here, by the names in its first line, as every warehouse reads it; one with
   * `schema` goes to BigQuery as it is, and so does one without either, which BigQuery looks at by itself.
   */
  async load(
    table: string,
    source: LoadSource | readonly string[],
    options: BigQueryLoadOptions = {},
  ): Promise<LoadResult> {
    const { client, context } = await this.#place(options);
    const name = this.#table(table);
    return loadSource(table, source, options, (request) => runLoad(client, context, { table: name, ...request }));
  }

  /**
   * Streams rows into a table that is there; they can be queried at once, and cannot be changed for some minutes.
   * @throws MillraceError "bad-parameters" with row and field of what BigQuery refuses.
   */
  async insertStream(
    table: string,
    rows: Iterable<InsertedRow> | AsyncIterable<InsertedRow>,
    options: InsertOptions = {},
  ): Promise<InsertResult> {
    const { client, context } = await this.#place();
    return insertRows(context.retry, client.table(this.#table(table)), table, rows, options);
  }

  /** Counted by a query, which BigQuery answers from what it knows of the table: nothing is billed. */
  async rowCount(table: string): Promise<number> {
    const row = await this.fetchOne(`SELECT COUNT(*) AS row_count FROM ${quotedTable(this.#table(table))}`);
    return Number(row?.["row_count"] ?? 0);
  }

  /** Names of the tables of the dataset, sorted. */
  async tables(dataset: string | undefined = this.settings.dataset): Promise<string[]> {
    if (dataset === undefined) throw new MillraceError("bad-usage", "tables: name a dataset, or give the block one");
    return this.#connection.request(`dataset "${dataset}"`, async (client, retry) => {
      const names: string[] = [];
      let page: object | null = { autoPaginate: false };
      while (page !== null) {
        const query: object = page;
        const [tables, next] = await retry(() => client.dataset({ project: undefined, dataset }).getTables(query));
        names.push(...tables.flatMap(({ id }) => id ?? []));
        page = next ?? null;
      }
      return names.sort();
    });
  }

  async dropTable(table: string): Promise<void> {
    const name = this.#table(table);
    await this.#connection.request(`table "${table}"`, async (client, retry) => {
      await retry(() => client.table(name).delete({ ignoreNotFound: true }));
    });
  }

  /** There is nothing to let go of: requests end by themselves. */
  async close(): Promise<void> {}

  override async test(steps: TestSteps): Promise<void> {
    const { dataset } = this.settings;
    await testWarehouse(steps, {
      endpoint: this.#connection.endpoint ?? "https://bigquery.googleapis.com",
      credentials: this.#connection.credentials,
      dataset,
      project: async () => (await this.#connection.open()).bigquery.projectId,
      locationOf: async (name) => (await this.#connection.locationOf(name)) ?? "an unnamed place",
      tryQuery: async () => void (await this.dryRun("SELECT 1")),
    });
  }

  #table(text: string): TableName {
    return tableName(text, this.settings.dataset);
  }

  async #place(options: Pick<QueryOptions, "timeout"> = {}): Promise<QueryPlace> {
    const client = await this.#connection.open();
    return { client, context: this.#connection.context(client, options), dataset: this.settings.dataset };
  }
}
