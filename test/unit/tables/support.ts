import { Readable } from "node:stream";
import fc from "fast-check";
import type { Columns, Row, Table, TableSource } from "../../../runtime/blocks/tables/index.ts";

/** One column of each type. */
export const everyColumn = {
  a: "int32",
  b: "int64",
  c: "double",
  d: "text",
  e: "boolean",
  f: "timestamp",
  g: "date",
} as const satisfies Columns;

const day = 86_400_000;

/** Rows with every type and nulls in each, with the texts that break careless readers. */
export const anyRows: fc.Arbitrary<Row<typeof everyColumn>[]> = fc.array(
  fc.record(
    {
      a: fc.option(fc.integer()),
      b: fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
      c: fc.option(fc.double({ noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value))),
      d: fc.option(fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[",\r\n a]*$/))),
      e: fc.option(fc.boolean()),
      f: fc.option(fc.integer({ min: -30_000 * day, max: 60_000 * day }).map((value) => new Date(value))),
      g: fc.option(fc.integer({ min: -30_000, max: 60_000 }).map((days) => new Date(days * day))),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 40 },
);

export async function rowsOf<C extends Columns>(table: Table<C>): Promise<Row<C>[]> {
  const rows: Row<C>[] = [];
  for await (const row of table.rows()) rows.push(row);
  return rows;
}

/** A file that is not there: its bytes, handed over in pieces of the given size. */
export function sourceOf(content: string | Uint8Array, options: { name?: string; piece?: number } = {}): TableSource {
  const bytes = Buffer.from(content);
  const piece = options.piece ?? bytes.length;
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece));
  return { name: options.name ?? "trips.csv", size: bytes.length, open: async () => Readable.from(pieces) };
}
