/** Rows of Parquet files by number. */
import { type FileHandle, open } from "node:fs/promises";
import {
  type AsyncBuffer,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaElement,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { mostColumns, type RowSource } from "./table.ts";

export async function openParquet(file: string): Promise<RowSource> {
  const metadata = await withFile(file, (buffer) => parquetMetadataAsync(buffer));
  const children = parquetSchema(metadata).children.slice(0, mostColumns);
  const columns = children.map(({ element }) => element.name);
  const types = children.map(({ element, children: inner }) => (inner.length > 0 ? "object" : parquetType(element)));
  const total = Number(metadata.num_rows);
  return {
    columns,
    types,
    total,
    async rows(offset, limit) {
      const rowEnd = Math.min(total, offset + limit);
      if (offset >= rowEnd) return [];
      const rows = await withFile(file, (buffer) =>
        parquetReadObjects({
          file: buffer,
          metadata,
          columns,
          compressors,
          rowStart: offset,
          rowEnd,
          useOffsetIndex: true,
        }),
      );
      return rows.map((row) => columns.map((name) => row[name]));
    },
  };
}

function parquetType({
  type,
  converted_type: converted,
  logical_type: logical,
  repetition_type,
}: SchemaElement): string {
  if (repetition_type === "REPEATED") return "list";
  if (converted === "DECIMAL") return "number";
  if (converted === "DATE" || logical?.type === "DATE") return "date";
  if (converted?.startsWith("TIMESTAMP") || logical?.type === "TIMESTAMP" || type === "INT96") return "timestamp";
  switch (type) {
    case "BOOLEAN":
      return "boolean";
    case "INT32":
    case "INT64":
      return "integer";
    case "FLOAT":
    case "DOUBLE":
      return "number";
    default:
      return converted === "UTF8" || logical?.type === "STRING" || logical === undefined ? "text" : "bytes";
  }
}

async function withFile<T>(file: string, use: (buffer: AsyncBuffer) => Promise<T>): Promise<T> {
  const handle = await open(file, "r");
  try {
    return await use(await asyncBuffer(handle));
  } finally {
    await handle.close();
  }
}

async function asyncBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(new ArrayBuffer(Math.max(0, end - start)));
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
        if (bytesRead === 0) throw new Error("the file ends before its data does");
        done += bytesRead;
      }
      return bytes.buffer;
    },
  };
}
