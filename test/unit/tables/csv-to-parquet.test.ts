import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Columns, type Conditions, csvToParquet, readParquet } from "../../../runtime/blocks/tables/index.ts";
import { projectRoot, temporaryFolder } from "../../support/places.ts";
import { everyColumn, rowsOf } from "./support.ts";

/** The project that has DuckDB. */
const services = path.join(projectRoot, "test", "services");
const skip = existsSync(path.join(services, "node_modules", "@duckdb", "node-api"))
  ? false
  : "no DuckDB: run npm ci in test/services";

function inProjectWithDuckDb(t: TestContext): string {
  const before = process.cwd();
  process.chdir(services);
  t.after(() => process.chdir(before));
  return temporaryFolder(t);
}

async function withBoth<C extends Columns>(
  folder: string,
  text: string,
  columns: C,
  rest: { where?: Conditions<C>; slashDates?: "day-first" | "month-first" } = {},
) {
  const file = path.join(folder, "trips.csv.gz");
  writeFileSync(file, gzipSync(text));
  const both = [];
  for (const engine of ["duckdb", "millrace"] as const) {
    const target = path.join(folder, `${engine}.parquet`);
    const written = await csvToParquet(file, target, { columns, engine, ...rest });
    const parquet = await readParquet(target);
    assert.deepEqual(parquet.columns, columns, engine);
    both.push({ engine: written.engine, counts: [written.readRows, written.rows], rows: await rowsOf(parquet) });
  }
  const [duckdb, millrace] = both;
  assert.deepEqual(duckdb?.rows, millrace?.rows);
  assert.deepEqual(duckdb?.counts, millrace?.counts);
  return { engine: duckdb?.engine, counts: millrace?.counts, rows: millrace?.rows ?? [] };
}

test("should give the same file with DuckDB as without, for every type, nulls and quotes", { skip }, async (t) => {
  const folder = inProjectWithDuckDb(t);
  const text = [
    "more,g,f,e,d,c,b,a",
    'x,2021-02-28,2021-01-31 23:59:01.250,true,"a, ""b""",2.5,1152921504606846976,1',
    "x,,,,,,,",
    'x,1969-12-31,1921-01-31T00:00:00,false,"",-1e-3,-7,-2147483648',
  ].join("\n");
  const { engine, counts, rows } = await withBoth(folder, `${text}\n`, everyColumn);
  assert.equal(engine, "duckdb");
  assert.deepEqual(counts, [3, 3]);
  assert.deepEqual([rows[0]?.["b"], rows[1]?.["d"], rows[2]?.["d"]], [2n ** 60n, null, ""]);
  assert.deepEqual(readdirSync(folder).sort(), ["duckdb.parquet", "millrace.parquet", "trips.csv.gz"]);
});

test("should keep the rows that all conditions hold for, with both engines", { skip }, async (t) => {
  const folder = inProjectWithDuckDb(t);
  const columns = { n: "int32", name: "text", at: "timestamp" } as const;
  const lines = Array.from(
    { length: 500 },
    (_, n) => `${n % 7 === 0 ? "" : n},${"abc"[n % 3]},0${1 + (n % 9)}/02/2021 0:30`,
  );
  const text = `n,name,at\n${lines.join("\n")}\n`;
  const kept = async (where: Conditions<typeof columns>) => {
    const { engine, counts, rows } = await withBoth(folder, text, columns, { where, slashDates: "day-first" });
    assert.equal(engine, "duckdb");
    assert.deepEqual(counts, [500, rows.length]);
    return rows;
  };
  assert.equal((await kept({ n: { not: 1 } })).length, 499);
  assert.equal((await kept({ n: { is: null } })).length, 72);
  assert.equal((await kept({ n: { not: null, above: 10, atMost: 20 } })).length, 9);
  assert.deepEqual(new Set((await kept({ name: { in: ["a", "b"] } })).map(({ name }) => name)), new Set(["a", "b"]));
  const late = await kept({ at: { atLeast: new Date("2021-02-08T00:30:00Z") } });
  assert.deepEqual(new Set(late.map(({ at }) => at instanceof Date && at.getUTCDate())), new Set([8, 9]));
  await assert.rejects(
    csvToParquet("a.csv", "a.parquet", { columns: { n: "int32" }, where: Object.fromEntries([["m", {}]]) }),
    {
      code: "bad-usage",
      message: /where: there is no column "m"/,
    },
  );
});

const refused: readonly [what: string, line: string, message: RegExp][] = [
  ["a fraction in a column of integers", "1.5,1", /trips\.csv\.gz:3: column "n": "1\.5" is not a int32/],
  ["a text where a number should be", "1,x", /trips\.csv\.gz:3: column "price": "x" is not a double/],
  ["too few fields", "1", /trips\.csv\.gz:3: 1 fields where the header has 2/],
];
for (const [what, line, message] of refused) {
  test(`should name file, line and column of ${what}, also where DuckDB reads`, { skip }, async (t) => {
    const folder = inProjectWithDuckDb(t);
    const file = path.join(folder, "trips.csv.gz");
    writeFileSync(file, gzipSync(`n,price\n1,2\n${line}\n`));
    const columns = { n: "int32", price: "double" } as const;
    const target = path.join(folder, "trips.parquet");
    await assert.rejects(csvToParquet(file, target, { columns, engine: "duckdb" }), { code: "bad-file", message });
    assert.deepEqual(readdirSync(folder), ["trips.csv.gz"]);
  });
}

test("should read with its own reader what DuckDB does not take: two forms of dates in one file", {
  skip,
}, async (t) => {
  const folder = inProjectWithDuckDb(t);
  const text = "at\n01/02/2021 0:30\n2021-02-03 00:30:00\n";
  const { engine, rows } = await withBoth(folder, text, { at: "timestamp" }, { slashDates: "day-first" });
  assert.equal(engine, "millrace");
  assert.deepEqual(rows, [{ at: new Date("2021-02-01T00:30:00Z") }, { at: new Date("2021-02-03T00:30:00Z") }]);
});

test("should do without DuckDB in a project that has none, and say so when it is asked for", async (t) => {
  const before = process.cwd();
  const folder = temporaryFolder(t);
  process.chdir(folder);
  t.after(() => process.chdir(before));
  writeFileSync("a.csv", "n\n1\n");
  const columns = { n: "int32" } as const;
  assert.equal((await csvToParquet("a.csv", "a.parquet", { columns })).engine, "millrace");
  await assert.rejects(csvToParquet("a.csv", "a.parquet", { columns, engine: "duckdb" }), {
    code: "bad-usage",
    message: /has no @duckdb\/node-api; npm install/,
  });
});
