/**
 * Loads that may be repeated, as in the embedded warehouse: each has an id, kept in a ledger beside the table within
 * the same transaction as its rows. A load that was done before does nothing, and one that was cut off left nothing.
 */
import { MillraceError } from "../../protocol/errors.ts";
import type { Columns, ColumnType } from "../tables/columns.ts";
import type { Table } from "../tables/table.ts";
import type { LoadResult } from "../warehouse/load.ts";
import { binaryRows, binaryWires, type RowSource, textRows } from "./copy-rows.ts";
import type { Client } from "./pool.ts";
import { copyFrom, failed } from "./session.ts";
import { quoted, quotedTable, type TableName } from "./statements.ts";

export type LoadMode = "append" | "truncate" | "replace";

export interface PostgresLoad {
  readonly table: TableName;
  readonly mode: LoadMode;
  /** False: a table that is not there is an error. */
  readonly create: boolean;
  readonly loadId: string;
  /** Hash of what is loaded. */
  readonly content: string;
  readonly source: string;
  readonly rows: Table<Columns>;
  readonly chunkSize: number;
  onRows(rows: number): void;
}

export const ledgerName = "_millrace_loads";
const loadColumn = "_load";

/** Runs within a transaction. */
export async function loadInto(client: Client, load: PostgresLoad): Promise<LoadResult> {
  const { table, mode, loadId } = load;
  const schema = await schemaOf(client, table);
  const target = { schema, table: table.table };
  const ledger = quotedTable({ schema, table: ledgerName });
  await prepareLedger(client, schema, ledger);
  // Two who do the same load wait for each other before either looks whether it was done; so do two who make the table.
  await waitFor(client, `${quotedTable(target)} ${loadId}`);
  let types = await columnTypes(client, target);
  if (types.size === 0) {
    await waitFor(client, quotedTable(target));
    types = await columnTypes(client, target);
  }
  const [earlier] = await ask(client, `SELECT * FROM ${ledger} WHERE table_name = $1 AND load_id = $2`, [
    table.table,
    loadId,
  ]);
  if (earlier !== undefined && earlier["content"] === load.content && types.size > 0) {
    return { table: table.table, loadId, rows: Number(earlier["rows"]), alreadyLoaded: true, replacedRows: 0 };
  }
  let replacedRows = 0;
  const isNew = types.size === 0;
  if (isNew) {
    if (!load.create) {
      throw new MillraceError(
        "not-found",
        `there is no table ${quotedTable(table)}; create it, or load with create: true`,
      );
    }
    await ask(client, `DELETE FROM ${ledger} WHERE table_name = $1`, [table.table]);
    await ask(client, createStatement(target, load.rows.columns, true));
    types = await columnTypes(client, target);
  } else if (mode === "append") {
    if (earlier !== undefined) replacedRows = await removeEarlier(client, target, ledger, earlier, types);
  } else {
    replacedRows = await countRows(client, target);
    await ask(client, `DELETE FROM ${ledger} WHERE table_name = $1`, [table.table]);
    if (mode === "truncate") await ask(client, `TRUNCATE ${quotedTable(target)}`);
  }
  // What is replaced can be read until the new rows are there: they come into another table that then takes its name.
  const staged = !isNew && mode === "replace";
  const into = staged ? { schema, table: `_millrace_${table.table}`.slice(0, 63) } : target;
  if (staged) {
    await ask(client, `DROP TABLE IF EXISTS ${quotedTable(into)}`);
    await ask(client, createStatement(into, load.rows.columns, true));
    types = await columnTypes(client, into);
  }
  checkColumns(load, types);
  const [entry] = await ask(
    client,
    `INSERT INTO ${ledger} (table_name, load_id, content, source, rows) VALUES ($1, $2, $3, $4, 0) RETURNING id`,
    [table.table, loadId, load.content, load.source],
  );
  const id = BigInt(String(entry?.["id"]));
  const rows = await copyRows(client, into, load, types, types.has(loadColumn) ? id : undefined);
  await ask(client, `UPDATE ${ledger} SET rows = $2 WHERE id = $1`, [id.toString(), rows]);
  if (staged) {
    await ask(client, `DROP TABLE ${quotedTable(target)}`);
    await ask(client, `ALTER TABLE ${quotedTable(into)} RENAME TO ${quoted(table.table)}`);
  }
  return { table: table.table, loadId, rows, alreadyLoaded: false, replacedRows };
}

async function copyRows(
  client: Client,
  into: TableName,
  load: PostgresLoad,
  types: ReadonlyMap<string, number>,
  id: bigint | undefined,
): Promise<number> {
  const { columns } = load.rows;
  const names = Object.keys(columns);
  const source: RowSource = {
    columns,
    table: load.rows,
    load: id,
    chunkSize: load.chunkSize,
    onRows: load.onRows,
  };
  const wires = binaryWires(
    columns,
    names.map((name) => types.get(name) ?? 0),
  );
  const list = [...names, ...(id === undefined ? [] : [loadColumn])].map(quoted).join(", ");
  const form = wires === undefined ? "" : " WITH (FORMAT binary)";
  return copyFrom(
    client,
    `COPY ${quotedTable(into)} (${list}) FROM STDIN${form}`,
    wires === undefined ? textRows(source) : binaryRows(source, wires),
  );
}

