/**
 * Batches of a table as `COPY … FROM STDIN` takes them. The binary form costs neither side the writing and reading of
 * numbers as texts; where a column of the table in the database is of a type that it cannot hold (numeric, an enum), all
 * goes as text and the server converts.
 */
import type { Columns, ColumnType } from "../tables/columns.ts";
import type { Batch, Table } from "../tables/table.ts";
import { formatDate, formatTimestamp } from "../tables/times.ts";
import type { Vector } from "../tables/vectors.ts";
import { oids } from "./values.ts";

/** Bytes that are sent at once, about. */
const pieceSize = 256 * 1024;

/** What each column's values become in the binary form. */
type Wire = "int2" | "int4" | "int8" | "float4" | "float8" | "bool" | "timestamp" | "date" | "text";

/** How to send these columns to columns of these types; undefined where only text will do. */
export function binaryWires(columns: Columns, types: readonly number[]): Wire[] | undefined {
  const wires: Wire[] = [];
  for (const [index, type] of Object.values(columns).entries()) {
    const wire = wireOf[type].find(([oid]) => oid === types[index])?.[1];
    if (wire === undefined) return undefined;
    wires.push(wire);
  }
  return wires;
}

/** Only targets that hold every value of the column: whether a number fits a smaller one the server checks, in text. */
const wireOf: Readonly<Record<ColumnType, readonly (readonly [number, Wire])[]>> = {
  int32: [
    [oids.int4, "int4"],
    [oids.int8, "int8"],
    [oids.float8, "float8"],
  ],
  int64: [[oids.int8, "int8"]],
  double: [[oids.float8, "float8"]],
  text: [
    [oids.text, "text"],
    [oids.varchar, "text"],
  ],
  boolean: [[oids.bool, "bool"]],
  timestamp: [
    [oids.timestamp, "timestamp"],
    [oids.timestamptz, "timestamp"],
  ],
  date: [[oids.date, "date"]],
};

export interface RowSource {
  readonly columns: Columns;
  readonly table: Table<Columns>;
  /** Stands behind the columns in each row, as int8; undefined: nothing does. */
  readonly load: bigint | undefined;
  /** Rows after which progress is told. */
  readonly chunkSize: number;
  onRows(rows: number): void;
}

const signature = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** Postgres counts from 2000-01-01. */
const epoch = 946_684_800_000;

export async function* binaryRows(source: RowSource, wires: readonly Wire[]): AsyncGenerator<Buffer> {
  const piece = new Piece();
  piece.bytes(signature);
  const fields = wires.length + (source.load === undefined ? 0 : 1);
  for await (const batch of chunks(source)) {
    const write = wires.map((wire, column) => {
      const vector = batch.vectors[column];
      return vector === undefined ? () => piece.int32(-1) : binaryWriter(piece, wire, vector);
    });
    for (let row = 0; row < batch.length; row++) {
      piece.int16(fields);
      for (const field of write) field(row);
      if (source.load !== undefined) piece.field64(Number(source.load));
      if (piece.length >= pieceSize) yield piece.take();
    }
  }
  piece.int16(-1);
  yield piece.take();
}

function binaryWriter(piece: Piece, wire: Wire, vector: Vector): (row: number) => void {
  const { nulls } = vector;
  const value = binaryValue(piece, wire, vector);
  if (nulls === undefined) return value;
  return (row) => {
    if (nulls[row] === 1) piece.int32(-1);
    else value(row);
  };
}

function binaryValue(piece: Piece, wire: Wire, vector: Vector): (row: number) => void {
  if (vector.kind === "text") {
    const { values } = vector;
    return (row) => piece.text(values[row] ?? "");
  }
  if (vector.kind === "bigint") {
    const { values } = vector;
    return (row) => {
      piece.int32(8);
      piece.bigint(values[row] ?? 0n);
    };
  }
  const { values } = vector;
  switch (wire) {
    case "int4":
      return (row) => piece.field32(values[row] ?? 0);
    case "int8":
      return (row) => piece.field64(values[row] ?? 0);
    case "date":
      return (row) => piece.field32(Math.floor(((values[row] ?? 0) - epoch) / 86_400_000));
    case "timestamp":
      return (row) => piece.field64(((values[row] ?? 0) - epoch) * 1000);
    case "bool":
      return (row) => {
        piece.int32(1);
        piece.int8(values[row] ?? 0);
      };
    default:
      return (row) => piece.fieldDouble(values[row] ?? 0);
  }
}

