/** Streaming inserts: each row is checked against the table, and its insertId remembered for a while. */
import { type Call, type ErrorProto, object, records, text } from "./api.ts";
import type { Database } from "./database.ts";
import { type Catalog, nameOf, type TableRecord } from "./tables.ts";
import { type Field, literal, quoted, scalarType } from "./types.ts";

export async function insertAll(
  database: Database,
  catalog: Catalog,
  call: Call,
  body: Record<string, unknown>,
): Promise<unknown> {
  const table = catalog.table(call.project, call.dataset, call.table);
  const rows = records(body["rows"]);
  const failures = rows.flatMap((row, index) => {
    const errors = rowErrors(table, object(row["json"]), body["ignoreUnknownValues"] === true);
    return errors.length > 0 ? [{ index, errors }] : [];
  });
  const refused = new Set(failures.map(({ index }) => index));
  const kind = { kind: "bigquery#tableDataInsertAllResponse" };
  if (failures.length > 0 && body["skipInvalidRows"] !== true) {
    const stopped = rows.flatMap((_, index) =>
      refused.has(index) ? [] : [{ index, errors: [{ reason: "stopped", location: "", message: "" }] }],
    );
    return { ...kind, insertErrors: [...failures, ...stopped] };
  }
  const good = rows.filter((row, index) => {
    const id = text(row["insertId"]);
    return !refused.has(index) && (id === "" || !table.inserted.has(id));
  });
  if (good.length > 0)
    await insert(
      database,
      table,
      good.map((row) => object(row["json"])),
    );
  for (const row of good) if (text(row["insertId"]) !== "") table.inserted.add(text(row["insertId"]));
  return failures.length > 0 ? { ...kind, insertErrors: failures } : kind;
}

function rowErrors(table: TableRecord, row: Record<string, unknown>, ignoreUnknown: boolean): ErrorProto[] {
  const errors: ErrorProto[] = [];
  const known = new Map(table.fields.map((field) => [field.name, field]));
  for (const [name, value] of Object.entries(row)) {
    const field = known.get(name);
    if (field === undefined) {
      if (!ignoreUnknown) errors.push({ reason: "invalid", location: name, message: `no such field: ${name}.` });
    } else if (value !== null && !fits(field, value)) {
      errors.push({
        reason: "invalid",
        location: name,
        message: `Cannot convert value to ${field.type.toLowerCase()} (bad value): ${JSON.stringify(value)}`,
      });
    }
  }
  for (const { name, mode } of table.fields) {
    if (mode === "REQUIRED" && (row[name] ?? null) === null) {
      errors.push({ reason: "invalid", location: name, message: `Missing required field: ${name}.` });
    }
  }
  return errors;
}

function fits({ type, mode }: Field, value: unknown): boolean {
  if (mode === "REPEATED") return Array.isArray(value);
  switch (type) {
    case "INTEGER":
      return /^-?\d{1,19}$/.test(String(value));
    case "FLOAT":
    case "NUMERIC":
    case "BIGNUMERIC":
      return value !== "" && (Number.isFinite(Number(value)) || /^(NaN|-?Infinity)$/.test(String(value)));
    case "BOOLEAN":
      return /^(true|false)$/i.test(String(value));
    case "DATE":
      return /^\d{4}-\d\d-\d\d$/.test(String(value));
    case "DATETIME":
    case "TIMESTAMP":
      return /^\d{4}-\d\d-\d\d/.test(String(value));
    default:
      return true;
  }
}

async function insert(database: Database, table: TableRecord, rows: readonly Record<string, unknown>[]): Promise<void> {
  const { datasetId, tableId } = table.tableReference;
  const names = table.fields.map(({ name }) => quoted(name)).join(", ");
  // As JSON and not as a file: a thousand rows are one statement.
  const shape = JSON.stringify([Object.fromEntries(table.fields.map((field) => [field.name, duckJsonType(field)]))]);
  const bytes = table.fields.map((field) =>
    field.type === "BYTES" && field.mode !== "REPEATED"
      ? `from_base64(row.${quoted(field.name)}) AS ${quoted(field.name)}`
      : `row.${quoted(field.name)}`,
  );
  const list = `from_json(${literal(JSON.stringify(rows))}, ${literal(shape)})`;
  await database.exclusive((run) =>
    run(
      `INSERT INTO ${`${nameOf(datasetId, tableId)} (${names})`} SELECT ${bytes.join(", ")} FROM (SELECT unnest(${list}) AS row)`,
    ),
  );
}

function duckJsonType(field: Field): unknown {
  const one =
    field.type === "RECORD"
      ? Object.fromEntries((field.fields ?? []).map((each) => [each.name, duckJsonType(each)]))
      : field.type === "BYTES"
        ? "VARCHAR"
        : scalarType(field.type);
  return field.mode === "REPEATED" ? [one] : one;
}
