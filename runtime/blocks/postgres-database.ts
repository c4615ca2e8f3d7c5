import type { Readable } from "node:stream";
import { defineBlock } from "./define.ts";
import type { LoadMode, Pool, Use } from "./postgres/driver.ts";
import { type PostgresTarget, postgresSchema, postgresTarget } from "./postgres/settings.ts";
import { quotedTable, tableName } from "./postgres/statements.ts";
import type { Columns } from "./tables/columns.ts";
import type { TestSteps } from "./test-steps.ts";
import type { LoadResult } from "./warehouse/load.ts";
import { type Rows, withSource } from "./warehouse/load-source.ts";
import type {
  LoadSource,
  Warehouse,
  WarehouseLoadOptions,
  WarehouseParameters,
  WarehouseRow,
  WarehouseValue,
} from "./warehouse.ts";

export interface PostgresLoadOptions extends WarehouseLoadOptions {
  /**
   * append (if not given): adds the rows, unless the same load was done before. truncate: empties the table first.
   * replace: makes the table anew from the columns of what is loaded; the old rows can be read until the new are there.
   * In all of them everything happens, or nothing.
   */
  readonly mode?: LoadMode;
  /** A table that is not there is made from the columns of what is loaded (true if not given). */
  readonly create?: boolean;
  /** Rows after which `onProgress` is called; 100,000 if not given. */
  readonly chunkSize?: number;
}

/** What one can do within a transaction. */
export interface PostgresTransaction {
  query(sql: string, parameters?: WarehouseParameters): Promise<WarehouseRow[]>;
  fetchOne(sql: string, parameters?: WarehouseParameters): Promise<WarehouseRow | undefined>;
  execute(sql: string, parameters?: WarehouseParameters): Promise<number>;
  executeMany(sql: string, rows: Iterable<readonly WarehouseValue[]>): Promise<void>;
  copyFrom(sql: string, source: AsyncIterable<Uint8Array | string>): Promise<number>;
}

type Driver = typeof import("./postgres/driver.ts");

/**
 * A database of a Postgres server.
 *
 * ```ts
 * const database = await PostgresDatabase.load("zoomcamp");
 * await database.load("trips", "yellow_tripdata_2021-01.parquet");
 * const rows = await database.query("SELECT * FROM trips WHERE passenger_count > ?", [2]);
 * await database.transaction(async (tx) => {
 *   await tx.execute("UPDATE accounts SET balance = balance - :sum WHERE id = :from", { sum: 10, from: 1 });
 * });
 * ```
 * Values in rows: int2, int4, floats are numbers; int8 a number, or a bigint where a number cannot hold it; numeric a
 * text, for it is exact; timestamp and date texts ("2021-01-31 23:59:00"), timestamptz a Date; bytea a Uint8Array; json
 * what it says; arrays arrays; all else the text that Postgres writes.
 *
 * When the run is cancelled, or out of time, the server is told to end the statement.
 */