export async function* textRows(source: RowSource): AsyncGenerator<string> {
  const types = Object.values(source.columns);
  const end = source.load === undefined ? "\n" : `\t${source.load}\n`;
  let text = "";
  for await (const batch of chunks(source)) {
    for (let row = 0; row < batch.length; row++) {
      for (const [column, vector] of batch.vectors.entries()) {
        if (column > 0) text += "\t";
        text += vector.nulls?.[row] === 1 ? "\\N" : textValue(vector, types[column], row);
      }
      text += end;
      if (text.length >= pieceSize) {
        yield text;
        text = "";
      }
    }
  }
  if (text !== "") yield text;
}

function textValue(vector: Vector, type: ColumnType | undefined, row: number): string {
  switch (vector.kind) {
    case "text":
      return (vector.values[row] ?? "").replaceAll(/[\\\t\n\r]/g, (letter) => escapes[letter] ?? letter);
    case "time":
      return type === "date" ? formatDate(vector.values[row] ?? 0) : `${formatTimestamp(vector.values[row] ?? 0)}+00`;
    case "boolean":
      return vector.values[row] === 1 ? "t" : "f";
    default:
      return String(vector.values[row]);
  }
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

async function* chunks({ table, chunkSize, onRows }: RowSource): AsyncGenerator<Batch> {
  let rows = 0;
  let told = 0;
  for await (const batch of table) {
    yield batch;
    rows += batch.length;
    if (rows - told >= chunkSize) {
      onRows(rows);
      told = rows;
    }
  }
  if (rows > told) onRows(rows);
}

/** Bytes that grow until they are taken; big-endian, as Postgres has them. */
class Piece {
  length = 0;
  #buffer = Buffer.allocUnsafe(pieceSize + 64 * 1024);
  #view = viewOf(this.#buffer);

  #room(bytes: number): number {
    const at = this.length;
    if (at + bytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(2 * (at + bytes));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
      this.#view = viewOf(larger);
    }
    this.length = at + bytes;
    return at;
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#buffer.set(bytes, at);
  }

  int8(value: number): void {
    const at = this.#room(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.#room(2);
    this.#view.setInt16(at, value);
  }

  int32(value: number): void {
    const at = this.#room(4);
    this.#view.setInt32(at, value);
  }

  /** A field is its length in bytes and then its value. */
  field32(value: number): void {
    const at = this.#room(8);
    this.#view.setInt32(at, 4);
    this.#view.setInt32(at + 4, value);
  }

  /** A whole number up to 2^53. */
  field64(value: number): void {
    const at = this.#room(12);
    const high = Math.floor(value / 4_294_967_296);
    this.#view.setInt32(at, 8);
    this.#view.setInt32(at + 4, high);
    this.#view.setUint32(at + 8, value - high * 4_294_967_296);
  }

  fieldDouble(value: number): void {
    const at = this.#room(12);
    this.#view.setInt32(at, 8);
    this.#view.setFloat64(at + 4, value);
  }

  bigint(value: bigint): void {
    const at = this.#room(8);
    this.#view.setBigInt64(at, value);
  }

  /** The length in bytes, then the text. */
  text(value: string): void {
    if (value.length === 1 && value.charCodeAt(0) < 128) {
      const at = this.#room(5);
      this.#view.setInt32(at, 1);
      this.#view.setUint8(at + 4, value.charCodeAt(0));
      return;
    }
    const size = Buffer.byteLength(value);
    const at = this.#room(4 + size);
    this.#view.setInt32(at, size);
    this.#buffer.write(value, at + 4);
  }

  /** What was written so far. The bytes are the reader's: the next go into memory of their own. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.length);
    this.#buffer = Buffer.allocUnsafe(pieceSize + 64 * 1024);
    this.#view = viewOf(this.#buffer);
    this.length = 0;
    return taken;
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
