import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { writeParquet } from "../../../runtime/blocks/tables/parquet.ts";
import { Table } from "../../../runtime/blocks/tables/table.ts";
import { openParquet } from "../../../runtime/orchestrator/preview/parquet-file.ts";
import { RecordOffsets } from "../../../runtime/orchestrator/preview/record-offsets.ts";
import { rowsPreview, sampleOf } from "../../../runtime/orchestrator/preview/table.ts";
import { delimiterOf, openCsv, openJsonLines, textType } from "../../../runtime/orchestrator/preview/text-file.ts";
import { temporaryFolder } from "../../support/places.ts";

const field = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "7", "x y", "ä€", 'say ""hi""', "two\nlines", "a,b", "") },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }).map((text) => text.replace(/["\r\0]/g, "'")) },
);

/** A field in quotes where it needs them, and now and then where it does not. */
function written(text: string, quote: boolean): string {
  return quote || /[",\n]/.test(text) ? `"${text}"` : text;
}

const table = fc.record({
  rows: fc.array(fc.array(fc.tuple(field, fc.boolean()), { minLength: 3, maxLength: 3 }), { maxLength: 30 }),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  blank: fc.boolean(),
  mark: fc.boolean(),
  lastEnd: fc.boolean(),
});

test("should give any page of any CSV file as reading it whole does, packed or not", async (t) => {
  const folder = temporaryFolder(t);
  let number = 0;
  await fc.assert(
    fc.asyncProperty(table, fc.nat(32), fc.nat(6), fc.boolean(), async (given, offset, limit, packed) => {
      const { rows, lineEnd, blank, mark, lastEnd } = given;
      // A record of nothing but empty fields without quotes is still three fields; a blank line is none.
      const lines = [
        "first,second,third",
        ...rows.map((row) => row.map(([text, quote]) => written(text, quote)).join(",")),
      ];
      const text = `${mark ? "\ufeff" : ""}${lines.join(blank ? lineEnd + lineEnd : lineEnd)}${lastEnd ? lineEnd : ""}`;
      const file = path.join(folder, `${number++}.csv${packed ? ".gz" : ""}`);
      writeFileSync(file, packed ? gzipSync(text) : text);
      const source = await openCsv(file);
      assert.deepEqual(source.columns, ["first", "second", "third"]);
      const expected = rows.map((row) => row.map(([each]) => (each === "" ? null : each.replaceAll('""', '"'))));
      const page = (await source.rows(offset, limit + 1)).map((row) =>
        row.map((cell) => (cell === null ? null : String(cell))),
      );
      assert.deepEqual(page, expected.slice(offset, offset + limit + 1));
      await source.rows(1000, 1);
      assert.equal(source.total, rows.length);
    }),
    { numRuns: 150 },
  );
});

test("should find the beginning of each record, however the bytes come", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 2 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      (rows, size) => {
        const bytes = Buffer.from(
          rows.map((row) => `${row.map((text) => written(text, false)).join(",")}\r\n\r\n`).join(""),
        );
        const offsets = new RecordOffsets(0, { delimiter: "," });
        for (let at = 0; at < bytes.length; at += size) offsets.feed(bytes.subarray(at, at + size));
        offsets.end();
        assert.equal(offsets.count, rows.length);
      },
    ),
  );
});

test("should read far into a long file of lines, and tell its length once it has read to the end", async (t) => {
  const file = path.join(temporaryFolder(t), "trips.ndjson");
  const line = (n: number) => JSON.stringify({ n, even: n % 2 === 0, ...(n % 3 === 0 ? { third: "x" } : {}) });
  writeFileSync(file, Array.from({ length: 20_000 }, (_, n) => line(n)).join("\n"));
  const source = await openJsonLines(file);
  assert.deepEqual(source.columns, ["n", "even", "third"]);
  assert.equal(source.total, null);
  assert.deepEqual(await source.rows(12_345, 2), [
    [12_345, false, "x"],
    [12_346, true, undefined],
  ]);
  assert.deepEqual(await source.rows(19_999, 5), [[19_999, false, undefined]]);
  assert.equal(source.total, 20_000);
  assert.deepEqual(await source.rows(30_000, 5), []);
});

test("should show lines that are no objects as they are", async (t) => {
  const file = path.join(temporaryFolder(t), "numbers.jsonl");
  writeFileSync(file, '1\n"two"\n[3]\nnot json\n');
  const source = await openJsonLines(file);
  assert.deepEqual([source.columns, await source.rows(0, 9)], [["value"], [[1], ["two"], [[3]], ["not json"]]]);
});

test("should preview Parquet files with the types that the file says, by page", async (t) => {
  const file = path.join(temporaryFolder(t), "trips.parquet");
  const rows = Array.from({ length: 5000 }, (_, n) => ({
    id: BigInt(n),
    fare: n / 2,
    at: new Date(Date.UTC(2021, 0, 1, 0, n)),
    zone: n % 4 === 0 ? null : `zone ${n}`,
  }));
  await writeParquet(file, Table.of({ id: "int64", fare: "double", at: "timestamp", zone: "text" }, rows), {
    rowGroupSize: 2000,
  });
  const source = await openParquet(file);
  const sample = await sampleOf(source);
  assert.deepEqual(
    sample.columns.map(({ name, type, null_share }) => [name, type, null_share]),
    [
      ["id", "integer", 0],
      ["fare", "number", 0],
      ["at", "timestamp", 0],
      ["zone", "text", 0.25],
    ],
  );
  const page = await rowsPreview(source, sample, { offset: 3999, limit: 2 }, { size_bytes: 1, file });
  assert.deepEqual(
    [page.total_rows, page.sampled_rows, page.rows],
    [
      5000,
      1000,
      [
        [3999, 1999.5, "2021-01-03T18:39:00.000Z", "zone 3999"],
        [4000, 2000, "2021-01-03T18:40:00.000Z", null],
      ],
    ],
  );
});

test("should tell what a column of texts is, and what separates the fields", () => {
  assert.equal(textType(["1", "", "-20"]), "integer");
  assert.equal(textType(["1", "2.5e3"]), "number");
  assert.equal(textType(["007", "12"]), "text");
  assert.equal(textType(["2021-01-01", "2021-02-03"]), "date");
  assert.equal(textType(["2021-01-01 00:30:10", "2021-02-03T01:02:03Z"]), "timestamp");
  assert.equal(textType(["true", "False"]), "boolean");
  assert.equal(textType(["", undefined]), "null");
  assert.equal(delimiterOf('a;"b,c,d,e";f', "x.csv"), ";");
  assert.equal(delimiterOf("a,b", "x.tsv.gz"), "\t");
});
