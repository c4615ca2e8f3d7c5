/** Streaming inserts: rows that are there a moment later, without a job. */
import type { Table } from "@google-cloud/bigquery";
import { type FieldProblem, MillraceError } from "../../protocol/errors.ts";
import { callId } from "../call-ids.ts";
import { isRecord } from "../documents.ts";
import { formatTimestamp } from "../tables/times.ts";
import type { WarehouseValue } from "../warehouse.ts";
import { requestError } from "./errors.ts";
import type { Retry } from "./retries.ts";

/** A field that is undefined is left out. */
export type InsertedRow = Readonly<Record<string, WarehouseValue | undefined>>;

export interface InsertOptions {
  /**
   * The id by which BigQuery knows a row that comes again within some minutes. By itself a row has one that is the same
   * when the task runs again.
   */
  readonly insertId?: (row: InsertedRow, index: number) => string;
  /** Inserts the good rows when some are bad, and tells which were. Without it one bad row is an error. */
  readonly skipInvalidRows?: boolean;
  /** Fields that the table does not have are left out instead of being an error. */
  readonly ignoreUnknownValues?: boolean;
}

export interface RowFailure {
  /** Of the rows that were given, from 0. */
  readonly index: number;
  readonly errors: readonly { readonly field: string; readonly reason: string; readonly message: string }[];
}

export interface InsertResult {
  readonly inserted: number;
  readonly failed: readonly RowFailure[];
}

/** BigQuery advises 500 rows a request, and takes 10 MB. */
const rowsPerRequest = 500;

interface RawRow {
  readonly insertId: string;
  readonly json: Record<string, unknown>;
}

/** @throws MillraceError "bad-parameters" naming row and field of each of the first rows that BigQuery refuses. */
export async function insertRows(
  retry: Retry,
  table: Table,
  name: string,
  rows: Iterable<InsertedRow> | AsyncIterable<InsertedRow>,
  options: InsertOptions,
): Promise<InsertResult> {
  const base = callId("insert", [name]);
  const failed: RowFailure[] = [];
  let batch: RawRow[] = [];
  let count = 0;
  const flush = async () => {
    const first = count - batch.length;
    const sent = batch;
    batch = [];
    failed.push(...(await insertBatch(retry, table, name, sent, first, options)));
  };
  for await (const row of rows) {
    batch.push({ insertId: options.insertId?.(row, count) ?? `${base}_${count}`, json: jsonRow(row) });
    count++;
    if (batch.length === rowsPerRequest) await flush();
  }
  if (batch.length > 0) await flush();
  return { inserted: count - failed.length, failed };
}

async function insertBatch(
  retry: Retry,
  table: Table,
  name: string,
  rows: RawRow[],
  first: number,
  { skipInvalidRows, ignoreUnknownValues }: InsertOptions,
): Promise<RowFailure[]> {
  try {
    await retry(() =>
      table.insert(rows, {
        raw: true,
        partialRetries: 0,
        ...(skipInvalidRows === undefined ? {} : { skipInvalidRows }),
        ...(ignoreUnknownValues === undefined ? {} : { ignoreUnknownValues }),
      }),
    );
    return [];
  } catch (thrown) {
    const failures = failuresOf(thrown, first);
    if (failures === undefined) throw requestError(thrown, `insert into "${name}"`);
    if (skipInvalidRows) return failures;
    throw refusal(name, failures);
  }
}

/** The client's error names no rows; the answer that it keeps does. */
function failuresOf(thrown: unknown, first: number): RowFailure[] | undefined {
  const response: unknown = thrown instanceof Error ? Reflect.get(thrown, "response") : undefined;
  const errors = isRecord(response) ? response["insertErrors"] : undefined;
  if (!Array.isArray(errors)) return undefined;
  return errors.filter(isRecord).map((each) => ({
    index: first + Number(each["index"] ?? 0),
    errors: (Array.isArray(each["errors"]) ? each["errors"] : []).filter(isRecord).map((error) => ({
      field: String(error["location"] ?? ""),
      reason: String(error["reason"] ?? ""),
      message: String(error["message"] ?? ""),
    })),
  }));
}

function refusal(name: string, failures: readonly RowFailure[]): MillraceError {
  // "stopped" is what the good rows of the request are told.
  const bad = failures.filter(({ errors }) => errors.some(({ reason }) => reason !== "stopped"));
  const fields: FieldProblem[] = bad.flatMap(({ index, errors }) =>
    errors.map(({ field, message, reason }) => ({
      path: field === "" ? `rows[${index}]` : `rows[${index}].${field}`,
      message: `${message} (${reason})`,
    })),
  );
  const shown = fields.slice(0, 5).map(({ path, message }) => `\n  ${path}: ${message}`);
  const more = fields.length > shown.length ? `\n  … and ${fields.length - shown.length} more` : "";
  const count = bad.length === 1 ? "1 row was" : `${bad.length} rows were`;
  return new MillraceError(
    "bad-parameters",
    `insert into "${name}": ${count} refused, so the request inserted none; mend them, or insert with skipInvalidRows${shown.join("")}${more}`,
    { fields },
  );
}

function jsonRow(row: InsertedRow): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, jsonValue(value)]));
}

function jsonValue(value: WarehouseValue | undefined): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return value;
  // A text without a zone goes into DATETIME and TIMESTAMP alike, and at midnight into DATE.
  if (value instanceof Date) return formatTimestamp(value.getTime()).replace(/ 00:00:00$/, "");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(jsonValue);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, jsonValue(each)]));
}