export class PostgresDatabase
  extends defineBlock({
    slug: "postgres-database",
    title: "Postgres Database",
    description: "A database of a Postgres server: queries, transactions, and tables loaded by COPY.",
    category: "Databases",
    logo: "postgres-database",
    schema: postgresSchema,
  })
  implements Warehouse
{
  #target: PostgresTarget | undefined;
  #pool: Promise<{ readonly driver: Driver; readonly pool: Pool }> | undefined;

  override async test(steps: TestSteps): Promise<void> {
    const { testConnection } = await import("./postgres/driver.ts");
    await testConnection(this.#where(), steps);
  }

  /** All rows of a statement. Parameters are a list for `?` or `$1`, or an object for `:name`. */
  async query(sql: string, parameters: WarehouseParameters = []): Promise<WarehouseRow[]> {
    const { driver, pool } = await this.#open();
    return driver.queryRows(pool.use, sql, parameters);
  }

  async fetchAll(sql: string, parameters: WarehouseParameters = []): Promise<WarehouseRow[]> {
    return this.query(sql, parameters);
  }

  async fetchOne(sql: string, parameters: WarehouseParameters = []): Promise<WarehouseRow | undefined> {
    const [row] = await this.fetchMany(sql, parameters, 1);
    return row;
  }

  /** The first `size` rows; the server sends no more of them. */
  async fetchMany(sql: string, parameters: WarehouseParameters, size: number): Promise<WarehouseRow[]> {
    if (size < 1) return [];
    for await (const rows of this.batches(sql, parameters, { size })) return rows;
    return [];
  }

  /** The rows one after another, from a cursor in the server: for more than the memory holds. */
  async *rows(sql: string, parameters: WarehouseParameters = []): AsyncGenerator<WarehouseRow> {
    for await (const rows of this.batches(sql, parameters)) yield* rows;
  }

  /** The rows in batches (of 5,000 if not said). */
  async *batches(
    sql: string,
    parameters: WarehouseParameters = [],
    { size = 5000 }: { readonly size?: number } = {},
  ): AsyncGenerator<WarehouseRow[]> {
    const { driver, pool } = await this.#open();
    yield* driver.readBatches(pool.lease, sql, parameters, size);
  }

  /** Runs one statement; returns the number of rows it changed. */
  async execute(sql: string, parameters: WarehouseParameters = []): Promise<number> {
    const { driver, pool } = await this.#open();
    return driver.executeOne(pool.use, sql, parameters);
  }

  /** Runs one statement for each list of values, all or none. */
  async executeMany(sql: string, rows: Iterable<readonly WarehouseValue[]>): Promise<void> {
    await this.transaction((tx) => tx.executeMany(sql, rows));
  }

  /** What `work` does is kept when it ends well, and undone when it throws. */
  async transaction<T>(work: (tx: PostgresTransaction) => Promise<T>): Promise<T> {
    const { driver, pool } = await this.#open();
    return pool.use(async (client) => {
      await client.query("BEGIN").catch(driver.failed);
      let result: T;
      try {
        const use: Use = (inner) => inner(client);
        result = await work({
          query: (sql, parameters = []) => driver.queryRows(use, sql, parameters),
          fetchOne: async (sql, parameters = []) => (await driver.queryRows(use, sql, parameters))[0],
          execute: (sql, parameters = []) => driver.executeOne(use, sql, parameters),
          executeMany: (sql, rows) => driver.executeAll(client, sql, rows),
          copyFrom: (sql, source) => driver.copyFrom(client, sql, source),
        });
        await client.query("COMMIT").catch(driver.failed);
      } catch (thrown) {
        // On a connection that is gone the server has rolled back already.
        await client.query("ROLLBACK").catch(() => {});
        throw thrown;
      }
      return result;
    });
  }

  /** Sends bytes to a `COPY … FROM STDIN`; returns the number of rows that came in. */
  async copyFrom(sql: string, source: AsyncIterable<Uint8Array | string>): Promise<number> {
    const { driver, pool } = await this.#open();
    return pool.use((client) => driver.copyFrom(client, sql, source));
  }

  /** The bytes of a `COPY … TO STDOUT`, read from the server as the stream is read. */
  async copyTo(sql: string): Promise<Readable> {
    const { driver, pool } = await this.#open();
    return driver.copyTo(pool.lease, sql);
  }

  /** Creates the table when it is not there. */
  async createTable(table: string, columns: Columns): Promise<void> {
    const { createStatement } = await import("./postgres/load.ts");
    await this.execute(createStatement(tableName(table), columns));
  }

  /** Loads a file, an object of a bucket, a table or rows, by COPY; the table is made when it is not there. */
  async load(table: string, source: LoadSource | Rows, options: PostgresLoadOptions = {}): Promise<LoadResult> {
    const { driver, pool } = await this.#open();
    return withSource(table, source, options, ({ rows, loadId, content, source: name }) =>
      pool.use(async (client) => {
        await client.query("BEGIN").catch(driver.failed);
        try {
          const result = await driver.loadInto(client, {
            table: tableName(table),
            mode: options.mode ?? "append",
            create: options.create ?? true,
            chunkSize: options.chunkSize ?? 100_000,
            onRows: (count) => options.onProgress?.({ rows: count }),
            ...{ loadId, content, source: name, rows },
          });
          await client.query("COMMIT").catch(driver.failed);
          return result;
        } catch (thrown) {
          await client.query("ROLLBACK").catch(() => {});
          throw thrown;
        }
      }),
    );
  }

  /** The same by the name that the embedded warehouse has for it. */
  async loadTable(table: string, source: LoadSource | Rows, options: PostgresLoadOptions = {}): Promise<LoadResult> {
    return this.load(table, source, options);
  }

  /** What was loaded into a table, oldest first. */
  async loads(table: string): Promise<{ loadId: string; source: string; rows: number; loadedAt: string }[]> {
    const { schemaOf, ledgerName } = await import("./postgres/load.ts");
    const name = tableName(table);
    const { pool } = await this.#open();
    const schema = await pool.use((client) => schemaOf(client, name));
    const ledger = quotedTable({ schema, table: ledgerName });
    const there = await this.fetchOne("SELECT to_regclass(?) IS NOT NULL AS there", [ledger]);
    if (there?.["there"] !== true) return [];
    const rows = await this.query(
      `SELECT load_id, source, rows, loaded_at FROM ${ledger} WHERE table_name = ? ORDER BY id`,
      [name.table],
    );
    return rows.map((row) => ({
      loadId: String(row["load_id"]),
      source: String(row["source"]),
      rows: Number(row["rows"]),
      loadedAt: row["loaded_at"] instanceof Date ? row["loaded_at"].toISOString() : String(row["loaded_at"]),
    }));
  }

  async rowCount(table: string): Promise<number> {
    const [row] = await this.query(`SELECT count(*) AS rows FROM ${quotedTable(tableName(table))}`);
    return Number(row?.["rows"] ?? 0);
  }

  /** Names of the tables in the schemas of the search path, sorted. */
  async tables(): Promise<string[]> {
    const rows = await this.query(
      `SELECT DISTINCT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))
        AND tablename <> '_millrace_loads' ORDER BY tablename`,
    );
    return rows.map((row) => String(row["tablename"]));
  }

  /** Removes the table and the memory of what was loaded into it. */
  async dropTable(table: string): Promise<void> {
    await this.execute(`DROP TABLE IF EXISTS ${quotedTable(tableName(table))}`);
  }

  /** Ends the connections. Does nothing the second time. */
  async close(): Promise<void> {
    const opened = this.#pool;
    this.#pool = undefined;
    await (await opened)?.pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #where(): PostgresTarget {
    this.#target ??= postgresTarget(this.settings);
    return this.#target;
  }

  #open(): Promise<{ readonly driver: Driver; readonly pool: Pool }> {
    const target = this.#where();
    this.#pool ??= import("./postgres/driver.ts").then((driver) => ({
      driver,
      pool: driver.openPool(target, this.settings.poolSize),
    }));
    return this.#pool;
  }
}
