import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Database, SqlParameters, SqlRow, SqlValue } from "./database.ts";
import { plainInteger } from "./database.ts";

type SqliteModule = typeof import("node:sqlite");

/**
 * Node's own SQLite, or undefined where the Node has none (some builds inside editors). It is loaded here and not by
 * an import, so that who uses no warehouse does not pay for it, and so that its one ExperimentalWarning can be kept
 * off the terminal without silencing anybody else's.
 */
export function nodeSqlite(): SqliteModule | undefined {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    const text = typeof warning === "string" ? warning : warning.message;
    if (!/SQLite is an experimental feature/.test(text)) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

export function openNodeSqlite(sqlite: SqliteModule, file: string): Database {
  const database = new sqlite.DatabaseSync(file);
  // A task's completion is recorded after its load: the load must be on the disk by then, so WAL syncs at each commit.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
  return {
    engine: "node:sqlite",
    execute: (sql) => database.exec(sql),
    run: (sql, parameters) => Number(bound(statement(database, sql), parameters, "run").changes),
    rows: function* (sql, parameters) {
      for (const row of bound(statement(database, sql), parameters, "iterate")) yield plainRow(row);
    },
    prepare(sql) {
      const prepared = statement(database, sql);
      return { run: (values) => void prepared.run(...values), free: () => {} };
    },
    persist: () => {},
    close: () => database.close(),
  };
}

function statement(database: DatabaseSync, sql: string): StatementSync {
  const prepared = database.prepare(sql);
  prepared.setReadBigInts(true);
  return prepared;
}

function bound(prepared: StatementSync, parameters: SqlParameters, how: "run"): ReturnType<StatementSync["run"]>;
function bound(
  prepared: StatementSync,
  parameters: SqlParameters,
  how: "iterate",
): ReturnType<StatementSync["iterate"]>;
function bound(prepared: StatementSync, parameters: SqlParameters, how: "run" | "iterate") {
  return isList(parameters) ? prepared[how](...parameters) : prepared[how]({ ...parameters });
}

function isList(parameters: SqlParameters): parameters is readonly SqlValue[] {
  return Array.isArray(parameters);
}

function plainRow(row: Readonly<Record<string, SqlValue>>): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainInteger(value)]));
}
