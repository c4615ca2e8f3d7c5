/** What a page of rows is made of, wherever the rows are. */
import type { ValuePreview } from "../../protocol/editor-api.ts";
import { cellOf, commonType, typeOf } from "./cells.ts";
import { printValue } from "./print.ts";

export type RowsPreview = Extract<ValuePreview, { kind: "rows" }>;

/** Rows by number. A row is a list of values in the order of `columns`. */
export interface RowSource {
  readonly columns: readonly string[];
  /** Types as the file says them; told from the rows where it does not. */
  readonly types?: readonly string[];
  /** Null while nobody has read to the end. */
  readonly total: number | null;
  rows(offset: number, limit: number): Promise<readonly (readonly unknown[])[]> | readonly (readonly unknown[])[];
}

export interface Sample {
  readonly columns: RowsPreview["columns"];
  readonly rows: number;
}

/** Rows that types and null shares are taken from. */
export const sampledRows = 1000;
/** A table may have thousands of columns; a page shows this many. */
export const mostColumns = 300;

export async function sampleOf(source: RowSource): Promise<Sample> {
  const rows = await source.rows(0, sampledRows);
  const columns = source.columns.map((name, place) => {
    let nulls = 0;
    const types = new Set<string>();
    for (const row of rows) {
      const value = row[place];
      if (value === null || value === undefined) nulls++;
      else types.add(typeOf(value));
    }
    return {
      name,
      type: source.types?.[place] ?? commonType(types),
      null_share: rows.length === 0 ? 0 : nulls / rows.length,
    };
  });
  return { columns, rows: rows.length };
}

export async function rowsPreview(
  source: RowSource,
  sample: Sample,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  rest: Pick<RowsPreview, "size_bytes" | "file">,
): Promise<RowsPreview> {
  const rows = await source.rows(offset, limit);
  return {
    kind: "rows",
    columns: sample.columns,
    rows: rows.map((row) => source.columns.map((_, place) => cellOf(row[place], printOneLine))),
    offset,
    total_rows: source.total,
    sampled_rows: sample.rows,
    ...rest,
  };
}

function printOneLine(value: unknown, longest: number): string {
  return printValue(value, longest, 0).text;
}
