/**
 * Loads that may be repeated: each has an id, kept in a ledger table within the same transaction as its rows. A load
 * that was done before does nothing; one that was cut off left nothing.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { setImmediate as letOthersRun } from "node:timers/promises";
import { MillraceError } from "../../protocol/errors.ts";
import type { Columns, ColumnType } from "../tables/columns.ts";
import type { Batch, Table } from "../tables/table.ts";
import { formatDate, formatTimestamp } from "../tables/times.ts";
import type { Vector } from "../tables/vectors.ts";
import type { Database, SqlValue } from "./database.ts";

export interface LoadResult {
  readonly table: string;
  readonly loadId: string;
  /** Rows of this load, also when it was done before. */
  readonly rows: number;
  readonly alreadyLoaded: boolean;
}

export const ledgerTable = "_millrace_loads";

const ledger = `CREATE TABLE IF NOT EXISTS ${ledgerTable} (
  table_name TEXT NOT NULL, load_id TEXT NOT NULL, source TEXT, rows INTEGER NOT NULL, loaded_at TEXT NOT NULL,
  PRIMARY KEY (table_name, load_id)) WITHOUT ROWID`;

/** The same bytes are the same load, whatever the file is called. */
export async function contentId(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

/** Within a transaction: creates the table when it is not there, and loads the rows unless this load was done. */
export async function loadRows(
  database: Database,
  into: { readonly table: string; readonly loadId: string; readonly source: string },
  rows: Table<Columns>,
  onProgress: (rows: number) => void,
): Promise<LoadResult> {
  database.execute(ledger);
  const present = tableColumns(database, into.table);
  if (present.length === 0) {
    // A dropped table takes its loads with it.
    database.run(`DELETE FROM ${ledgerTable} WHERE table_name = ?`, [into.table]);
    database.execute(createStatement(into.table, rows.columns));
  } else checkColumns(into.table, present, rows.columns, into.source);
  const [done] = database.rows(`SELECT rows FROM ${ledgerTable} WHERE table_name = ? AND load_id = ?`, [
    into.table,
    into.loadId,
  ]);
  if (done !== undefined) {
    return { table: into.table, loadId: into.loadId, rows: Number(done["rows"]), alreadyLoaded: true };
  }
  let count = 0;
  const insert = inserter(database, into.table, rows.columns);
  try {
    for await (const batch of rows) {
      insert.add(batch);
      count += batch.length;
      onProgress(count);
      await letOthersRun();
    }
  } finally {
    insert.free();
  }
  database.run(`INSERT INTO ${ledgerTable} VALUES (?, ?, ?, ?, ?)`, [
    into.table,
    into.loadId,
    into.source,
    count,
    new Date().toISOString(),
  ]);
  return { table: into.table, loadId: into.loadId, rows: count, alreadyLoaded: false };
}

const sqlTypes: Readonly<Record<ColumnType, string>> = {
  int32: "INTEGER",
  int64: "INTEGER",
  boolean: "INTEGER",
  double: "REAL",
  text: "TEXT",
  timestamp: "TEXT",
  date: "TEXT",
};

export function createStatement(table: string, columns: Columns): string {
  const definitions = Object.entries(columns).map(([name, type]) => `${quoted(name)} ${sqlTypes[type]}`);
  if (definitions.length === 0) throw new MillraceError("bad-usage", `table ${quoted(table)}: it has no columns`);
  return `CREATE TABLE IF NOT EXISTS ${quoted(table)} (${definitions.join(", ")})`;
}

export function quoted(name: string): string {
  if (name === "" || name.includes("\0")) {
    throw new MillraceError("bad-usage", `${JSON.stringify(name)} is no name for a table or column`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}

export function tableColumns(database: Database, table: string): string[] {
  return [...database.rows("SELECT name FROM pragma_table_info(?)", [table])].map((row) => String(row["name"]));
}

function checkColumns(table: string, present: readonly string[], columns: Columns, source: string): void {
  const known = new Set(present.map((name) => name.toLowerCase()));
  const missing = Object.keys(columns).filter((name) => !known.has(name.toLowerCase()));
  if (missing.length > 0) {
    throw new MillraceError(
      "bad-parameters",
      `${source}: table ${quoted(table)} has no column ${missing.map(quoted).join(", ")}; it has ${present.join(", ")}`,
    );
  }
}

/** SQLite takes at most 32,766 values per statement; some hundred are enough to make its own cost count. */
const valuesPerStatement = 720;

function inserter(database: Database, table: string, columns: Columns) {
  const names = Object.keys(columns);
  const types = Object.values(columns);
  const rowsPerStatement = Math.max(1, Math.floor(valuesPerStatement / names.length));
  const one = `(${names.map(() => "?").join(", ")})`;
  const head = `INSERT INTO ${quoted(table)} (${names.map(quoted).join(", ")}) VALUES `;
  const many = database.prepare(head + Array.from({ length: rowsPerStatement }, () => one).join(", "));
  const single = database.prepare(head + one);
  return {
    add(batch: Batch): void {
      const cells = batch.vectors.map((vector, column) => sqlCells(vector, types[column]));
      for (let start = 0; start < batch.length; ) {
        const rows = batch.length - start >= rowsPerStatement ? rowsPerStatement : 1;
        const values: SqlValue[] = new Array(rows * names.length);
        for (let row = 0, at = 0; row < rows; row++) {
          for (const cell of cells) values[at++] = cell(start + row);
        }
        (rows === 1 ? single : many).run(values);
        start += rows;
      }
    },
    free(): void {
      many.free();
      single.free();
    },
  };
}

function sqlCells(vector: Vector, type: ColumnType | undefined): (index: number) => SqlValue {
  const { nulls } = vector;
  const value = sqlValues(vector, type);
  return nulls === undefined ? value : (index) => (nulls[index] === 1 ? null : value(index));
}

function sqlValues(vector: Vector, type: ColumnType | undefined): (index: number) => SqlValue {
  switch (vector.kind) {
    case "number":
    case "boolean":
    case "bigint": {
      const { values } = vector;
      return (index) => values[index] ?? null;
    }
    case "text": {
      const { values } = vector;
      return (index) => values[index] ?? null;
    }
    case "time": {
      const { values } = vector;
      const format = type === "date" ? formatDate : formatTimestamp;
      return (index) => format(values[index] ?? 0);
    }
  }
}
