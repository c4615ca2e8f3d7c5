/**
 * One column of a row group as Parquet pages. The library's own encoder takes rows of any shape and looks at each value
 * through several generic passes; a column here is a typed array, so its dictionary, bounds and pages are made in tight
 * loops: a month of trips takes a quarter of the time. Page headers, snappy and the footer are the library's.
 */
import type { ColumnChunk, CompressionCodec, ParquetType, Statistics } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import type { ColumnType } from "./columns.ts";
import { type Dictionary, numberDictionary, textDictionary, wordDictionary } from "./dictionaries.ts";
import { writeBits } from "./parquet-bits.ts";
import type { Vector } from "./vectors.ts";

export interface Codec {
  readonly name: CompressionCodec;
  compress(bytes: Uint8Array): Uint8Array;
}

/** Uncompressed bytes that a page should have, about. */
const pageBytes = 1024 * 1024;

export function writeColumnChunk(
  writer: ByteWriter,
  name: string,
  type: ColumnType,
  vector: Vector,
  codec: Codec,
): ColumnChunk {
  const start = writer.offset;
  const column = physicalColumn(type, vector);
  let uncompressed = 0;
  let dictionaryOffset: bigint | undefined;
  const { dictionary } = column;
  if (dictionary !== undefined) {
    dictionaryOffset = BigInt(writer.offset);
    const packed = codec.compress(dictionary.bytes);
    const header = writer.offset;
    writePageHeader(writer, {
      type: "DICTIONARY_PAGE",
      uncompressed_page_size: dictionary.bytes.length,
      compressed_page_size: packed.length,
      dictionary_page_header: { num_values: dictionary.size, encoding: "PLAIN" },
    });
    uncompressed += writer.offset - header + dictionary.bytes.length;
    writer.appendBytes(packed);
  }
  const dataOffset = BigInt(writer.offset);
  const encoding = dictionary === undefined ? "PLAIN" : "RLE_DICTIONARY";
  const bitWidth = dictionary === undefined ? 0 : Math.ceil(Math.log2(dictionary.size));
  const rowsPerPage = Math.max(1, Math.floor(pageBytes / Math.max(1, column.bytesPerValue)));
  let pages = 0;
  for (let row = 0, value = 0; row < vector.length || pages === 0; pages++) {
    const rows = Math.min(rowsPerPage, vector.length - row);
    const levels = definitionLevels(vector.nulls, row, row + rows);
    const values = rows - levels.nulls;
    let content: Uint8Array;
    if (dictionary === undefined) content = column.plain(value, value + values);
    else {
      const bits = new ByteWriter();
      bits.appendUint8(bitWidth);
      writeBits(bits, dictionary.indexes.subarray(value, value + values), bitWidth);
      content = bits.getBytes();
    }
    const packed = codec.compress(content);
    const header = writer.offset;
    writePageHeader(writer, {
      type: "DATA_PAGE_V2",
      uncompressed_page_size: levels.bytes.length + content.length,
      compressed_page_size: levels.bytes.length + packed.length,
      data_page_header_v2: {
        num_values: rows,
        num_nulls: levels.nulls,
        num_rows: rows,
        encoding,
        definition_levels_byte_length: levels.bytes.length,
        repetition_levels_byte_length: 0,
        is_compressed: true,
      },
    });
    uncompressed += writer.offset - header + levels.bytes.length + content.length;
    writer.appendBytes(levels.bytes);
    writer.appendBytes(packed);
    row += rows;
    value += values;
  }
  return {
    meta_data: {
      type: column.type,
      encodings: dictionary === undefined ? ["PLAIN", "RLE"] : ["PLAIN", "RLE", "RLE_DICTIONARY"],
      path_in_schema: [name],
      codec: codec.name,
      num_values: BigInt(vector.length),
      total_compressed_size: BigInt(writer.offset - start),
      total_uncompressed_size: BigInt(uncompressed),
      data_page_offset: dataOffset,
      ...(dictionaryOffset === undefined ? {} : { dictionary_page_offset: dictionaryOffset }),
      statistics: column.statistics,
    },
    file_offset: BigInt(start),
  };
}

/** 1 for a value, 0 for a null, in Parquet's run-length form. */
function definitionLevels(nulls: Uint8Array | undefined, start: number, end: number) {
  const levels = new Uint8Array(end - start).fill(1);
  let count = 0;
  if (nulls !== undefined) {
    for (let index = start; index < end; index++) {
      if (nulls[index] === 1) {
        levels[index - start] = 0;
        count++;
      }
    }
  }
  const bytes = new ByteWriter();
  writeBits(bytes, levels, 1);
  return { bytes: bytes.getBytes(), nulls: count };
}

interface PhysicalColumn {
  readonly type: ParquetType;
  readonly statistics: Statistics;
  readonly bytesPerValue: number;
  readonly dictionary: Dictionary | undefined;
  /** The values [start, end), nulls left out, as they stand in a page without a dictionary. */
  plain(start: number, end: number): Uint8Array;
}

