import { type FileHandle, open } from "node:fs/promises";
import type { AsyncBuffer, DecodedArray, FileMetaData, SchemaElement } from "hyparquet";
import { parquetMetadataAsync, parquetScan, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { columnBuilder } from "./builders.ts";
import type { Columns, ColumnType } from "./columns.ts";
import type { ParquetTable, ReadParquetOptions } from "./parquet.ts";
import { type Batch, batchRows, Table } from "./table.ts";
import { slice, type Vector } from "./vectors.ts";

export async function openParquetFile(file: string, options: ReadParquetOptions): Promise<ParquetTable> {
  const { metadata, columns } = await withFile(file, async (buffer) => {
    const metadata = await parquetMetadataAsync(buffer);
    return { metadata, columns: columnsOf(file, metadata, options.columns) };
  });
  const table = new Table<Columns>(columns, () => batches(file, metadata, columns, options));
  return Object.assign(table, { totalRows: Number(metadata.num_rows) });
}

async function* batches(
  file: string,
  metadata: FileMetaData,
  columns: Columns,
  options: ReadParquetOptions,
): AsyncGenerator<Batch> {
  const names = Object.keys(columns);
  const totalRows = Number(metadata.num_rows);
  const handle = await openFile(file);
  try {
    const buffer = await asyncBuffer(handle);
    let rowStart = 0;
    for (const rowGroup of metadata.row_groups) {
      const rowEnd = rowStart + Number(rowGroup.num_rows);
      // A scan remembers the columns it read; one per row group lets the last group go.
      const scan = await parquetScan({
        file: buffer,
        metadata,
        columns: names,
        compressors,
        parsers,
        rowStart,
        rowEnd,
      });
      const group: Vector[] = [];
      for (const column of names) {
        const data = await scan.readColumn({ column, rowStart, rowEnd }).catch(badFile(file));
        group.push(vectorOf(columns[column] ?? "text", data));
      }
      const length = rowEnd - rowStart;
      for (let start = 0; start < length; start += batchRows) {
        const end = Math.min(start + batchRows, length);
        yield { length: end - start, vectors: group.map((vector) => slice(vector, start, end)) };
        options.onProgress?.({ rows: rowStart + end, totalRows });
      }
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

/** Times stay numbers: the rows that are looked at make Dates, the others cost nothing. */
const parsers = {
  timestampFromMilliseconds: (value: bigint) => Number(value),
  timestampFromMicroseconds: (value: bigint) => Math.floor(Number(value) / 1000),
  timestampFromNanoseconds: (value: bigint) => Number(value / 1_000_000n),
  dateFromDays: (days: number) => days * 86_400_000,
};

function columnsOf(file: string, metadata: FileMetaData, wanted: readonly string[] | undefined): Columns {
  const children = parquetSchema(metadata).children;
  const names = wanted ?? children.map(({ element }) => element.name);
  const columns: Record<string, ColumnType> = {};
  for (const name of names) {
    const child = children.find(({ element }) => element.name === name);
    if (child === undefined) {
      const known = children.map(({ element }) => element.name).join(", ");
      throw new MillraceError("bad-file", `${file}: there is no column "${name}"; the file has ${known}`);
    }
    const type = child.children.length === 0 ? columnType(child.element) : undefined;
    if (type === undefined || child.element.repetition_type === "REPEATED") {
      throw new MillraceError(
        "bad-file",
        `${file}: column "${name}" is nested or of a type that tables do not have; leave it out with "columns"`,
      );
    }
    columns[name] = type;
  }
  return columns;
}

function columnType(element: SchemaElement): ColumnType | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (converted === "DECIMAL") return "double";
  if (converted === "DATE" || logical?.type === "DATE") return "date";
  if (converted?.startsWith("TIMESTAMP") || logical?.type === "TIMESTAMP" || type === "INT96") return "timestamp";
  if (logical?.type === "INTEGER" && logical.bitWidth === 32 && !logical.isSigned) return "int64";
  if (converted === "UINT_32") return "int64";
  switch (type) {
    case "BOOLEAN":
      return "boolean";
    case "INT32":
      return "int32";
    case "INT64":
      return "int64";
    case "FLOAT":
    case "DOUBLE":
      return "double";
    case "BYTE_ARRAY":
      return "text";
    default:
      return undefined;
  }
}

/** hyparquet gives typed arrays for required columns and arrays with null or undefined for optional ones. */
function vectorOf(type: ColumnType, data: DecodedArray): Vector {
  const builder = columnBuilder(type, data.length);
  for (let index = 0; index < data.length; index++) {
    const value: unknown = data[index];
    if (value === null || value === undefined) builder.addNull();
    else if (builder.kind === "int64")
      builder.add(BigInt.asIntN(64, BigInt(typeof value === "bigint" ? value : Number(value))));
    else if (builder.kind === "text") builder.add(typeof value === "string" ? value : JSON.stringify(value));
    else if (builder.kind === "boolean") builder.add(value === true);
    else builder.add(Number(value));
  }
  return builder.take();
}

async function openFile(file: string): Promise<FileHandle> {
  return open(file, "r").catch((thrown: unknown) => {
    const cause = toError(thrown);
    throw new MillraceError("bad-file", `${file}: it cannot be opened (${cause.message})`, { cause });
  });
}

async function withFile<T>(file: string, use: (buffer: AsyncBuffer) => Promise<T>): Promise<T> {
  const handle = await openFile(file);
  try {
    return await use(await asyncBuffer(handle)).catch(badFile(file));
  } finally {
    await handle.close();
  }
}

function badFile(file: string) {
  return (thrown: unknown): never => {
    if (thrown instanceof MillraceError) throw thrown;
    const cause = toError(thrown);
    throw new MillraceError("bad-file", `${file}: it is not a sound Parquet file (${cause.message})`, { cause });
  };
}

async function asyncBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const buffer = new ArrayBuffer(Math.max(0, end - start));
      const bytes = new Uint8Array(buffer);
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
        if (bytesRead === 0) throw new Error("the file ends before its data does");
        done += bytesRead;
      }
      return buffer;
    },
  };
}
