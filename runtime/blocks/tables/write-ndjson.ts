import { lazyNode } from "../../system/lazy-node.ts";
import { intoFile, replaceFile } from "../durable-file.ts";
import type { Columns, ColumnType } from "./columns.ts";
import type { WrittenFile } from "./parquet.ts";
import type { Table } from "./table.ts";
import { formatDate, formatTimestamp } from "./times.ts";
import type { Vector } from "./vectors.ts";

/**
 * Writes a table as NDJSON; a name that ends in `.gz` is packed. A null is left out, an int64 that a number cannot hold
 * is a text: `readNdjson` gives the same table back.
 */
export async function writeNdjson<C extends Columns>(file: string, table: Table<C>): Promise<WrittenFile> {
  const progress = { rows: 0, bytes: 0 };
  await replaceFile(file, async (handle) => {
    const source = lazyNode.stream.Readable.from(lines(table, progress));
    const end = intoFile(handle, (bytes) => {
      progress.bytes = bytes;
    });
    await (/\.gz$/i.test(file)
      ? lazyNode.streams.pipeline(source, lazyNode.zlib.createGzip(), end)
      : lazyNode.streams.pipeline(source, end));
  });
  return { path: file, ...progress };
}

async function* lines<C extends Columns>(table: Table<C>, progress: { rows: number }): AsyncGenerator<string> {
  const columns = Object.entries(table.columns).map(([name, type]) => [`${JSON.stringify(name)}:`, type] as const);
  for await (const batch of table) {
    let text = "";
    for (let index = 0; index < batch.length; index++) {
      let object = "";
      for (const [column, [name, type]] of columns.entries()) {
        const vector = batch.vectors[column];
        if (vector === undefined || vector.nulls?.[index] === 1) continue;
        object += `${object === "" ? "" : ","}${name}${json(vector, type, index)}`;
      }
      text += `{${object}}\n`;
    }
    progress.rows += batch.length;
    yield text;
  }
}

function json(vector: Vector, type: ColumnType, index: number): string {
  switch (vector.kind) {
    case "text":
      return JSON.stringify(vector.values[index] ?? "");
    case "time": {
      const value = vector.values[index] ?? 0;
      return `"${type === "date" ? formatDate(value) : formatTimestamp(value)}"`;
    }
    case "boolean":
      return vector.values[index] === 1 ? "true" : "false";
    case "bigint": {
      const value = vector.values[index] ?? 0n;
      return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? value.toString() : `"${value}"`;
    }
    case "number": {
      const value = vector.values[index] ?? 0;
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    }
  }
}
