import type { FileHandle } from "node:fs/promises";
import { MillraceError } from "../../protocol/errors.ts";
import { replaceFile, writeAll } from "../durable-file.ts";
import type { Columns } from "./columns.ts";
import { type EncoderThread, startEncoderThread } from "./encoder-thread.ts";
import type { ParquetCompression, WriteParquetOptions, WrittenFile } from "./parquet.ts";
import { parquetEncoder } from "./parquet-encoder.ts";
import type { Table } from "./table.ts";
import { concatenate, slice, type Vector } from "./vectors.ts";

export async function writeParquetFile<C extends Columns>(
  file: string,
  table: Table<C>,
  options: WriteParquetOptions,
): Promise<WrittenFile> {
  const rowGroupSize = options.rowGroupSize ?? 100_000;
  if (!Number.isInteger(rowGroupSize) || rowGroupSize < 1) {
    throw new TypeError(`rowGroupSize: ${rowGroupSize} is not a number of rows`);
  }
  const compression = options.compression ?? "snappy";
  if (!compressions.includes(compression)) {
    throw new MillraceError("bad-usage", `compression: "${compression}" is not one of ${compressions.join(", ")}`);
  }
  const written = await replaceFile(file, async (handle) => {
    const writer = groupWriter(handle, { columns: table.columns, compression }, options);
    try {
      const groups = Object.keys(table.columns).map((): Vector[] => []);
      let held = 0;
      const takeGroup = () => {
        held = 0;
        return groups.map((parts) => concatenate(parts.splice(0)));
      };
      for await (const batch of table) {
        for (let start = 0; start < batch.length; ) {
          const end = Math.min(batch.length, start + rowGroupSize - held);
          for (const [column, parts] of groups.entries()) {
            const vector = batch.vectors[column];
            if (vector !== undefined) parts.push(slice(vector, start, end));
          }
          held += end - start;
          start = end;
          if (held === rowGroupSize) await writer.write(takeGroup());
        }
      }
      return await writer.finish(held > 0 ? takeGroup() : undefined);
    } finally {
      await writer.close();
    }
  });
  return { path: file, ...written };
}

const compressions: readonly ParquetCompression[] = ["snappy", "gzip", "zstd", "none"];

/**
 * Writes row groups as they come. A table of one group is encoded here and now; with a second one a thread takes over,
 * so that a group is encoded and written while the rows of the next are read. One group waits at most.
 */
function groupWriter(
  handle: FileHandle,
  settings: { readonly columns: Columns; readonly compression: ParquetCompression },
  { onProgress }: WriteParquetOptions,
) {
  let thread: EncoderThread | undefined;
  let before: Promise<void> | undefined;
  let rows = 0;
  let bytes = 0;
  const keep = async (encoded: Uint8Array, length: number) => {
    await writeAll(handle, encoded);
    rows += length;
    bytes += encoded.length;
    if (length > 0) onProgress?.({ rows, bytes });
  };
  const inThread = async (group: readonly Vector[]) => {
    await before;
    thread ??= startEncoderThread(settings);
    const length = group[0]?.length ?? 0;
    before = thread.encode(group).then((encoded) => keep(encoded, length));
    // It is looked at with the next group; until then its failure is not unhandled.
    before.catch(() => {});
  };
  return {
    write: inThread,
    async finish(last: readonly Vector[] | undefined) {
      if (thread === undefined) {
        const encoder = parquetEncoder(settings.columns, settings.compression);
        if (last !== undefined) await keep(encoder.encode(last), last[0]?.length ?? 0);
        await keep(encoder.finish(), 0);
      } else {
        if (last !== undefined) await inThread(last);
        await before;
        await keep(await thread.finish(), 0);
      }
      return { rows, bytes };
    },
    async close() {
      await thread?.close();
    },
  };
}