function physicalColumn(type: ColumnType, vector: Vector): PhysicalColumn {
  const nullCount = vector.nulls === undefined ? 0 : countOf(vector.nulls);
  const null_count = BigInt(nullCount);
  const present = vector.length - nullCount;
  switch (vector.kind) {
    case "number": {
      const { values } = vector;
      if (values instanceof Int32Array) {
        const dense = compact(values, vector.nulls, new Int32Array(present));
        return int32Column(dense, { ...bounds(dense), null_count });
      }
      const dense = compact(values, vector.nulls, new Float64Array(present));
      const dictionary = wordDictionary(new Int32Array(dense.buffer, dense.byteOffset, dense.length * 2));
      return fixedColumn("DOUBLE", dense, 8, dictionary, { ...doubleBounds(dense), null_count });
    }
    case "time": {
      const dense = compact(vector.values, vector.nulls, new Float64Array(present));
      const { min_value, max_value } = bounds(dense);
      if (type === "date") {
        const days = Int32Array.from(dense, (milliseconds) => Math.floor(milliseconds / 86_400_000));
        return int32Column(days, { ...bounds(days), null_count });
      }
      const words = int64Words(dense);
      const statistics =
        min_value === undefined || max_value === undefined
          ? { null_count }
          : { min_value: BigInt(min_value), max_value: BigInt(max_value), null_count };
      return fixedColumn("INT64", words, 8, wordDictionary(words), statistics);
    }
    case "bigint": {
      const dense = compact(vector.values, vector.nulls, new BigInt64Array(present));
      const words = new Int32Array(dense.buffer, dense.byteOffset, dense.length * 2);
      return fixedColumn("INT64", words, 8, wordDictionary(words), { ...bounds(dense), null_count });
    }
    case "boolean": {
      const dense = compact(vector.values, vector.nulls, new Uint8Array(present));
      const { min_value, max_value } = bounds(dense);
      return {
        type: "BOOLEAN",
        statistics:
          min_value === undefined
            ? { null_count }
            : { min_value: min_value === 1, max_value: max_value === 1, null_count },
        bytesPerValue: 1 / 8,
        dictionary: undefined,
        plain(start, end) {
          const bits = new Uint8Array(Math.ceil((end - start) / 8));
          for (let index = start; index < end; index++) {
            if (dense[index] === 1)
              bits[(index - start) >> 3] = (bits[(index - start) >> 3] ?? 0) | (1 << ((index - start) & 7));
          }
          return bits;
        },
      };
    }
    case "text":
      return textColumn(
        nullCount === 0 ? vector.values : vector.values.filter((_, index) => vector.nulls?.[index] !== 1),
        null_count,
      );
  }
}

function int32Column(values: Int32Array, statistics: Statistics): PhysicalColumn {
  return fixedColumn("INT32", values, 4, numberDictionary(values), statistics);
}

function fixedColumn(
  type: ParquetType,
  values: Int32Array | Float64Array,
  width: 4 | 8,
  dictionary: Dictionary | undefined,
  statistics: Statistics,
): PhysicalColumn {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    type,
    statistics,
    bytesPerValue: width,
    dictionary,
    plain: (start, end) => bytes.subarray(start * width, end * width),
  };
}

function textColumn(values: readonly string[], null_count: bigint): PhysicalColumn {
  const dictionary = textDictionary(values);
  const encoded = (texts: readonly string[]) => {
    const writer = new ByteWriter();
    for (const text of texts) {
      const bytes = Buffer.from(text);
      writer.appendUint32(bytes.length);
      writer.appendBytes(bytes);
    }
    return writer.getBytes();
  };
  const bytes = dictionary === undefined ? values.reduce((sum, text) => sum + text.length + 4, 0) : 0;
  return {
    type: "BYTE_ARRAY",
    // Bounds of texts order their bytes in UTF-8; readers do without them.
    statistics: { null_count },
    bytesPerValue: values.length === 0 ? 4 : dictionary === undefined ? bytes / values.length : 4,
    dictionary: dictionary === undefined ? undefined : { ...dictionary, bytes: encoded(dictionary.texts) },
    plain: (start, end) => encoded(values.slice(start, end)),
  };
}

function countOf(nulls: Uint8Array): number {
  let count = 0;
  for (let index = 0; index < nulls.length; index++) count += nulls[index] ?? 0;
  return count;
}

/** The values that are not null, copied into `target`, which has room for exactly those. */
function compact<T extends Int32Array | Float64Array | Uint8Array | BigInt64Array>(
  source: T,
  nulls: Uint8Array | undefined,
  target: T,
): T {
  if (nulls === undefined) return source;
  for (let index = 0, at = 0; index < source.length; index++) {
    const value = source[index];
    if (nulls[index] !== 1 && value !== undefined) target[at++] = value;
  }
  return target;
}

function bounds<T extends number | bigint>(values: ArrayLike<T>): { min_value?: T; max_value?: T } {
  let least = values[0];
  let most = values[0];
  if (least === undefined || most === undefined) return {};
  for (let index = 1; index < values.length; index++) {
    const value = values[index];
    if (value === undefined) break;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  return { min_value: least, max_value: most };
}

/** As the format asks: NaN has no place in bounds, and a zero stands for both of its signs. */
function doubleBounds(values: Float64Array): Statistics {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return {};
  return { min_value: least === 0 ? -0 : least, max_value: most === 0 ? 0 : most };
}

/** Whole numbers as pairs of 32-bit words, lower first: INT64 in the file's byte order, without a BigInt for each. */
function int64Words(values: Float64Array): Int32Array {
  const words = new Int32Array(values.length * 2);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    const high = Math.floor(value / 4_294_967_296);
    words[index * 2] = value - high * 4_294_967_296;
    words[index * 2 + 1] = high;
  }
  return words;
}
