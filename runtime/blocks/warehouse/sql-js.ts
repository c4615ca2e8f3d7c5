import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Database as SqlJsDatabase } from "sql.js";
import { MillraceError, toError } from "../../protocol/errors.ts";
import type { Database, SqlParameters, SqlRow, SqlValue } from "./database.ts";
import { plainInteger } from "./database.ts";

/**
 * The fallback: SQLite as WebAssembly, in memory, written back whole after each change. A second process that did the
 * same would undo the first one's work, so the database belongs to one process at a time (`<file>.owner`).
 */
export async function openSqlJs(file: string): Promise<Database> {
  const { default: initialize } = await import("sql.js");
  const engine = await initialize({ wasmBinary: new Uint8Array(readFileSync(wasmFile())).buffer });
  mkdirSync(path.dirname(file), { recursive: true });
  const release = own(file);
  const database = new engine.Database(existing(file));
  return {
    engine: "sql.js",
    execute: (sql) => void database.run(sql),
    run(sql, parameters) {
      database.run(sql, bindable(parameters));
      return database.getRowsModified();
    },
    rows: (sql, parameters) => rowsOf(database, sql, parameters),
    prepare(sql) {
      const prepared = database.prepare(sql);
      return { run: (values) => void prepared.run([...values].map(bindableValue)), free: () => void prepared.free() };
    },
    persist: () => writeWhole(file, database.export()),
    close() {
      database.close();
      release();
    },
  };
}

function* rowsOf(database: SqlJsDatabase, sql: string, parameters: SqlParameters): IterableIterator<SqlRow> {
  const statement = database.prepare(sql);
  try {
    statement.bind(bindable(parameters));
    while (statement.step()) {
      const names = statement.getColumnNames();
      // The second argument is documented by sql.js and missing in its types.
      const values: readonly SqlValue[] = Reflect.apply(statement.get, statement, [null, { useBigInt: true }]);
      yield Object.fromEntries(values.map((value, column) => [names[column] ?? "", plainInteger(value)]));
    }
  } finally {
    statement.free();
  }
}

/** sql.js takes names with their sign; a name without one stands for the `:name` form. */
function bindable(parameters: SqlParameters) {
  if (Array.isArray(parameters)) return parameters.map(bindableValue);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [/^[:@$]/.test(name) ? name : `:${name}`, bindableValue(value)]),
  );
}

/** Bound as text, a bigint keeps its digits; SQLite's integer affinity makes it an integer again. */
function bindableValue(value: SqlValue) {
  const plain = plainInteger(value);
  return typeof plain === "bigint" ? plain.toString() : plain;
}

/** Beside the bundle (dist/ or one folder up from it), or in node_modules when the sources run. */
function wasmFile(): string {
  const here = import.meta.dirname;
  for (const folder of [here, path.dirname(here)]) {
    const file = path.join(folder, "sql-wasm.wasm");
    try {
      closeSync(openSync(file, "r"));
      return file;
    } catch {
      // Not there: the next place.
    }
  }
  return createRequire(import.meta.filename).resolve("sql.js/dist/sql-wasm.wasm");
}

function existing(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (thrown) {
    const error = toError(thrown);
    if ("code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function own(file: string): () => void {
  const lock = `${file}.owner`;
  for (let attempt = 0; ; attempt++) {
    try {
      const descriptor = openSync(lock, "wx");
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      return () => rmSync(lock, { force: true });
    } catch (thrown) {
      const cause = toError(thrown);
      if (!("code" in cause) || cause.code !== "EEXIST") throw cause;
      const owner = Number(readFileSync(lock, "utf8"));
      if (attempt > 0 || isAlive(owner)) {
        throw new MillraceError(
          "conflict",
          `${file}: process ${owner} has this warehouse open, and this Node has no SQLite of its own to share it; ` +
            `wait for that process, or use a Node >= 22.15 from nodejs.org`,
          { cause },
        );
      }
      rmSync(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    const error = toError(thrown);
    return "code" in error && error.code === "EPERM";
  }
}

function writeWhole(file: string, bytes: Uint8Array): void {
  const part = `${file}.part`;
  const descriptor = openSync(part, "w");
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(part, file);
}
