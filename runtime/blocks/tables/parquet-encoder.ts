import zlib from "node:zlib";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import { millraceVersion } from "../../protocol/version.ts";
import type { Columns, ColumnType } from "./columns.ts";
import type { ParquetCompression } from "./parquet.ts";
import { type Codec, writeColumnChunk } from "./parquet-column.ts";
import type { Vector } from "./vectors.ts";

/** Makes the bytes of a Parquet file, row group by row group. */
export interface ParquetEncoder {
  /** The bytes of a row group; with the first one those that begin the file. */
  encode(group: readonly Vector[]): Uint8Array<ArrayBuffer>;
  /** The bytes that end the file. */
  finish(): Uint8Array<ArrayBuffer>;
}

export function parquetEncoder(columns: Columns, compression: ParquetCompression): ParquetEncoder {
  const codec = codecs[compression];
  const entries = Object.entries(columns);
  const writer = new ByteWriter(1024 * 1024);
  const parquet = new ParquetWriter({
    writer,
    schema: parquetSchema(columns),
    codec: codec.name,
    createdBy: `millrace ${millraceVersion}`,
  });
  const take = () => {
    const bytes = new Uint8Array(writer.getBytes());
    writer.index = 0;
    return bytes;
  };
  return {
    encode(group) {
      const start = writer.offset;
      const rows = group[0]?.length ?? 0;
      const chunks = entries.map(([name, type], column) => {
        const vector = group[column];
        if (vector === undefined) throw new RangeError(`a row group without its column "${name}"`);
        return writeColumnChunk(writer, name, type, vector, codec);
      });
      parquet.row_groups.push({
        columns: chunks,
        num_rows: BigInt(rows),
        total_byte_size: chunks.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n),
        total_compressed_size: BigInt(writer.offset - start),
      });
      parquet.num_rows += BigInt(rows);
      return take();
    },
    finish() {
      // This writer's end is in memory: there is nothing to wait for.
      void parquet.finish();
      return take();
    },
  };
}

const codecs: Readonly<Record<ParquetCompression, Codec>> = {
  snappy: { name: "SNAPPY", compress: snappyCompress },
  gzip: { name: "GZIP", compress: (bytes) => zlib.gzipSync(bytes) },
  zstd: { name: "ZSTD", compress: (bytes) => zlib.zstdCompressSync(bytes) },
  none: { name: "UNCOMPRESSED", compress: (bytes) => bytes },
};

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
