import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readNdjson, Table, writeNdjson } from "../../../runtime/blocks/tables/index.ts";
import { temporaryFolder } from "../../support/places.ts";
import { anyRows, everyColumn, rowsOf, sourceOf } from "./support.ts";

const named = { name: "text", size: "int32" } as const;
const lines = (text: string, piece?: number) =>
  sourceOf(text, { name: "trips.ndjson", ...(piece === undefined ? {} : { piece }) });

test("should write what it reads back as the same table", async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["rows.ndjson", "rows.ndjson.gz"]) {
    const file = path.join(folder, name);
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const written = await writeNdjson(file, Table.of(everyColumn, rows));
        assert.deepEqual(written, { path: file, rows: rows.length, bytes: readFileSync(file).length });
        assert.deepEqual(await rowsOf(readNdjson(file, { columns: everyColumn })), rows);
      }),
      { numRuns: 40 },
    );
  }
  assert.deepEqual(readdirSync(folder).sort(), ["rows.ndjson", "rows.ndjson.gz"], "no half files are left");
});

test("should read blank lines, CRLF, a byte order mark, missing fields and however the bytes are cut", async () => {
  const text = '\ufeff{"name":"ü","size":1,"more":[1]}\r\n\r\n{"size":null}\n{"name":{"a":"x"},"size":-2}';
  const expected = [
    { name: "ü", size: 1 },
    { name: null, size: null },
    { name: '{"a":"x"}', size: -2 },
  ];
  for (let piece = 1; piece < 12; piece++) {
    assert.deepEqual(await rowsOf(readNdjson(lines(text, piece), { columns: named })), expected, `pieces of ${piece}`);
  }
});

const problems: readonly [what: string, text: string, message: RegExp][] = [
  [
    "a text where a number should be",
    '{"size":1}\n\n{"size":"x"}\n',
    /trips\.ndjson:3: column "size": "x" is not a int32/,
  ],
  ["a fraction in a column of integers", '{"size":1.5}', /trips\.ndjson:1: column "size": 1\.5 is not a int32/],
  ["what is no JSON", '{"size":1}\n{"size":', /trips\.ndjson:2: it is no JSON/],
  ["a list where an object should be", "[1]\n", /trips\.ndjson:1: \[1\] is not an object with columns as fields/],
];
for (const [what, text, message] of problems) {
  test(`should name file, line and column of ${what}`, async () => {
    await assert.rejects(rowsOf(readNdjson(lines(text), { columns: named })), { code: "bad-file", message });
  });
}

test("should not take an integer that a number has already changed", async () => {
  const columns = { n: "int64" } as const;
  assert.deepEqual(await rowsOf(readNdjson(lines('{"n":"9007199254740993"}\n{"n":7}'), { columns })), [
    { n: 9007199254740993n },
    { n: 7n },
  ]);
  await assert.rejects(
    rowsOf(readNdjson(lines('{"n":9007199254740993}'), { columns })),
    /column "n": .* is not a int64/,
  );
});
