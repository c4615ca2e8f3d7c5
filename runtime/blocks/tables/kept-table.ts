/**
 * Tables as results of tasks: written as Parquet beside the journal before the task is done, and read from there by
 * whoever goes on with them, in this execution of the run or in a later one.
 */
import { createReadStream } from "node:fs";
import path from "node:path";
import { registerClassWithFiles } from "../../journal/classes.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { newId } from "../../protocol/ids.ts";
import { isValueFile, tableClass, type WrittenTable } from "../../protocol/kept-tables.ts";
import { currentRun } from "../../sdk/current-run.ts";
import { lazyNode } from "../../system/lazy-node.ts";
import { knowsSecrets, secretsWithin } from "../../system/redaction.ts";
import { moveOver, syncFolder } from "../durable-file.ts";
import { type Columns, type ColumnType, columnTypes } from "./columns.ts";
import { writeParquet } from "./parquet.ts";
import { type Batch, type KeptRows, keptRowsOf, readRowsFrom, Table } from "./table.ts";

registerClassWithFiles<Table<Columns>>(tableClass, Table, {
  write(table) {
    const kept = keptRowsOf(table);
    if (kept === undefined) return { columns: table.columns };
    const { hash, size, rows } = kept;
    return { hash, size, rows, columns: table.columns } satisfies WrittenTable;
  },
  read(written, folder) {
    if (!isWritten(written) || folder === undefined) {
      throw new MillraceError("not-found", "a kept table does not say where its rows are");
    }
    const { hash, size, rows, columns } = written;
    const table = new Table<Columns>(columns, noBatches);
    return readFromFile(table, { folder, hash, size, rows });
  },
  fileOf(table, folder) {
    const kept = keptRowsOf(table);
    return kept === undefined || (folder !== undefined && kept.folder !== folder) ? undefined : kept;
  },
  keep(table, folder) {
    const known = keeping.get(table);
    const done = known?.folder === folder ? known.done : keep(table, folder);
    keeping.set(table, { folder, done });
    return done;
  },
});

/** Under way: a table that two tasks return is written once. */
const keeping = new WeakMap<Table<Columns>, { readonly folder: string; readonly done: Promise<void> }>();

async function keep(table: Table<Columns>, folder: string): Promise<void> {
  if (keptRowsOf(table)?.folder === folder) return;
  const part = path.join(folder, `.${newId()}.part`);
  try {
    const { rows, bytes } = await writeParquet(part, checked(table));
    const hash = await hashOf(part);
    await place(part, path.join(folder, hash), hash);
    await syncFolder(folder);
    readFromFile(table, { folder, hash, size: bytes, rows });
  } catch (error) {
    await lazyNode.files.rm(part, { force: true });
    throw error;
  } finally {
    keeping.delete(table);
  }
}

/** On Windows a file that somebody reads cannot be replaced: when that holds the same, there is no need to. */
async function place(part: string, file: string, hash: string): Promise<void> {
  try {
    await moveOver(part, file);
  } catch (error) {
    if ((await hashOf(file).catch(() => "")) !== hash) throw error;
    await lazyNode.files.rm(part, { force: true });
  }
}

/** The file is not encrypted, so no secret may stand in it. Ends with the run that the table is read for. */
function checked(table: Table<Columns>): Table<Columns> {
  const { signal } = currentRun();
  return new Table(table.columns, async function* () {
    for await (const batch of table) {
      signal.throwIfAborted();
      if (knowsSecrets()) refuseSecrets(table.columns, batch);
      yield batch;
    }
  });
}

function refuseSecrets(columns: Columns, batch: Batch): void {
  const names = Object.keys(columns);
  for (const [column, vector] of batch.vectors.entries()) {
    if (vector.kind !== "text" || !vector.values.some((text) => secretsWithin(text) !== undefined)) continue;
    throw new MillraceError(
      "result-not-kept",
      `column "${names[column]}" of the table holds a secret, and tables are not kept encrypted: leave the column out, or set persist: false on the task`,
    );
  }
}

function readFromFile(table: Table<Columns>, kept: KeptRows): Table<Columns> {
  const columns = Object.keys(table.columns);
  readRowsFrom(table, kept, async function* () {
    const { openParquetFile } = await import("./parquet-reader.ts");
    yield* await openParquetFile(path.join(kept.folder, kept.hash), { columns });
  });
  return table;
}

async function* noBatches(): AsyncGenerator<Batch> {}

async function hashOf(file: string): Promise<string> {
  const hash = lazyNode.crypto.createHash("sha256");
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(piece);
  return hash.digest("hex");
}

function isWritten(value: unknown): value is WrittenTable & { readonly columns: Columns } {
  if (!isValueFile(value) || !("rows" in value) || typeof value.rows !== "number") return false;
  if (!("columns" in value) || typeof value.columns !== "object" || value.columns === null) return false;
  const types: readonly unknown[] = Object.values(value.columns);
  return types.every((type) => columnTypes.some((each: ColumnType) => each === type));
}
