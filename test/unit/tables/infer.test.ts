import assert from "node:assert/strict";
import { test } from "node:test";
import { inferColumns, readCsv } from "../../../runtime/blocks/tables/index.ts";
import { rowsOf, sourceOf } from "./support.ts";

test("should take the narrowest type that all of the first rows of a CSV file have", async () => {
  const text = [
    "whole,big,price,mixed,code,day,at,yes,slashes,none,name",
    "1,1,1,1,007,2021-01-31,2021-01-31,true,01/02/2021,,a",
    "-2,2147483648,2.5,x,008,2021-02-01,2021-01-31 10:00:00,FALSE,02/02/2021,,",
    ",,1e3,,,,,,,,1",
  ].join("\n");
  const columns = {
    whole: "int32",
    big: "int64",
    price: "double",
    mixed: "text",
    code: "text",
    day: "date",
    at: "timestamp",
    yes: "boolean",
    slashes: "text",
    none: "text",
    name: "text",
  } as const;
  assert.deepEqual(await inferColumns(sourceOf(text), { format: "csv" }), columns);
  const slashDates = "day-first" as const;
  const inferred = await inferColumns(sourceOf(text), { format: "csv", slashDates });
  assert.deepEqual(inferred, { ...columns, slashes: "date" });
  const rows = await rowsOf(readCsv(sourceOf(text), { columns: inferred, slashDates }));
  assert.deepEqual([rows[1]?.["big"], rows[0]?.["slashes"]], [2147483648n, new Date("2021-02-01")]);
});

test("should look at as many rows as asked for", async () => {
  const source = () => sourceOf("n\n1\n2\nx\n");
  assert.deepEqual(await inferColumns(source(), { format: "csv", sampleRows: 2 }), { n: "int32" });
  assert.deepEqual(await inferColumns(source(), { format: "csv" }), { n: "text" });
  await assert.rejects(inferColumns(sourceOf("n,n\n1,2\n"), { format: "csv" }), /two columns "n"/);
});

test("should find the fields of all rows of an NDJSON file", async () => {
  const text = '{"n":1,"at":"2021-01-31 00:00:01"}\n{"n":2.5,"ok":true,"list":[1]}\n{"n":null,"name":"a"}';
  assert.deepEqual(await inferColumns(sourceOf(text, { name: "a.ndjson" }), { format: "ndjson" }), {
    n: "double",
    at: "timestamp",
    ok: "boolean",
    list: "text",
    name: "text",
  });
});
