/** Loads, tables and streamed rows of BigQueryWarehouse, by the real client against the test server. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { GcsBucket, Table, writeCsv, writeParquet } from "../../runtime/blocks/index.ts";
import { operations, startBigQuery } from "../support/bigquery.ts";

const columns = { n: "int64", fare: "double", pickup: "timestamp", paid: "boolean" } as const;
const rows = [
  { n: 1n, fare: 2.5, pickup: new Date("2021-01-31T23:59:00Z"), paid: true },
  { n: 2n, fare: null, pickup: new Date("2021-02-01T00:00:01.5Z"), paid: false },
];
const inTable = [
  { n: 1, fare: 2.5, pickup: "2021-01-31 23:59:00", paid: true },
  { n: 2, fare: null, pickup: "2021-02-01 00:00:01.500", paid: false },
];
const all = "SELECT n, fare, pickup, paid FROM trips ORDER BY n";

test("should load Parquet, CSV, packed CSV and NDJSON from this machine, and the same bytes only once", async (t) => {
  const { bigquery, folder, warehouse } = await startBigQuery(t);
  const { path: parquet } = await writeParquet(path.join(folder, "a.parquet"), Table.of(columns, rows));
  const first = await warehouse.load("trips", parquet);
  assert.deepEqual([first.rows, first.alreadyLoaded], [2, false]);
  assert.deepEqual([...new Set(operations(bigquery))], ["datasets.get", "jobs.get", "jobs.upload"]);
  assert.deepEqual(await warehouse.query(all), inTable);
  const again = await warehouse.load("trips", parquet);
  assert.deepEqual([again.rows, again.alreadyLoaded, again.loadId], [2, true, first.loadId]);
  assert.equal(operations(bigquery).filter((each) => each === "jobs.upload").length, 1);

  const { path: csv } = await writeCsv(path.join(folder, "b.csv.gz"), Table.of(columns, rows));
  const fields = [
    { name: "n", type: "INT64" },
    { name: "fare", type: "FLOAT64" },
    { name: "pickup", type: "DATETIME" },
    { name: "paid", type: "BOOL" },
  ];
  await warehouse.load("csv", csv, { schema: fields });
  assert.deepEqual(await warehouse.query(all.replace("trips", "csv")), inTable);
  // By the names in the first line, and without what is not asked for.
  const some = await warehouse.load("some", csv, { columns: { paid: "boolean", n: "int64" } });
  assert.equal(some.rows, 2);
  assert.deepEqual(await warehouse.query("SELECT * FROM some ORDER BY n"), [
    { paid: true, n: 1 },
    { paid: false, n: 2 },
  ]);
  const ndjson = path.join(folder, "c.jsonl.gz");
  writeFileSync(ndjson, gzipSync('{"n":3,"fare":1.5,"pickup":"2021-03-01 00:00:00","paid":true}\n{"n":4}\n'));
  assert.equal((await warehouse.load("trips", ndjson, { columns })).rows, 2);
  assert.equal(await warehouse.rowCount("trips"), 4);
  assert.deepEqual(bigquery.complaints, []);
});

test("should load tables, and append, replace or refuse as it is told", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await warehouse.load("trips", Table.of(columns, rows), { loadId: "january" });
  assert.equal((await warehouse.load("trips", Table.of(columns, rows), { loadId: "january" })).alreadyLoaded, true);
  await warehouse.load("trips", Table.of(columns, rows.slice(1)), { loadId: "february" });
  assert.equal(await warehouse.rowCount("trips"), 3);
  await assert.rejects(warehouse.load("trips", Table.of(columns, rows), { disposition: "empty" }), {
    code: "conflict",
    message: /load into "zoomcamp.trips": Already Exists: Table .*\(duplicate\)/,
  });
  for (const part of [rows, rows.slice(0, 1), rows]) {
    const result = await warehouse.load("trips", Table.of(columns, part), { disposition: "truncate" });
    assert.equal(result.alreadyLoaded, false);
    assert.equal(await warehouse.rowCount("trips"), part.length);
  }
  // What was loaded went with the table.
  await warehouse.dropTable("trips");
  assert.equal((await warehouse.load("trips", Table.of(columns, rows), { loadId: "january" })).alreadyLoaded, false);
  assert.equal(await warehouse.rowCount("trips"), 2);
  assert.deepEqual(bigquery.complaints, []);
});

test("should refuse other content under the name of an earlier load, whose rows cannot be told apart", async (t) => {
  const { folder, warehouse } = await startBigQuery(t);
  const { path: january } = await writeParquet(path.join(folder, "a.parquet"), Table.of(columns, rows));
  const { path: mended } = await writeParquet(path.join(folder, "b.parquet"), Table.of(columns, rows.slice(1)));
  await warehouse.load("trips", january, { loadId: "yellow/2021-01" });
  assert.equal((await warehouse.load("trips", january, { loadId: "yellow/2021-01" })).alreadyLoaded, true);
  await assert.rejects(warehouse.load("trips", mended, { loadId: "yellow/2021-01" }), {
    code: "conflict",
    message: /something else was loaded as "yellow\/2021-01" before.*disposition: "truncate"/,
  });
  assert.equal(await warehouse.rowCount("trips"), 2);
});

test("should load objects of Cloud Storage where they lie, several with one address", async (t) => {
  const { bigquery, cloud, folder, warehouse } = await startBigQuery(t);
  cloud.server.store.createBucket("lake");
  const bucket = new GcsBucket({ bucket: "lake", gcpCredentials: cloud.credentials, endpoint: cloud.server.url });
  for (const [index, row] of rows.entries()) {
    const { path: file } = await writeParquet(path.join(folder, `${index}.parquet`), Table.of(columns, [row]));
    await bucket.uploadFromPath(file, `yellow/${index}.parquet`);
  }
  const { path: csv } = await writeCsv(path.join(folder, "all.csv.gz"), Table.of(columns, rows));
  await bucket.uploadFromPath(csv, "yellow/all.csv.gz");
  const loaded = await warehouse.load("trips", "gs://lake/yellow/*.parquet");
  assert.equal(loaded.rows, 2);
  assert.deepEqual(await warehouse.query(all), inTable);
  assert.ok(!operations(bigquery).includes("jobs.upload"));
  await warehouse.load("byname", ["gs://lake/yellow/all.csv.gz"], { columns: { paid: "boolean", n: "int64" } });
  assert.deepEqual(await warehouse.query("SELECT * FROM byname ORDER BY n"), [
    { paid: true, n: 1 },
    { paid: false, n: 2 },
  ]);
  const once = await warehouse.load("objects", await bucket.source("yellow/0.parquet"));
  const again = await warehouse.load("objects", await bucket.source("yellow/0.parquet"));
  assert.deepEqual([once.alreadyLoaded, again.alreadyLoaded], [false, true]);
  await bucket.uploadFromPath(path.join(folder, "0.parquet"), "yellow/0.parquet");
  assert.equal((await warehouse.load("objects", await bucket.source("yellow/0.parquet"))).alreadyLoaded, true);
  await bucket.uploadFromPath(path.join(folder, "1.parquet"), "yellow/0.parquet");
  assert.equal((await warehouse.load("objects", await bucket.source("yellow/0.parquet"))).alreadyLoaded, false);
  assert.ok(!operations(bigquery).includes("jobs.upload"));
  await warehouse.createExternalTable("outside", "gs://lake/yellow/*.parquet");
  assert.equal(await warehouse.rowCount("outside"), 2);
  await warehouse.createExternalTable("lines", "gs://lake/yellow/all.csv.gz", { columns });
  assert.deepEqual(await warehouse.query(all.replace("trips", "lines")), inTable);
  await assert.rejects(warehouse.load("trips", "gs://lake/gone/*.parquet"), {
    code: "not-found",
    message: /load into "zoomcamp.trips": Not found: URI gs:\/\/lake\/gone\/\*\.parquet \(notFound\)/,
  });
  assert.deepEqual(bigquery.complaints, []);
});

test("should create tables with partitions and clusters, and load into one partition", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await warehouse.createTable("trips", columns, {
    partitioning: { type: "MONTH", field: "pickup", expirationDays: 400 },
    clustering: ["paid", "n"],
    description: "Taxi trips",
  });
  const sent = bigquery.requests.at(-1)?.body ?? {};
  assert.deepEqual(sent["timePartitioning"], { type: "MONTH", field: "pickup", expirationMs: "34560000000" });
  assert.deepEqual(sent["clustering"], { fields: ["paid", "n"] });
  await warehouse.load("trips", Table.of(columns, rows));
  await warehouse.load(
    "trips$202101",
    Table.of(
      columns,
      [rows[0]].flatMap((row) => row ?? []),
    ),
    { disposition: "truncate" },
  );
  assert.deepEqual(await warehouse.query(all), inTable);
  await assert.rejects(warehouse.load("trips$202101", Table.of(columns, rows), { disposition: "truncate" }), {
    code: "bad-parameters",
    message: /Some rows belong to different partitions/,
  });
  await assert.rejects(warehouse.createTable("bad", columns, { clustering: ["gone"] }), {
    code: "bad-parameters",
    message: /table "bad": .*clustering cannot be found in the schema: gone/,
  });
  await warehouse.createTable("ranges", columns, { partitioning: { field: "n", start: 0, end: 100, interval: 10 } });
});

test("should stream rows in, and tell of each row that is refused", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await warehouse.createTable("trips", [
    { name: "n", type: "INT64", mode: "REQUIRED" },
    { name: "fare", type: "NUMERIC" },
    { name: "pickup", type: "TIMESTAMP" },
    { name: "tags", type: "STRING", mode: "REPEATED" },
  ]);
  const good = { n: 2n ** 60n, fare: "0.1", pickup: new Date("2021-01-31T23:59:00Z"), tags: ["a", "b"] };
  assert.deepEqual(await warehouse.insertStream("trips", [good]), { inserted: 1, failed: [] });
  assert.deepEqual(await warehouse.query("SELECT * FROM trips"), [{ ...good, pickup: "2021-01-31 23:59:00" }]);
  const bad = [{ n: 5 }, { n: 1, tip: 3 }, { fare: "1" }];
  await assert.rejects(warehouse.insertStream("trips", bad), {
    code: "bad-parameters",
    message:
      /insert into "trips": 2 rows were refused.*\n {2}rows\[1\]\.tip: no such field: tip\. \(invalid\)\n {2}rows\[2\]\.n: Missing required field: n\. \(invalid\)$/,
  });
  const result = await warehouse.insertStream("trips", bad, { skipInvalidRows: true });
  assert.equal(result.inserted, 1);
  assert.deepEqual(
    result.failed.map(({ index }) => index),
    [1, 2],
  );
  // An answer that is lost: the same ids come again, and the rows are there once.
  bigquery.fail({ operation: "tabledata.insertAll", times: 1, loseAnswer: true });
  const many = Array.from({ length: 1200 }, (_, n) => ({ n }));
  assert.equal((await warehouse.insertStream("trips", many)).inserted, 1200);
  assert.equal(await warehouse.rowCount("trips"), 1202);
  assert.deepEqual(bigquery.complaints, []);
});

test("should tell why a file cannot be loaded, and load nothing of it", async (t) => {
  const { bigquery, folder, warehouse } = await startBigQuery(t);
  await warehouse.createTable("trips", columns);
  const file = path.join(folder, "bad.csv");
  writeFileSync(file, "n,fare\n1,2.5\n2,much\n");
  const schema = [
    { name: "n", type: "INT64" },
    { name: "fare", type: "FLOAT64" },
  ];
  await assert.rejects(warehouse.load("trips", file, { schema }), {
    code: "bad-parameters",
    message:
      /load into "zoomcamp.trips": Error while reading data[\s\S]*much[\s\S]*\(invalid\)[\s\S]*\(job millrace_load_\S+ in EU\)/,
  });
  assert.equal(await warehouse.rowCount("trips"), 0);
  // Mended, it is loaded under the next id of the job that has failed.
  bigquery.failJobs("load", [
    { reason: "invalid", location: "bad.csv", message: "Error while reading data, error message: too many errors" },
    { reason: "invalid", location: "line 3", message: "Could not parse 'much' as FLOAT64" },
  ]);
  writeFileSync(file, "n,fare\n1,2.5\n2,7\n");
  await assert.rejects(warehouse.load("trips", file, { schema }), {
    message: /too many errors \(invalid, bad\.csv\).*\n {2}Could not parse 'much' as FLOAT64 \(invalid, line 3\)$/,
  });
  assert.equal((await warehouse.load("trips", file, { schema })).rows, 2);
  await assert.rejects(warehouse.load("trips", path.join(folder, "gone.csv"), { schema }), {
    code: "bad-file",
    message: /no file .*gone\.csv/,
  });
  const { path: other } = await writeParquet(path.join(folder, "x.parquet"), Table.of({ n: "text" }, [{ n: "x" }]));
  await assert.rejects(warehouse.load("trips", other), { message: /Field n has changed type from INTEGER to STRING/ });
});