async function removeEarlier(
  client: Client,
  target: TableName,
  ledger: string,
  earlier: Readonly<Record<string, unknown>>,
  types: ReadonlyMap<string, number>,
): Promise<number> {
  const id = String(earlier["id"]);
  if (!types.has(loadColumn)) {
    throw new MillraceError(
      "conflict",
      `table ${quotedTable(target)}: other rows were loaded as "${String(earlier["load_id"])}" before, and which those are ` +
        `cannot be told, for the table has no column ${loadColumn}; add it (bigint), use mode "truncate", or name another loadId`,
    );
  }
  const { rowCount } = await client
    .query(`DELETE FROM ${quotedTable(target)} WHERE ${loadColumn} = $1`, [id])
    .catch(failed);
  await ask(client, `DELETE FROM ${ledger} WHERE id = $1`, [id]);
  return rowCount ?? 0;
}

/** `CREATE TABLE IF NOT EXISTS` of two sessions at once fails in one of them, so they wait for each other. */
async function prepareLedger(client: Client, schema: string, ledger: string): Promise<void> {
  const [there] = await ask(client, "SELECT to_regclass($1) IS NOT NULL AS there", [ledger]);
  if (there?.["there"] === true) return;
  await waitFor(client, `${schema} ${ledgerName}`);
  await ask(
    client,
    `CREATE TABLE IF NOT EXISTS ${ledger} (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, table_name text NOT NULL, load_id text NOT NULL,
      content text NOT NULL, source text NOT NULL, rows bigint NOT NULL, loaded_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (table_name, load_id))`,
  );
}

/** Only one transaction at a time goes on from here with the same name. */
async function waitFor(client: Client, name: string): Promise<void> {
  await ask(client, "SELECT pg_advisory_xact_lock(hashtext($1))", [`millrace ${name}`]);
}

/** Where the table is, or would be made. */
export async function schemaOf(client: Client, table: TableName): Promise<string> {
  if (table.schema !== undefined) return table.schema;
  const [found] = await ask(
    client,
    `SELECT coalesce((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = to_regclass($1)), current_schema()) AS schema`,
    [quoted(table.table)],
  );
  const schema = found?.["schema"];
  if (typeof schema === "string") return schema;
  throw new MillraceError(
    "bad-usage",
    `no schema is chosen for table ${quotedTable(table)}; write "schema.${table.table}"`,
  );
}

/** Column → oid of its type; empty when there is no such table. */
async function columnTypes(client: Client, table: TableName): Promise<Map<string, number>> {
  const rows = await ask(
    client,
    `SELECT attname, atttypid::int8 AS type FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [quotedTable(table)],
  );
  return new Map(rows.map((row) => [String(row["attname"]), Number(row["type"])]));
}

async function countRows(client: Client, table: TableName): Promise<number> {
  const [row] = await ask(client, `SELECT count(*) AS rows FROM ${quotedTable(table)}`);
  return Number(row?.["rows"] ?? 0);
}

function checkColumns({ table, source, rows }: PostgresLoad, types: ReadonlyMap<string, number>): void {
  const missing = Object.keys(rows.columns).filter((name) => !types.has(name));
  if (missing.length === 0) return;
  const there = [...types.keys()].filter((name) => name !== loadColumn).join(", ");
  throw new MillraceError(
    "bad-parameters",
    `${source}: table ${quotedTable(table)} has no column ${missing.map(quoted).join(", ")}; it has ${there}`,
  );
}

const sqlTypes: Readonly<Record<ColumnType, string>> = {
  int32: "integer",
  int64: "bigint",
  double: "double precision",
  text: "text",
  boolean: "boolean",
  timestamp: "timestamp",
  date: "date",
};

export function createStatement(table: TableName, columns: Columns, withLoads = false): string {
  const definitions = Object.entries(columns).map(([name, type]) => `${quoted(name)} ${sqlTypes[type]}`);
  if (definitions.length === 0) throw new MillraceError("bad-usage", `table ${quotedTable(table)}: it has no columns`);
  if (Object.hasOwn(columns, loadColumn)) {
    throw new MillraceError(
      "bad-usage",
      `table ${quotedTable(table)}: the column name ${loadColumn} is taken by its loads`,
    );
  }
  if (withLoads) definitions.push(`${loadColumn} bigint`);
  return `CREATE TABLE IF NOT EXISTS ${quotedTable(table)} (${definitions.join(", ")})`;
}

async function ask(
  client: Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Readonly<Record<string, unknown>>[]> {
  const { rows } = await client.query<Record<string, unknown>>(sql, [...values]).catch(failed);
  return rows;
}
