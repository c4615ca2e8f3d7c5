import { CsvScanner } from "../../formats/csv-scan.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { type ColumnBuilder, columnBuilder } from "./builders.ts";
import type { Columns, ColumnType } from "./columns.ts";
import { type CellReader, cellReader } from "./csv-cells.ts";
import { sourceOf, type TableSource, unpackedChunks } from "./sources.ts";
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

/**
 * A CSV file as a table; a name that ends in `.gz` is unpacked on the way. Nothing is read before the table is.
 * An empty field is null (a quoted empty field is an empty text).
 * @throws MillraceError "bad-file" while reading: `file:line: column "…": … is not a double`.
 */
export function readCsv<C extends Columns>(file: string | TableSource, options: ReadCsvOptions<C>): Table<C> {
  return new Table(options.columns, () => batches(sourceOf(file), options));
}

/** The names in the file's first line. */
export async function csvHeader(file: string | TableSource, delimiter = ","): Promise<string[]> {
  const source = sourceOf(file);
  const scanner = new CsvScanner(source.name, delimiter);
  for await (const chunk of unpackedChunks(source)) {
    scanner.feed(chunk ?? new Uint8Array(0));
    if (hasByteOrderMark(scanner.bytes)) scanner.skip(3);
    if (scanner.next(chunk === undefined)) return namesIn(scanner);
  }
  throw emptyFile(source.name);
}

async function* batches<C extends Columns>(from: TableSource, options: ReadCsvOptions<C>): AsyncGenerator<Batch> {
  const { name: file, size: totalBytes } = from;
  const scanner = new CsvScanner(file, options.delimiter ?? ",");
  let bytes = 0;
  let reader: RecordReader | undefined;
  let rows = 0;
  const progress = () => options.onProgress?.({ bytes, totalBytes, rows });
  const chunks = unpackedChunks(from, (count) => {
    bytes = count;
  });
  for await (const chunk of chunks) {
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
  if (reader === undefined) throw emptyFile(file);
  if (reader.rows > 0) {
    rows += reader.rows;
    yield reader.take();
  }
  progress();
}

function emptyFile(file: string): MillraceError {
  return new MillraceError("bad-file", `${file}: the file is empty; it should begin with a line of column names`);
}

function namesIn(scanner: CsvScanner): string[] {
  return Array.from({ length: scanner.count }, (_, field) => scanner.text(field).trim());
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
  const header = namesIn(scanner);
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
