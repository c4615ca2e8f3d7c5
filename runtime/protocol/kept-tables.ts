/** How a table stands in a record: its rows are in a file of Parquet in the run's `results/`. */
import type { ValueFile } from "./records.ts";

/** The name under which the value codec knows it. */
export const tableClass = "millrace.Table";

export interface WrittenTable extends ValueFile {
  readonly rows: number;
  /** Column name and type, in their order. */
  readonly columns: Readonly<Record<string, string>>;
}

export function isValueFile(value: unknown): value is ValueFile {
  return (
    typeof value === "object" &&
    value !== null &&
    "hash" in value &&
    typeof value.hash === "string" &&
    /^[0-9a-f]{64}$/.test(value.hash) &&
    "size" in value &&
    typeof value.size === "number"
  );
}
