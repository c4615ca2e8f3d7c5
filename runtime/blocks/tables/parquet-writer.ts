import type { FileHandle } from "node:fs/promises";
import zlib from "node:zlib";
import type { CompressionCodec, SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { MillraceError } from "../../protocol/errors.ts";
import { millraceVersion } from "../../protocol/version.ts";
import { replaceFile, writeAll } from "../durable-file.ts";
import { columnBuilder, copyInto } from "./builders.ts";
import type { Columns, ColumnType } from "./columns.ts";
import type { ParquetCompression, WriteParquetOptions, WrittenFile } from "./parquet.ts";
import type { Table } from "./table.ts";
import type { Vector } from "./vectors.ts";

export async function writeParquetFile<C extends Columns>(
  file: string,
  table: Table<C>,
  options: WriteParquetOptions,
): Promise<WrittenFile> {
  const rowGroupSize = options.rowGroupSize ?? 100_000;
  if (!Number.isInteger(rowGroupSize) || rowGroupSize < 1) {
    throw new TypeError(`rowGroupSize: ${rowGroupSize} is not a number of rows`);
  }
  const { codec, compressors } = compression(options.compression ?? "snappy");
  const written = await replaceFile(file, async (handle) => {
    const writer = new HandleWriter(handle);
    const columns = Object.entries(table.columns);
    const parquet = new ParquetWriter({
      writer,
      schema: parquetSchema(table.columns),
      codec,
      compressors,
      createdBy: `millrace ${millraceVersion}`,
    });
    const builders = columns.map(([, type]) => columnBuilder(type, rowGroupSize));
    let held = 0;
    let rows = 0;
    const writeGroup = async () => {
      const columnData = columns.map(([name, type], column) => {
        const vector = builders[column]?.take();
        return { name, data: vector === undefined ? [] : parquetValues(vector, type) };
      });
      await parquet.write({ columnData, rowGroupSize });
      rows += held;
      held = 0;
      options.onProgress?.({ rows, bytes: writer.offset });
    };
    for await (const batch of table) {
      for (let start = 0; start < batch.length; ) {
        const end = Math.min(batch.length, start + rowGroupSize - held);
        for (const [column, builder] of builders.entries()) {
          const vector = batch.vectors[column];
          if (vector !== undefined) copyInto(builder, vector, start, end);
        }
        held += end - start;
        start = end;
        if (held === rowGroupSize) await writeGroup();
      }
    }
    if (held > 0) await writeGroup();
    await parquet.finish();
    return { rows, bytes: writer.offset };
  });
  return { path: file, ...written };
}

/** hyparquet-writer's buffer, emptied into the file after each row group without blocking the process. */
class HandleWriter extends ByteWriter {
  readonly #handle: FileHandle;
  constructor(handle: FileHandle) {
    super(1024 * 1024);
    this.#handle = handle;
  }
  async flush(): Promise<void> {
    await writeAll(this.#handle, this.getBytes());
    this.index = 0;
  }
  override finish(): Promise<void> {
    return this.flush();
  }
}

function compression(name: ParquetCompression) {
  const gzip = (bytes: Uint8Array) => zlib.gzipSync(bytes);
  const codecs: Record<ParquetCompression, CompressionCodec> = {
    snappy: "SNAPPY",
    gzip: "GZIP",
    zstd: "ZSTD",
    none: "UNCOMPRESSED",
  };
  const codec = codecs[name];
  if (codec === undefined) {
    throw new MillraceError("bad-usage", `compression: "${name}" is not one of ${Object.keys(codecs).join(", ")}`);
  }
  return { codec, compressors: { GZIP: gzip, ZSTD: (bytes: Uint8Array) => zlib.zstdCompressSync(bytes) } };
}

function parquetSchema(columns: Columns): SchemaElement[] {
  const leaves = Object.entries(columns).map(
    ([name, type]): SchemaElement => ({ name, repetition_type: "OPTIONAL", ...parquetTypes[type] }),
  );
  return [{ name: "root", num_children: leaves.length }, ...leaves];
}

const parquetTypes: Readonly<Record<ColumnType, Partial<SchemaElement>>> = {
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  double: { type: "DOUBLE" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  boolean: { type: "BOOLEAN" },
  timestamp: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" } },
  date: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
};

/** Values as hyparquet-writer takes them: typed arrays where nothing is null, plain arrays with nulls otherwise. */
function parquetValues(vector: Vector, type: ColumnType) {
  const { nulls, length } = vector;
  switch (vector.kind) {
    case "number":
      return nulls === undefined ? vector.values : withNulls(length, nulls, (index) => vector.values[index]);
    case "bigint":
      return nulls === undefined ? vector.values : withNulls(length, nulls, (index) => vector.values[index]);
    case "text":
      return nulls === undefined ? [...vector.values] : withNulls(length, nulls, (index) => vector.values[index]);
    case "boolean":
      return withNulls(length, nulls, (index) => vector.values[index] === 1);
    case "time": {
      const { values } = vector;
      if (type === "date") return withNulls(length, nulls, (index) => Math.floor((values[index] ?? 0) / 86_400_000));
      return withNulls(length, nulls, (index) => BigInt(values[index] ?? 0));
    }
  }
}

function withNulls<T>(length: number, nulls: Uint8Array | undefined, value: (index: number) => T): (T | null)[] {
  const result: (T | null)[] = new Array(length);
  for (let index = 0; index < length; index++) result[index] = nulls?.[index] === 1 ? null : value(index);
  return result;
}
