/**
 * Loads that may be repeated: each has an id, kept in a ledger table within the same transaction as its rows. A load
 * that was done before does nothing, one that was cut off left nothing, and one whose content has changed takes the
 * place of the earlier one. Every row says in `_load` which load it came with (the ledger's id).
 */
import { createReadStream } from "node:fs";
import { setImmediate as letOthersRun } from "node:timers/promises";
import { MillraceError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";
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
  /** Rows of an earlier load with the same id and other content, which are gone now. */
  readonly replacedRows: number;
}

export interface LoadRequest {
  readonly table: string;
  readonly loadId: string;
  /** Hash of what is loaded: with the same id and another content, a load replaces the earlier one. */
  readonly content: string;
  /** For the ledger and for messages. */
  readonly source: string;
}

export const ledgerTable = "_millrace_loads";
const loadColumn = "_load";

const ledger = `CREATE TABLE IF NOT EXISTS ${ledgerTable} (
  id INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, load_id TEXT NOT NULL, content TEXT NOT NULL,
  source TEXT NOT NULL, rows INTEGER NOT NULL, loaded_at TEXT NOT NULL, UNIQUE (table_name, load_id))`;

/** The same bytes are the same load, whatever the file is called. */
export async function contentId(file: string): Promise<string> {
  const hash = lazyNode.crypto.createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

/** Within a transaction: creates the table when it is not there, and loads the rows unless this load was done. */
export async function loadRows(
  database: Database,
  request: LoadRequest,
  rows: Table<Columns>,
  onProgress: (rows: number) => void,
): Promise<LoadResult> {
  const { table, loadId, content, source } = request;
  database.execute(ledger);
  prepareTable(database, table, rows.columns, source);
  const [earlier] = database.rows(`SELECT * FROM ${ledgerTable} WHERE table_name = ? AND load_id = ?`, [table, loadId]);
  if (earlier !== undefined && earlier["content"] === content) {
    return { table, loadId, rows: Number(earlier["rows"]), alreadyLoaded: true, replacedRows: 0 };
  }
  let replacedRows = 0;
  if (earlier !== undefined) {
    replacedRows = database.run(`DELETE FROM ${quoted(table)} WHERE ${loadColumn} = ?`, [earlier["id"] ?? null]);
    database.run(`DELETE FROM ${ledgerTable} WHERE id = ?`, [earlier["id"] ?? null]);
  }
  const load = beginLoad(database, request);
  let count = 0;
  const insert = inserter(database, table, rows.columns, load);
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
  database.run(`UPDATE ${ledgerTable} SET rows = ? WHERE id = ?`, [count, load]);
  return { table, loadId, rows: count, alreadyLoaded: false, replacedRows };
}

function prepareTable(database: Database, table: string, columns: Columns, source: string): void {
  const present = tableColumns(database, table);
  if (present.length === 0) {
    // A dropped table takes its loads with it.
    database.run(`DELETE FROM ${ledgerTable} WHERE table_name = ?`, [table]);
    database.execute(createStatement(table, columns));
  } else checkColumns(table, present, columns, source);
  if (!present.includes(loadColumn)) {
    database.execute(`ALTER TABLE ${quoted(table)} ADD COLUMN ${loadColumn} INTEGER`);
  }
}

function beginLoad(database: Database, { table, loadId, content, source }: LoadRequest): number {
  database.run(
    `INSERT INTO ${ledgerTable} (table_name, load_id, content, source, rows, loaded_at) VALUES (?, ?, ?, ?, 0, ?)`,
    [table, loadId, content, source, new Date().toISOString()],
  );
  const [row] = database.rows("SELECT last_insert_rowid() AS id", []);
  return Number(row?.["id"]);
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
  const reserved = Object.keys(columns).find((name) => name.toLowerCase() === loadColumn);
  if (reserved !== undefined) {
    throw new MillraceError(
      "bad-usage",
      `table ${quoted(table)}: the column name ${loadColumn} is taken by the warehouse`,
    );
  }
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

function inserter(database: Database, table: string, columns: Columns, load: number) {
  const names = [...Object.keys(columns), loadColumn];
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
          values[at++] = load;
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
