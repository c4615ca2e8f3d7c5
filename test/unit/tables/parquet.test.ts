import assert from "node:assert/strict";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects, type SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readParquet, Table, writeParquet } from "../../../runtime/blocks/tables/index.ts";
import { temporaryFolder } from "../../support/places.ts";
import { anyRows, everyColumn, rowsOf } from "./support.ts";

for (const compression of ["snappy", "gzip", "zstd", "none"] as const) {
  test(`should give back every type, nulls and unicode with ${compression} pages`, async (t) => {
    const file = path.join(temporaryFolder(t), "rows.parquet");
    await fc.assert(
      fc.asyncProperty(anyRows, fc.integer({ min: 1, max: 50 }), async (rows, rowGroupSize) => {
        const written = await writeParquet(file, Table.of(everyColumn, rows), { compression, rowGroupSize });
        assert.deepEqual(written, { path: file, rows: rows.length, bytes: readFileSync(file).length });
        const table = await readParquet(file);
        assert.deepEqual(table.columns, everyColumn);
        assert.equal(table.totalRows, rows.length);
        assert.deepEqual(await rowsOf(table), rows);
      }),
      { numRuns: 25 },
    );
  });
}

test("should write row groups of the size asked for, and the same bytes for the same table", async (t) => {
  const folder = temporaryFolder(t);
  const rows = Array.from({ length: 45_001 }, (_, index) => ({ n: index, at: new Date(index * 1000) }));
  const table = () => Table.of({ n: "int32", at: "timestamp" }, rows);
  const first = await writeParquet(path.join(folder, "a.parquet"), table(), { rowGroupSize: 20_000 });
  const second = await writeParquet(path.join(folder, "b.parquet"), table(), { rowGroupSize: 20_000 });
  const bytes = readFileSync(first.path);
  assert.deepEqual(bytes, readFileSync(second.path));
  const { row_groups, schema } = parquetMetadata(new Uint8Array(bytes).buffer);
  assert.deepEqual(
    row_groups.map((group) => Number(group.num_rows)),
    [20_000, 20_000, 5_001],
  );
  assert.deepEqual(schema[2]?.logical_type, { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" });
});

test("should write what another reader reads", async (t) => {
  const file = path.join(temporaryFolder(t), "rows.parquet");
  const row = { name: "Zoë", at: new Date("2021-01-31T23:59:01.250Z"), on: new Date("2021-02-28"), n: 2n ** 60n };
  const none = { name: null, at: null, on: null, n: null };
  await writeParquet(file, Table.of({ name: "text", at: "timestamp", on: "date", n: "int64" }, [row, none]));
  const objects = await parquetReadObjects({ file: new Uint8Array(readFileSync(file)).buffer });
  assert.deepEqual(
    objects.map((object) => ({ ...object })),
    [row, none],
  );
});

test("should read what another writer wrote: other units of time, unsigned and required columns, decimals", async (t) => {
  const file = path.join(temporaryFolder(t), "rows.parquet");
  const leaf = (name: string, rest: Partial<SchemaElement>): SchemaElement => ({
    name,
    repetition_type: "REQUIRED",
    ...rest,
  });
  const time = (unit: "MICROS" | "NANOS") => ({ type: "TIMESTAMP", isAdjustedToUTC: true, unit }) as const;
  const schema = [
    { name: "root", num_children: 6 },
    leaf("micros", { type: "INT64", logical_type: time("MICROS") }),
    leaf("nanos", { type: "INT64", logical_type: time("NANOS") }),
    leaf("unsigned", { type: "INT32", converted_type: "UINT_32" }),
    leaf("float", { type: "FLOAT" }),
    leaf("decimal", { type: "INT32", converted_type: "DECIMAL", precision: 6, scale: 2 }),
    leaf("bytes", { type: "BYTE_ARRAY" }),
  ];
  const columnData = [
    { name: "micros", data: [1_612_137_599_123_456n] },
    { name: "nanos", data: [1_612_137_599_123_456_789n] },
    { name: "unsigned", data: [4_000_000_000] },
    { name: "float", data: [0.5] },
    { name: "decimal", data: [12.34] },
    { name: "bytes", data: [new TextEncoder().encode("ü")] },
  ];
  writeFileSync(file, new Uint8Array(parquetWriteBuffer({ schema, columnData })));
  const at = new Date("2021-01-31T23:59:59.123Z");
  const [row] = await rowsOf(await readParquet(file));
  assert.deepEqual(row, { micros: at, nanos: at, unsigned: 4_000_000_000n, float: 0.5, decimal: 12.34, bytes: "ü" });
});

test("should read chosen columns and name the ones that are not there", async (t) => {
  const file = path.join(temporaryFolder(t), "rows.parquet");
  await writeParquet(file, Table.of({ a: "int32", b: "text" }, [{ a: 1, b: "x" }]));
  assert.deepEqual(await rowsOf(await readParquet(file, { columns: ["b"] })), [{ b: "x" }]);
  await assert.rejects(readParquet(file, { columns: ["c"] }), {
    code: "bad-file",
    message: /no column "c"; the file has a, b/,
  });
});

test("should leave nothing behind when the table fails in the middle", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "rows.parquet");
  writeFileSync(file, "what was there before");
  const failing = Table.of({ a: "int32" }, [{ a: 1 }]).filter(() => {
    throw new Error("no");
  });
  await assert.rejects(writeParquet(file, failing), /no/);
  assert.deepEqual(readdirSync(folder), ["rows.parquet"]);
  assert.equal(readFileSync(file, "utf8"), "what was there before");
});

test("should say which file is damaged", async (t) => {
  const file = path.join(temporaryFolder(t), "rows.parquet");
  await writeParquet(
    file,
    Table.of(
      { a: "int32" },
      Array.from({ length: 1000 }, (_, a) => ({ a })),
    ),
  );
  truncateSync(file, 500);
  await assert.rejects(readParquet(file), {
    code: "bad-file",
    message: /rows\.parquet: it is not a sound Parquet file/,
  });
  await assert.rejects(readParquet(`${file}.none`), { code: "bad-file", message: /it cannot be opened/ });
});
