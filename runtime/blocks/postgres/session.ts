/** What can be asked of a connection: the same for the whole block and within a transaction. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyInto, to as copyOut } from "pg-copy-streams";
import Cursor from "pg-cursor";
import { currentRun } from "../../sdk/current-run.ts";
import type { WarehouseParameters, WarehouseRow, WarehouseValue } from "../warehouse.ts";
import { statementError } from "./errors.ts";
import type { Client, Pool } from "./pool.ts";
import { bind } from "./statements.ts";
import { parameter } from "./values.ts";

export type Use = Pool["use"];
export type Lease = Pool["lease"];

export async function queryRows(use: Use, sql: string, parameters: WarehouseParameters): Promise<WarehouseRow[]> {
  const statement = bind(sql, parameters);
  return use(async (client) => (await client.query<WarehouseRow>(statement).catch(failed)).rows);
}

export async function executeOne(use: Use, sql: string, parameters: WarehouseParameters): Promise<number> {
  const statement = bind(sql, parameters);
  return use(async (client) => (await client.query(statement).catch(failed)).rowCount ?? 0);
}

/** One statement, parsed and planned once, for many lists of values. */
export async function executeAll(
  client: Client,
  sql: string,
  rows: Iterable<readonly WarehouseValue[]>,
): Promise<void> {
  let text: string | undefined;
  for (const row of rows) {
    text ??= bind(sql, row).text;
    await client.query({ name: "millrace-many", text, values: row.map(parameter) }).catch(failed);
  }
  if (text !== undefined) await client.query('DEALLOCATE "millrace-many"').catch(failed);
}

/** The rows in batches of `size`, read from a cursor in the server: one batch is in memory at a time. */
export async function* readBatches(
  lease: Lease,
  sql: string,
  parameters: WarehouseParameters,
  size: number,
): AsyncGenerator<WarehouseRow[]> {
  const { text, values } = bind(sql, parameters);
  const { client, release } = await lease();
  let broken: Error | undefined;
  let cursor: Cursor<WarehouseRow> | undefined;
  try {
    cursor = client.query(new Cursor<WarehouseRow>(text, values));
    for (;;) {
      const rows = await cursor.read(size).catch(failed);
      if (rows.length > 0) yield rows;
      if (rows.length < size) break;
    }
  } catch (thrown) {
    broken = new Error("closed after an error", { cause: thrown });
    throw thrown;
  } finally {
    if (broken === undefined) await cursor?.close();
    release(broken);
  }
}

/** Sends bytes to `COPY … FROM STDIN`; returns the number of rows that came in. */
export async function copyFrom(
  client: Client,
  sql: string,
  source: AsyncIterable<Uint8Array | string>,
): Promise<number> {
  const stream = client.query(copyInto(sql, { highWaterMark: 1024 * 1024 }));
  const bytes = source instanceof Readable ? source : Readable.from(source);
  await pipeline(bytes, stream, { signal: currentRun().signal }).catch(failed);
  return stream.rowCount;
}

/** The bytes of `COPY … TO STDOUT`; the connection is given back when the stream ends. */
export async function copyTo(lease: Lease, sql: string): Promise<Readable> {
  const { client, release } = await lease();
  const stream = client.query(copyOut(sql));
  let ended = false;
  stream.once("end", () => {
    ended = true;
  });
  // A reader that stops early leaves the server sending: that connection is of no use any more.
  stream.once("close", () => release(ended ? undefined : new Error("the copy was not read to its end")));
  return Readable.from(copied(stream), { objectMode: false });
}

async function* copied(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (thrown) {
    failed(thrown);
  }
}

export function failed(thrown: unknown): never {
  throw statementError(thrown, "Postgres");
}
