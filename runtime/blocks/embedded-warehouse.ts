import path from "node:path";
import { MillraceError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { defineBlock } from "./define.ts";
import type { Columns } from "./tables/columns.ts";
import { readParquet } from "./tables/parquet.ts";
import { type ReadCsvOptions, readCsv } from "./tables/read-csv.ts";
import type { Table } from "./tables/table.ts";
import type { TestSteps } from "./test-steps.ts";
import { type Connection, connect, type Engine, engines } from "./warehouse/connection.ts";
import type { SqlRow } from "./warehouse/database.ts";
import {
  contentId,
  createStatement,
  type LoadRequest,
  type LoadResult,
  ledgerTable,
  loadRows,
  quoted,
  tableColumns,
} from "./warehouse/load.ts";
import { withSource } from "./warehouse/load-source.ts";
import { sqliteParameters, sqliteValue } from "./warehouse/sqlite-values.ts";
import type { LoadSource, Warehouse, WarehouseLoadOptions, WarehouseParameters, WarehouseValue } from "./warehouse.ts";

export interface EmbeddedWarehouseSettings {
  /** The database's file. Relative paths are taken from the working directory. */
  readonly file: string;
  /** "auto" takes Node's own SQLite where there is one, else sql.js. */
  readonly engine?: Engine;
}

export interface LoadOptions {
  /**
   * What makes a load the same as an earlier one: the hash of the file's bytes if not given. With a name of your own
   * ("yellow/2021-01") a file with new content takes the place of what was loaded under that name.
   */
  readonly loadId?: string;
  readonly onProgress?: (progress: { rows: number }) => void;
}

/**
 * A SQL warehouse in one file that needs nothing installed (SQLite). Times are kept as ISO texts in UTC
 * ("2021-01-31 23:59:00"), which sort and which SQL's date functions read; booleans as 0 and 1.
 *
 * ```ts
 * const warehouse = await EmbeddedWarehouse.load("default");   // $MILLRACE_HOME/warehouses/default.sqlite
 * await warehouse.loadFromParquet("trips", "trips.parquet");
 * await warehouse.query("SELECT count(*) AS rows FROM trips WHERE passenger_count > ?", [2]);
 * ```
 * Loading the same file again does nothing, so a task that loads may be retried or resumed.
 */
export class EmbeddedWarehouse
  extends defineBlock({
    slug: "embedded-warehouse",
    title: "Embedded Warehouse",
    description:
      'A SQL warehouse in one file (SQLite) that needs nothing installed. "default" is there without being saved.',
    category: "Databases",
    logo: "embedded-warehouse",
    schema: (z) =>
      z.object({
        file: z
          .string()
          .min(1)
          .describe("The database's file. A relative one is taken from the working directory of the run."),
        engine: z.enum(engines).optional().describe('"auto" takes Node\'s own SQLite where there is one, else sql.js.'),
      }),
    check: ({ file, engine }) => {
      const known = engines.find((each) => each === engine);
      if (typeof file !== "string" || file === "" || known !== engine) return undefined;
      return known === undefined ? { file } : { file, engine: known };
    },
    fallback: (name) =>
      name === "default" ? { file: path.join(homeFolder(), "warehouses", "default.sqlite") } : undefined,
  })
  implements Warehouse
{
  readonly file: string;
  readonly engine: Engine;
  #connection: Connection | undefined;

  constructor(settings: EmbeddedWarehouseSettings) {
    super(settings);
    this.file = path.resolve(this.settings.file);
    this.engine = this.settings.engine ?? "auto";
  }

  override async test(steps: TestSteps): Promise<void> {
    try {
      await steps.step("file", () => this.file);
      await steps.step("database", async () => {
        const tables = await this.tables();
        return `${tables.length} ${tables.length === 1 ? "table" : "tables"}`;
      });
    } finally {
      await this.close();
    }
  }

  /** All rows of a SELECT. Parameters are a list for `?`, or an object for `:name`. */
  async query(sql: string, parameters: WarehouseParameters = []): Promise<SqlRow[]> {
    return this.#open().read((database) => [...database.rows(sql, sqliteParameters(parameters))]);
  }

  async fetchAll(sql: string, parameters: WarehouseParameters = []): Promise<SqlRow[]> {
    return this.query(sql, parameters);
  }

  async fetchOne(sql: string, parameters: WarehouseParameters = []): Promise<SqlRow | undefined> {
    const [row] = await this.fetchMany(sql, parameters, 1);
    return row;
  }

  /** The first `size` rows. */
  async fetchMany(sql: string, parameters: WarehouseParameters, size: number): Promise<SqlRow[]> {
    return this.#open().read((database) => {
      const rows: SqlRow[] = [];
      if (size < 1) return rows;
      for (const row of database.rows(sql, sqliteParameters(parameters))) {
        rows.push(row);
        if (rows.length === size) break;
      }
      return rows;
    });
  }

  /** The rows one after another. A statement of somebody else must not wait for the reader: they are read at once. */
  async *rows(sql: string, parameters: WarehouseParameters = []): AsyncGenerator<SqlRow> {
    yield* await this.query(sql, parameters);
  }

  /** Runs one statement; returns the number of rows it changed. */
  async execute(sql: string, parameters: WarehouseParameters = []): Promise<number> {
    return this.#open().change((database) => database.run(sql, sqliteParameters(parameters)));
  }

  /** Runs one statement for each list of values, all or none. */
  async executeMany(sql: string, rows: Iterable<readonly WarehouseValue[]>): Promise<void> {
    await this.#open().transaction((database) => {
      const statement = database.prepare(sql);
      try {
        for (const row of rows) statement.run(row.map((value, index) => sqliteValue(value, `value ${index + 1}`)));
      } finally {
        statement.free();
      }
    });
  }

  /** Creates the table when it is not there. */
  async createTable(table: string, columns: Columns): Promise<void> {
    await this.#open().change((database) => database.execute(createStatement(table, columns)));
  }

  /** Loads a file, an object of a bucket or a table; the table is created from its columns when it is not there. */
  async load(table: string, source: LoadSource, options: WarehouseLoadOptions = {}): Promise<LoadResult> {
    return withSource(table, source, options, ({ rows, loadId, content, source: name }) =>
      this.#load({ table, loadId, content, source: name }, rows, options),
    );
  }

  /** Loads a Parquet file; the table is created from its columns when it is not there. */
  async loadFromParquet(table: string, file: string, options: LoadOptions = {}): Promise<LoadResult> {
    const content = await contentId(file);
    const request = { table, loadId: options.loadId ?? content, content, source: file };
    return this.#load(request, await readParquet(file), options);
  }

  /** Loads a CSV file (packed or not); `columns` says what it holds. */
  async loadFromCsv<C extends Columns>(
    table: string,
    file: string,
    options: Omit<ReadCsvOptions<C>, "onProgress"> & LoadOptions,
  ): Promise<LoadResult> {
    const { loadId, onProgress, ...csv } = options;
    const content = await contentId(file);
    const request = { table, loadId: loadId ?? content, content, source: file };
    return this.#load(request, readCsv(file, csv), onProgress ? { onProgress } : {});
  }

  /** Loads a table of `millrace/blocks`. What makes it the same load again has to be said: its content is not looked at. */
  async loadTable<C extends Columns>(
    table: string,
    rows: Table<C>,
    options: LoadOptions & { readonly loadId: string },
  ): Promise<LoadResult> {
    const { loadId } = options;
    return this.#load({ table, loadId, content: loadId, source: loadId }, rows, options);
  }

  /** What was loaded into a table, oldest first. */
  async loads(table: string): Promise<{ loadId: string; source: string; rows: number; loadedAt: string }[]> {
    if (!(await this.#open().read((database) => tableColumns(database, ledgerTable).length > 0))) return [];
    const rows = await this.query(`SELECT * FROM ${ledgerTable} WHERE table_name = ? ORDER BY id`, [table]);
    return rows.map((row) => ({
      loadId: String(row["load_id"]),
      source: String(row["source"]),
      rows: Number(row["rows"]),
      loadedAt: String(row["loaded_at"]),
    }));
  }

  async rowCount(table: string): Promise<number> {
    const [row] = await this.query(`SELECT count(*) AS rows FROM ${quoted(table)}`);
    return Number(row?.["rows"] ?? 0);
  }

  /** Names of the tables, sorted. */
  async tables(): Promise<string[]> {
    const rows = await this.query(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ? ORDER BY name",
      [ledgerTable],
    );
    return rows.map((row) => String(row["name"]));
  }

  /** Removes the table and the memory of what was loaded into it. */
  async dropTable(table: string): Promise<void> {
    await this.#open().transaction((database) => database.execute(`DROP TABLE IF EXISTS ${quoted(table)}`));
  }

  /** Lets go of the file. Does nothing the second time. */
  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): Connection {
    this.#connection ??= connect(this.file, this.engine);
    return this.#connection;
  }

  async #load<C extends Columns>(request: LoadRequest, rows: Table<C>, options: LoadOptions): Promise<LoadResult> {
    if (request.table.toLowerCase() === ledgerTable) {
      throw new MillraceError(
        "bad-usage",
        `table "${ledgerTable}" is the warehouse's own record of loads; name another`,
      );
    }
    return this.#open().transaction((database) =>
      loadRows(database, request, rows, (count) => options.onProgress?.({ rows: count })),
    );
  }
}
