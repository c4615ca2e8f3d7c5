import initSqlJs from "sql.js";

export type SqlValue = initSqlJs.SqlValue;

/** A prepared statement, kept for the life of the database. */
export interface Statement {
  run(values: SqlValue[]): void;
  /** The first row, or undefined. */
  first(values: SqlValue[]): SqlValue[] | undefined;
  all(values: SqlValue[]): SqlValue[][];
}

/** The few things the index needs of SQLite. Synchronous: a call blocks the thread for as long as it takes. */
export interface SqlDatabase {
  execute(sql: string): void;
  prepare(sql: string): Statement;
  /** Runs `work` in a transaction; when it throws, nothing of it has happened. */
  transaction<T>(work: () => T): T;
  /** The whole database as a file's bytes. Blocks for long: only the snapshot worker calls it. */
  export(): Uint8Array;
  close(): void;
}

/**
 * Opens a database in memory, empty or from the bytes of a file. sql.js finds sql-wasm.wasm beside the file that it
 * was loaded from: in dist/ when bundled, in its package when the sources run.
 */
export async function openDatabase(bytes?: Uint8Array): Promise<SqlDatabase> {
  const { Database } = await initSqlJs();
  const database = new Database(bytes);
  // Nothing here outlives the process, so nothing is synced; the journal in memory is for ROLLBACK alone.
  database.exec(
    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; " +
      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;",
  );
  // contains_text(name, flow name, parameters, what): case-insensitive for all of Unicode, which LIKE is not.
  database.create_function("contains_text", (name: SqlValue, flow: SqlValue, parameters: SqlValue, text: SqlValue) =>
    [name, flow, parameters].some((value) => String(value).toLowerCase().includes(String(text))) ? 1 : 0,
  );
  const prepared = new Map<string, Statement>();

  const prepare = (sql: string): Statement => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    const made: Statement = {
      run(values) {
        try {
          statement.run(values);
        } finally {
          statement.reset();
        }
      },
      first(values) {
        try {
          statement.bind(values);
          return statement.step() ? statement.get() : undefined;
        } finally {
          statement.reset();
        }
      },
      all(values) {
        const rows: SqlValue[][] = [];
        try {
          statement.bind(values);
          while (statement.step()) rows.push(statement.get());
          return rows;
        } finally {
          statement.reset();
        }
      },
    };
    prepared.set(sql, made);
    return made;
  };

  return {
    execute: (sql) => void database.exec(sql),
    prepare,
    transaction(work) {
      prepare("BEGIN").run([]);
      try {
        const result = work();
        prepare("COMMIT").run([]);
        return result;
      } catch (error) {
        prepare("ROLLBACK").run([]);
        throw error;
      }
    },
    export: () => database.export(),
    close() {
      prepared.clear();
      database.close();
    },
  };
}
