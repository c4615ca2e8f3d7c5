import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { LocalBucket, Table, type Warehouse, writeNdjson, writeParquet } from "../../runtime/blocks/index.ts";
import { temporaryFolder } from "../support/places.ts";
import { postgresForTests, skip } from "../support/postgres.ts";

const postgres = postgresForTests();

const columns = {
  n: "int32",
  big: "int64",
  price: "double",
  name: "text",
  paid: "boolean",
  at: "timestamp",
  on: "date",
} as const;
const row = {
  n: 1,
  big: 2n ** 60n,
  price: 2.5,
  name: "Zoë's\t\\N\n",
  paid: true,
  at: new Date("1921-01-31T23:59:01.250Z"),
  on: new Date("2021-02-28"),
};
const none = { n: null, big: null, price: null, name: null, paid: null, at: null, on: null };
const loaded = { ...row, at: "1921-01-31 23:59:01.250", on: "2021-02-28" };

test("should load every type and nulls from Parquet, NDJSON, a table and rows", { skip }, async (t) => {
  const database = await postgres.schema(t);
  const folder = temporaryFolder(t);
  const table = () => Table.of(columns, [row, none]);
  const { path: parquet } = await writeParquet(path.join(folder, "a.parquet"), table());
  const { path: ndjson } = await writeNdjson(path.join(folder, "a.ndjson.gz"), table());
  await database.load("from_parquet", parquet);
  await database.load("from_ndjson", ndjson, { columns });
  await database.load("from_table", table());
  await database.load("from_rows", [row, none], { columns });
  for (const name of ["from_parquet", "from_ndjson", "from_table", "from_rows"]) {
    const rows = await database.query(`SELECT n, big, price, name, paid, at, "on" FROM ${name} ORDER BY n`);
    assert.deepEqual(rows, [loaded, none], name);
  }
  assert.deepEqual(await database.tables(), ["from_ndjson", "from_parquet", "from_rows", "from_table"]);
});

test("should load into columns of other types as the server converts them", { skip }, async (t) => {
  const database = await postgres.schema(t);
  await database.execute(`CREATE TABLE trips (n smallint, big numeric, price numeric(9, 2), name varchar(40), paid boolean,
    at timestamptz, "on" timestamp, more text DEFAULT 'x')`);
  await database.load("trips", Table.of(columns, [row, none]));
  assert.deepEqual(await database.query("SELECT * FROM trips ORDER BY n"), [
    { ...loaded, big: "1152921504606846976", price: "2.50", at: row.at, on: "2021-02-28 00:00:00", more: "x" },
    { ...none, more: "x" },
  ]);
  await assert.rejects(database.load("trips", Table.of({ n: "int32" }, [{ n: 70_000 }])), {
    code: "bad-parameters",
    message: /out of range for type smallint; COPY trips, line 1, column n/,
  });
  await assert.rejects(database.load("trips", Table.of({ m: "int32" }, [{ m: 1 }]), { loadId: "february" }), {
    code: "bad-parameters",
    message: /february: table "trips" has no column "m"; it has n, big/,
  });
});

test("should load a packed CSV file without being told what it holds, and say how far it is", { skip }, async (t) => {
  const database = await postgres.schema(t);
  const bucket = new LocalBucket({ basepath: temporaryFolder(t) });
  const lines = Array.from({ length: 45_000 }, (_, n) => `${n},0${n},2021-01-31 00:00:0${n % 10},${n / 4}`);
  await bucket.writePath("raw/trips.csv.gz", gzipSync(`n,code,at,price\n${lines.join("\n")}\n`));
  const seen: number[] = [];
  const load = await database.load("trips", await bucket.source("raw/trips.csv.gz"), {
    chunkSize: 20_000,
    onProgress: ({ rows }) => seen.push(rows),
  });
  assert.deepEqual([load.rows, load.alreadyLoaded, seen], [45_000, false, [20_000, 40_000, 45_000]]);
  assert.deepEqual(await database.fetchOne("SELECT n, code, at, price FROM trips WHERE n = ?", [44_999]), {
    n: 44_999,
    code: "044999",
    at: "2021-01-31 00:00:09",
    price: 11_249.75,
  });
});

