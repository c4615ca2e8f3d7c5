import { lazyNode } from "../../system/lazy-node.ts";
import { intoFile, replaceFile } from "../durable-file.ts";
import type { Columns, ColumnType } from "./columns.ts";
import type { WrittenFile } from "./parquet.ts";
import type { Table } from "./table.ts";
import { formatDate, formatTimestamp } from "./times.ts";
import type { Vector } from "./vectors.ts";

export interface WriteCsvOptions {
  /** One ASCII character; a comma if not given. */
  readonly delimiter?: string;
}

/**
 * Writes a table as CSV with a line of column names; a name that ends in `.gz` is packed. Null is an empty field, an
 * empty text `""`: `readCsv` gives the same table back.
 */
export async function writeCsv<C extends Columns>(
  file: string,
  table: Table<C>,
  options: WriteCsvOptions = {},
): Promise<WrittenFile> {
  const progress = { rows: 0, bytes: 0 };
  await replaceFile(file, async (handle) => {
    const source = lazyNode.stream.Readable.from(lines(table, options.delimiter ?? ",", progress));
    const end = intoFile(handle, (bytes) => {
      progress.bytes = bytes;
    });
    await (/\.gz$/i.test(file)
      ? lazyNode.streams.pipeline(source, lazyNode.zlib.createGzip(), end)
      : lazyNode.streams.pipeline(source, end));
  });
  return { path: file, ...progress };
}

async function* lines<C extends Columns>(table: Table<C>, delimiter: string, progress: { rows: number }) {
  const columns = Object.entries(table.columns);
  const special = new RegExp(`[${delimiter.replace(/[\\\]^-]/, "\\$&")}"\\r\\n]`);
  const quoted = (text: string) => (text === "" || special.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  yield `${columns.map(([name]) => quoted(name)).join(delimiter)}\n`;
  for await (const batch of table) {
    let text = "";
    for (let index = 0; index < batch.length; index++) {
      for (const [column, vector] of batch.vectors.entries()) {
        if (column > 0) text += delimiter;
        text += field(vector, columns[column]?.[1], index, quoted);
      }
      text += "\n";
    }
    progress.rows += batch.length;
    yield text;
  }
}

function field(vector: Vector, type: ColumnType | undefined, index: number, quoted: (text: string) => string): string {
  if (vector.nulls?.[index] === 1) return "";
  switch (vector.kind) {
    case "text":
      return quoted(vector.values[index] ?? "");
    case "time": {
      const value = vector.values[index] ?? 0;
      return type === "date" ? formatDate(value) : formatTimestamp(value);
    }
    case "boolean":
      return vector.values[index] === 1 ? "true" : "false";
    default:
      return String(vector.values[index]);
  }
}
