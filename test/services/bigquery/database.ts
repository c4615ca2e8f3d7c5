/** The data: one DuckDB in memory, a schema for each dataset. Statements run one after another. */
import { type DuckDBConnection, DuckDBInstance, type DuckDBResultReader } from "@duckdb/node-api";

export interface Database {
  /** Runs when everything asked for before is done. */
  exclusive<T>(work: (run: (sql: string) => Promise<DuckDBResultReader>) => Promise<T>): Promise<T>;
  close(): void;
}

export async function openDatabase(): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection: DuckDBConnection = await instance.connect();
  await connection.run("SET timezone = 'UTC'");
  const run = (sql: string) => connection.runAndReadAll(sql);
  let tail: Promise<unknown> = Promise.resolve();
  return {
    exclusive(work) {
      const result = tail.then(() => work(run));
      tail = result.catch(() => {});
      return result;
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export type Run = (sql: string) => Promise<DuckDBResultReader>;