test("should do nothing when the same is loaded again, and replace what has changed under a name", {
  skip,
}, async (t) => {
  const database = await postgres.schema(t);
  const file = path.join(temporaryFolder(t), "a.csv");
  const load = (loadId?: string) => database.load("trips", file, loadId === undefined ? {} : { loadId });
  writeFileSync(file, "n\n1\n2\n3\n");
  const first = await load();
  assert.deepEqual(await load(), { ...first, alreadyLoaded: true });
  await load("january");
  await database.execute("INSERT INTO trips (n) VALUES (100)");
  writeFileSync(file, "n\n7\n8\n");
  const replaced = await load("january");
  assert.deepEqual([replaced.rows, replaced.replacedRows, replaced.alreadyLoaded], [2, 3, false]);
  const rows = await database.query("SELECT n FROM trips ORDER BY n");
  assert.deepEqual(
    rows.map(({ n }) => n),
    [1, 2, 3, 7, 8, 100],
  );
  const ledger = (await database.loads("trips")).map(({ loadId, rows }) => [loadId, rows]);
  assert.deepEqual(ledger, [
    [first.loadId, 3],
    ["january", 2],
  ]);
  await database.dropTable("trips");
  assert.equal((await load("january")).alreadyLoaded, false);
});

test("should leave nothing of a load that fails, and the old rows when it was to replace them", { skip }, async (t) => {
  const database = await postgres.schema(t);
  const file = path.join(temporaryFolder(t), "trips.csv");
  writeFileSync(file, "n\n1\n2\n");
  await database.load("trips", file);
  const more = `n\n${"5\n".repeat(50_000)}x\n`;
  writeFileSync(file, more);
  for (const mode of ["append", "truncate", "replace"] as const) {
    await assert.rejects(database.load("trips", file, { mode, columns: { n: "int32" } }), {
      code: "bad-file",
      message: /trips\.csv:50002: column "n": "x" is not a int32/,
    });
    assert.equal(await database.rowCount("trips"), 2, mode);
  }
  writeFileSync(file, "n,m\n7,a\n");
  const { replacedRows } = await database.load("trips", file, { mode: "replace" });
  assert.equal(replacedRows, 2);
  assert.deepEqual(await database.query("SELECT n, m FROM trips"), [{ n: 7, m: "a" }]);
  writeFileSync(file, "n\n8\n");
  await database.load("trips", file, { mode: "truncate" });
  assert.deepEqual(await database.query("SELECT n, m FROM trips"), [{ n: 8, m: null }]);
  assert.deepEqual(await database.tables(), ["trips"]);
  await assert.rejects(database.load("elsewhere", file, { create: false }), { code: "not-found" });
});

test("should do the same load once when two tasks ask for it at the same time", { skip }, async (t) => {
  const database = await postgres.schema(t);
  const months = ["january", "february"].flatMap((loadId) => [loadId, loadId, loadId]);
  const loads = await Promise.all(
    months.map((loadId) => database.load("trips", Table.of({ n: "int32" }, [{ n: 1 }, { n: 2 }]), { loadId })),
  );
  assert.equal(loads.filter(({ alreadyLoaded }) => !alreadyLoaded).length, 2);
  assert.equal(await database.rowCount("trips"), 4);
});

test("should be a warehouse like the others", { skip }, async (t) => {
  const warehouse: Warehouse = await postgres.schema(t);
  await warehouse.createTable("trips", { n: "int32" });
  await warehouse.createTable("trips", { n: "int32" });
  assert.equal(await warehouse.execute("INSERT INTO trips VALUES (?), (?)", [1, 2]), 2);
  assert.deepEqual(await warehouse.fetchAll("SELECT n FROM trips ORDER BY n"), [{ n: 1 }, { n: 2 }]);
  await warehouse.dropTable("trips");
  await warehouse.dropTable("trips");
  assert.deepEqual(await warehouse.tables(), []);
});
