import { createReadStream, statSync } from "node:fs";
import { pipeline, type Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { CsvScanner } from "../../formats/csv-scan.ts";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { type ColumnBuilder, columnBuilder } from "./builders.ts";
import type { Columns, ColumnType } from "./columns.ts";
import { type CellReader, cellReader } from "./csv-cells.ts";
import { type Batch, batchRows, Table } from "./table.ts";
import type { SlashDates } from "./times.ts";

export interface ReadCsvOptions<C extends Columns> {
  /** The columns to read, by the names in the file's first line. Others in the file are left out. */
  readonly columns: C;
  /** How 01/02/2021 is meant; without it such a date is an error, because guessing would be wrong half of the time. */
  readonly slashDates?: SlashDates;
  /** One ASCII character; a comma if not given. */
  readonly delimiter?: string;
  /** Called after each batch with what was read so far; `bytes` of `totalBytes` count the file as it lies on the disk. */
  readonly onProgress?: (progress: { bytes: number; totalBytes: number; rows: number }) => void;
}

/** Where a file's bytes come from when they do not lie on this machine: what `bucket.source(key)` gives. */
export interface TableSource {
  /** Its name in messages; one that ends in `.gz` is unpacked. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  open(): Promise<Readable>;
}

/**
 * A CSV file as a table; a name that ends in `.gz` is unpacked on the way. Nothing is read before the table is.
 * An empty field is null (a quoted empty field is an empty text).
 * @throws MillraceError "bad-file" while reading: `file:line: column "…": … is not a double`.
 */
export function readCsv<C extends Columns>(file: string | TableSource, options: ReadCsvOptions<C>): Table<C> {
  return new Table(options.columns, () => batches(typeof file === "string" ? fileSource(file) : file, options));
}

function fileSource(file: string): TableSource {
  return {
    name: file,
    get size() {
      return sizeOf(file);
    },
    open: async () => createReadStream(file, { highWaterMark: 256 * 1024 }),
  };
}

async function* batches<C extends Columns>(from: TableSource, options: ReadCsvOptions<C>): AsyncGenerator<Batch> {
  const { name: file, size: totalBytes } = from;
  let bytes = 0;
  const source = await from.open();
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  // The callbacks are needed so that an error at the source reaches the reader of the last stream.
  const stream = /\.gz$/i.test(file)
    ? pipeline(source, counter, createGunzip({ chunkSize: 1024 * 1024 }), () => {})
    : pipeline(source, counter, () => {});
  const scanner = new CsvScanner(file, options.delimiter ?? ",");
  let reader: RecordReader | undefined;
  let rows = 0;
  const progress = () => options.onProgress?.({ bytes, totalBytes, rows });
  try {
    for await (const chunk of chunks(stream, file)) {
      scanner.feed(chunk ?? new Uint8Array(0));
      const last = chunk === undefined;
      if (reader === undefined) {
        if (hasByteOrderMark(scanner.bytes)) scanner.skip(3);
        if (!scanner.next(last)) continue;
        reader = recordReader(scanner, options);
      }
      while (scanner.next(last)) {
        reader.add();
        if (reader.rows === batchRows) {
          rows += reader.rows;
          yield reader.take();
          progress();
        }
      }
    }
    if (reader === undefined)
      throw new MillraceError("bad-file", `${file}: the file is empty; it should begin with a line of column names`);
    if (reader.rows > 0) {
      rows += reader.rows;
      yield reader.take();
    }
    progress();
  } finally {
    // A reader that stops early ends the last stream at once, and that one the others only some time later.
    source.destroy();
  }
}

/** The file's chunks, then undefined for its end. Errors of reading and unpacking say which file it was. */
async function* chunks(stream: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array | undefined> {
  try {
    for await (const chunk of stream) yield chunk;
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError("bad-file", `${file}: it cannot be read to its end (${cause.message}); fetch it again`, {
      cause,
    });
  }
  yield undefined;
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError("bad-file", `${file}: it cannot be opened (${cause.message})`, { cause });
  }
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

interface RecordReader {
  readonly rows: number;
  add(): void;
  take(): Batch;
}

/** Reads records into columns, once the header (the record that the scanner is at) is known. */
function recordReader<C extends Columns>(scanner: CsvScanner, options: ReadCsvOptions<C>): RecordReader {
  const header = Array.from({ length: scanner.count }, (_, field) => scanner.text(field).trim());
  const wanted = Object.entries(options.columns);
  const columns: { name: string; type: ColumnType; field: number; builder: ColumnBuilder; read: CellReader }[] = [];
  for (const [name, type] of wanted) {
    const field = header.indexOf(name);
    if (field < 0)
      throw scanner.problem(`there is no column "${name}"; the file has ${header.join(", ")}`, scanner.line);
    const builder = columnBuilder(type, batchRows);
    columns.push({ name, type, field, builder, read: cellReader(builder, type, options.slashDates) });
  }
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    add() {
      if (scanner.count !== header.length) {
        throw scanner.problem(`${scanner.count} fields where the header has ${header.length}`, scanner.line);
      }
      for (const column of columns) {
        if (!column.read(scanner, column.field)) throw badCell(scanner, column, options.slashDates);
      }
      rows++;
    },
    take() {
      const batch = { length: rows, vectors: columns.map(({ builder }) => builder.take()) };
      rows = 0;
      return batch;
    },
  };
}

function badCell(
  scanner: CsvScanner,
  column: { name: string; type: ColumnType; field: number },
  slashDates: SlashDates | undefined,
): MillraceError {
  const text = scanner.text(column.field);
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  const slashes = slashDates === undefined && /^\d{1,2}\/\d{1,2}\/\d{4}/.test(text);
  const way = slashes ? `; say how it is meant with slashDates: "day-first" or "month-first"` : "";
  return scanner.problem(`column "${column.name}": ${shown} is not a ${column.type}${way}`, scanner.line);
}
