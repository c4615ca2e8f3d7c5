import assert from "node:assert/strict";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { readCsv, Table, writeCsv } from "../../../runtime/blocks/tables/index.ts";
import { temporaryFolder } from "../../support/places.ts";
import { anyRows, everyColumn, rowsOf, sourceOf } from "./support.ts";

const named = { name: "text", size: "int32" } as const;

test("should read quoted fields, line breaks in quotes, CRLF, blank lines and a byte order mark", async () => {
  const text = '\ufeffname,size\r\n"a, ""b""\r\nc",1\r\n\r\nplain,2\r\n"",3\r\n,4';
  const rows = await rowsOf(readCsv(sourceOf(text), { columns: named }));
  assert.deepEqual(rows, [
    { name: 'a, "b"\r\nc', size: 1 },
    { name: "plain", size: 2 },
    { name: "", size: 3 },
    { name: null, size: 4 },
  ]);
});

test("should find a quoted column name behind a byte order mark", async () => {
  const rows = await rowsOf(readCsv(sourceOf('\ufeff"name","size"\na,1\n'), { columns: named }));
  assert.deepEqual(rows, [{ name: "a", size: 1 }]);
});

test("should read the same however the bytes are cut", async () => {
  const text = 'name,size\n"x ""y"", z\nß",1\nü,-22\r\n"",\n"last",3';
  const whole = await rowsOf(readCsv(sourceOf(text), { columns: named }));
  assert.equal(whole.length, 4);
  for (let piece = 1; piece < 12; piece++) {
    assert.deepEqual(await rowsOf(readCsv(sourceOf(text, { piece }), { columns: named })), whole, `pieces of ${piece}`);
  }
});

test("should take columns by name in the order asked for and leave the others out", async () => {
  const rows = await rowsOf(
    readCsv(sourceOf("x;name;size\n9;a;1\n"), { columns: { size: "int32", name: "text" }, delimiter: ";" }),
  );
  assert.deepEqual(rows, [{ size: 1, name: "a" }]);
  assert.deepEqual(Object.keys(rows[0] ?? {}), ["size", "name"]);
});

test("should write what it reads back as the same table", async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["rows.csv", "rows.csv.gz"]) {
    const file = path.join(folder, name);
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const written = await writeCsv(file, Table.of(everyColumn, rows));
        assert.equal(written.rows, rows.length);
        assert.equal(written.bytes, readFileSync(file).length);
        assert.deepEqual(await rowsOf(readCsv(file, { columns: everyColumn })), rows);
      }),
      { numRuns: 40 },
    );
  }
  assert.deepEqual(readdirSync(folder).sort(), ["rows.csv", "rows.csv.gz"], "no half files are left");
});

test("should read numbers to their nearest double, like JavaScript does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      async (values) => {
        const texts = values.map((value, index) => (index % 2 === 0 ? String(value) : value.toFixed(4)));
        const rows = await rowsOf(readCsv(sourceOf(`v\n${texts.join("\n")}\n`), { columns: { v: "double" } }));
        assert.deepEqual(
          rows.map(({ v }) => v),
          texts.map(Number),
        );
      },
    ),
  );
});

const problems: readonly [what: string, text: string, message: RegExp][] = [
  ["a text where a number should be", 'name,size\na,1\n"b\nb",x\n', /trips\.csv:3: column "size": "x" is not a int32/],
  [
    "a number too large for its type",
    "name,size\na,2147483648\n",
    /trips\.csv:2: column "size": "2147483648" is not a int32/,
  ],
  ["a fraction in a column of integers", "name,size\na,1.5\n", /column "size": "1.5" is not a int32/],
  ["a missing column", "name\na\n", /trips\.csv:1: there is no column "size"; the file has name/],
  ["too few fields", "name,size\na,1\nb\n", /trips\.csv:3: 1 fields where the header has 2/],
  ["a quote that is never closed", 'name,size\na,1\n"b,2\n', /trips\.csv:3: a quoted field is not closed/],
  ["text behind a quote", 'name,size\n"a"b,1\n', /trips\.csv:2: text behind the closing quote of field 1/],
  ["an empty file", "", /trips\.csv: the file is empty/],
];
for (const [what, text, message] of problems) {
  test(`should name file, line and column of ${what}`, async () => {
    await assert.rejects(rowsOf(readCsv(sourceOf(text), { columns: named })), { code: "bad-file", message });
  });
}

test("should refuse to guess whether the day or the month comes first", async () => {
  const columns = { at: "timestamp" } as const;
  const text = "at\n02/01/2021 0:30\n2021-01-02 00:30:05\n";
  await assert.rejects(rowsOf(readCsv(sourceOf(text), { columns })), /column "at": .* slashDates: "day-first"/);
  const read = async (slashDates: "day-first" | "month-first") =>
    (await rowsOf(readCsv(sourceOf(text), { columns, slashDates }))).map(({ at }) => at?.toISOString());
  assert.deepEqual(await read("day-first"), ["2021-01-02T00:30:00.000Z", "2021-01-02T00:30:05.000Z"]);
  assert.deepEqual(await read("month-first"), ["2021-02-01T00:30:00.000Z", "2021-01-02T00:30:05.000Z"]);
});

test("should say which packed file is cut off or damaged", async (t) => {
  const file = path.join(temporaryFolder(t), "trips.csv.gz");
  writeFileSync(file, gzipSync(`name,size\n${"a,1\n".repeat(5000)}`));
  assert.equal(await readCsv(file, { columns: named }).count(), 5000);
  truncateSync(file, 60);
  await assert.rejects(readCsv(file, { columns: named }).count(), {
    code: "bad-file",
    message: /trips\.csv\.gz: it cannot be read to its end/,
  });
  await assert.rejects(readCsv(`${file}.not-there.gz`, { columns: named }).count(), { code: "bad-file" });
});

test("should tell how far it is", async () => {
  const seen: number[] = [];
  const source = sourceOf(`v\n${"1\n".repeat(45_000)}`, { piece: 4096 });
  const table = readCsv(source, {
    columns: { v: "int32" },
    onProgress: ({ bytes, totalBytes, rows }) => {
      assert.ok(bytes <= totalBytes);
      seen.push(rows);
    },
  });
  await table.count();
  assert.deepEqual(seen, [20_000, 40_000, 45_000]);
});

test("should close the file when the reader stops early", async () => {
  const stream = Readable.from(
    Array.from({ length: 1000 }, (_, piece) => Buffer.from(piece === 0 ? "v\n" : "1\n".repeat(99))),
  );
  const source = { name: "trips.csv", size: 1, open: async () => stream };
  for await (const row of readCsv(source, { columns: { v: "int32" } }).rows()) {
    assert.deepEqual(row, { v: 1 });
    break;
  }
  assert.equal(stream.destroyed, true);
});
