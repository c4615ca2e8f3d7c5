/**
 * A table that flows by: batches of rows, each read when the reader asks for it, so that a file larger than the
 * memory can be read, cleaned and written.
 */
import { MillraceError } from "../../protocol/errors.ts";
import { type ColumnBuilder, columnBuilder } from "./builders.ts";
import type { Cell, Columns, ColumnType, Row } from "./columns.ts";
import { cellAt, pick, type Vector } from "./vectors.ts";

export const batchRows = 20_000;

/** Undefined while the rows are wherever the table was made from. */
export let keptRowsOf: (table: Table<Columns>) => KeptRows | undefined;
/** The table is what the file holds from now on. */
export let readRowsFrom: (table: Table<Columns>, kept: KeptRows, batches: () => AsyncIterable<Batch>) => void;

export interface Batch {
  readonly length: number;
  /** In the order of the table's columns. */
  readonly vectors: readonly Vector[];
}

/** A table's rows in a file of Parquet, as a task's result has them. */
export interface KeptRows {
  /** Of the run's results; the file's name is its hash. */
  readonly folder: string;
  /** SHA-256 of the file's content. */
  readonly hash: string;
  readonly size: number;
  readonly rows: number;
}

/**
 * A task may return a table: its rows are then written beside the run's journal, and whoever gets the table - the next
 * task, or a run that is resumed - reads them there.
 */
export class Table<C extends Columns> implements AsyncIterable<Batch> {
  readonly columns: C;
  #batches: () => AsyncIterable<Batch>;
  #kept: KeptRows | undefined;

  static {
    keptRowsOf = (table) => table.#kept;
    readRowsFrom = (table, kept, batches) => {
      table.#kept = kept;
      table.#batches = batches;
    };
  }

  constructor(columns: C, batches: () => AsyncIterable<Batch>) {
    this.columns = columns;
    this.#batches = batches;
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.#batches()[Symbol.asyncIterator]();
  }

  /** The rows for which `keep` is true. The row given to `keep` is valid during the call only. */
  filter(keep: (row: Row<C>) => boolean): Table<C> {
    const batches = this.#batches;
    const { columns } = this;
    return new Table(columns, async function* () {
      const cursor = rowCursor(columns);
      for await (const batch of batches()) {
        const kept = new Uint32Array(batch.length);
        let count = 0;
        cursor.move(batch);
        for (let index = 0; index < batch.length; index++) {
          if (keep(cursor.at(index))) kept[count++] = index;
        }
        if (count === batch.length) yield batch;
        else if (count > 0) {
          const indexes = kept.subarray(0, count);
          yield { length: count, vectors: batch.vectors.map((vector) => pick(vector, indexes)) };
        }
      }
    });
  }

  /** A table with other columns, made row by row. The row given to `change` is valid during the call only. */
  map<D extends Columns>(columns: D, change: (row: Row<C>) => Row<D>): Table<D> {
    const batches = this.#batches;
    const own = this.columns;
    return new Table(columns, async function* () {
      const cursor = rowCursor(own);
      for await (const batch of batches()) {
        cursor.move(batch);
        const builder = batchBuilder(columns, batch.length);
        for (let index = 0; index < batch.length; index++) builder.add(change(cursor.at(index)));
        yield builder.take();
      }
    });
  }

  /** The rows as plain objects, one after another. */
  async *rows(): AsyncGenerator<Row<C>> {
    const names: readonly (keyof C & string)[] = Object.keys(this.columns);
    const cursor = rowCursor(this.columns);
    for await (const batch of this.#batches()) {
      cursor.move(batch);
      for (let index = 0; index < batch.length; index++) {
        const row = cursor.at(index);
        yield plainRow<C>(names.map((name) => [name, row[name]]));
      }
    }
  }

  async count(): Promise<number> {
    if (this.#kept !== undefined) return this.#kept.rows;
    let rows = 0;
    for await (const batch of this.#batches()) rows += batch.length;
    return rows;
  }

  /** A table of rows that are there already, or come from somewhere else. */
  static of<C extends Columns>(columns: C, rows: Iterable<Row<C>> | AsyncIterable<Row<C>>): Table<C> {
    return new Table(columns, async function* () {
      const builder = batchBuilder(columns, batchRows);
      for await (const row of rows) {
        builder.add(row);
        if (builder.length === batchRows) yield builder.take();
      }
      if (builder.length > 0) yield builder.take();
    });
  }
}

/** `Object.fromEntries` knows no key types; the names come from the columns that `C` is. */
function plainRow<C extends Columns>(entries: readonly (readonly [keyof C & string, Cell])[]): Row<C> {
  return Object.fromEntries(entries) as Row<C>;
}

/**
 * One object that looks like the row at a position: reading a million rows makes no million objects. Its properties
 * are getters on a class made for these columns.
 */
function rowCursor<C extends Columns>(columns: C): { move(batch: Batch): void; at(index: number): Row<C> } {
  let vectors: readonly Vector[] = [];
  let position = 0;
  const row = Object.create(null);
  for (const [column, name] of Object.keys(columns).entries()) {
    Object.defineProperty(row, name, {
      enumerable: true,
      get: () => {
        const vector = vectors[column];
        return vector === undefined ? null : cellAt(vector, position);
      },
    });
  }
  return {
    move: (batch) => {
      vectors = batch.vectors;
    },
    at: (index) => {
      position = index;
      return row;
    },
  };
}

export function batchBuilder<C extends Columns>(columns: C, capacity: number) {
  const builders = Object.entries(columns).map(([name, type]) => [name, type, columnBuilder(type, capacity)] as const);
  return {
    length: 0,
    add(row: Row<C>): void {
      for (const [name, type, builder] of builders) addCell(builder, type, name, row[name] ?? null);
      this.length++;
    },
    take(): Batch {
      const length = this.length;
      this.length = 0;
      return { length, vectors: builders.map(([, , builder]) => builder.take()) };
    },
  };
}

function addCell(builder: ColumnBuilder, type: ColumnType, name: string, value: Cell): void {
  if (value === null) builder.addNull();
  else if (builder.kind === "time" && value instanceof Date && !Number.isNaN(value.getTime())) {
    builder.add(value.getTime());
  } else if (builder.kind === "double" && typeof value === "number") builder.add(value);
  else if (builder.kind === "int32" && typeof value === "number" && (value | 0) === value) builder.add(value);
  else if (builder.kind === "int64" && typeof value === "bigint" && BigInt.asIntN(64, value) === value) {
    builder.add(value);
  } else if (builder.kind === "boolean" && typeof value === "boolean") builder.add(value);
  else if (builder.kind === "text" && typeof value === "string") builder.add(value);
  else {
    throw new MillraceError(
      "bad-file",
      `column "${name}": ${typeof value} ${String(value)} is not a ${type}; change the value or the column's type`,
    );
  }
}
