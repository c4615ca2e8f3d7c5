/** Queries of BigQueryWarehouse, by the real client against the test server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { operations, startBigQuery } from "../support/bigquery.ts";

test("should bind values by position and by name, and give every type as its documentation says", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  const [row] = await warehouse.query(
    `SELECT ? AS n, ? AS big, ? AS price, ? AS name, ? AS paid, ? AS bytes, ? AS list, ? AS nothing,
       CAST(? AS DATE) AS day, CAST(? AS DATETIME) AS at, TIMESTAMP '2021-01-31 23:59:01.25+00' AS stamp,
       NUMERIC '12345678901234567890.123456789' AS exact, TIME '12:30:00' AS clock, [1, 2] AS numbers`,
    [
      7,
      2n ** 62n,
      2.5,
      'Zoë\'s \\ "?" :name @x\n',
      true,
      new Uint8Array([1, 2, 255]),
      ["a", "b"],
      null,
      new Date("2021-02-28"),
      new Date("2021-02-28T10:20:30.400Z"),
    ],
  );
  assert.deepEqual(row, {
    n: 7,
    big: 2n ** 62n,
    price: 2.5,
    name: 'Zoë\'s \\ "?" :name @x\n',
    paid: true,
    bytes: new Uint8Array([1, 2, 255]),
    list: ["a", "b"],
    nothing: null,
    day: "2021-02-28",
    at: "2021-02-28 10:20:30.400",
    stamp: "2021-01-31 23:59:01.250",
    exact: "12345678901234567890.123456789",
    clock: "12:30:00",
    numbers: [1, 2],
  });
  assert.deepEqual(await warehouse.fetchOne("SELECT :n + @n AS twice, ':n' AS text -- :m", { n: 4 }), {
    twice: 8,
    text: ":n",
  });
  assert.deepEqual(bigquery.complaints, []);
});

test("should take types for what does not show its own", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  const row = await warehouse.fetchOne(
    "SELECT @day AS day, @stamp AS stamp, @exact AS exact, ARRAY_LENGTH(@none) AS none, @trip.fare AS fare",
    {
      day: new Date("2021-02-28"),
      stamp: new Date("2021-02-28T01:02:03Z"),
      exact: "0.1",
      none: [],
      trip: { fare: 1.5 },
    },
    { types: { day: "DATE", stamp: "TIMESTAMP", exact: "NUMERIC", none: ["INT64"], trip: { fare: "FLOAT64" } } },
  );
  assert.deepEqual(row, { day: "2021-02-28", stamp: "2021-02-28 01:02:03", exact: "0.1", none: 0, fare: 1.5 });
  const sent = bigquery.requests.find(({ operation }) => operation === "jobs.insert");
  assert.match(
    JSON.stringify(sent?.body),
    /"parameterType":\{"type":"TIMESTAMP"\},"parameterValue":\{"value":"2021-02-28 01:02:03"\}/,
  );
  await assert.rejects(warehouse.query("SELECT ?, ?", [1]), {
    code: "bad-parameters",
    message: /has 2 "\?", and 1 values/,
  });
  await assert.rejects(warehouse.query("SELECT :a", { b: 1 }), {
    code: "bad-parameters",
    message: /has :a, and no value/,
  });
});

test("should fetch page after page, and no page that nobody reads", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  const sql = "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 25000)) AS n ORDER BY n";
  let sum = 0;
  for await (const { n } of warehouse.rows(sql)) sum += Number(n);
  assert.equal(sum, (25_000 * 25_001) / 2);
  assert.equal(operations(bigquery).filter((each) => each === "jobs.getQueryResults").length, 3);
  bigquery.clear();
  for await (const { n } of warehouse.rows(sql, [], { pageSize: 10 })) if (n === 15) break;
  assert.equal(operations(bigquery).filter((each) => each === "jobs.getQueryResults").length, 2);
  assert.deepEqual(await warehouse.fetchMany(sql, [], 3), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  assert.deepEqual(await warehouse.fetchOne(`${sql} LIMIT 0`), undefined);
  assert.deepEqual(bigquery.complaints, []);
});

test("should change rows, count them, and do many statements all or none", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await warehouse.createTable("trips", { n: "int64", name: "text", pickup: "timestamp" });
  await warehouse.createTable("trips", { n: "int64" });
  const insert = "INSERT INTO trips (n, name, pickup) VALUES (?, ?, ?)";
  assert.equal(await warehouse.execute(insert, [1, "one", new Date("2021-01-01T00:00:01Z")]), 1);
  await warehouse.executeMany(insert, [
    [2, null, new Date("2021-01-02")],
    [3, "three; @p0_0", null],
  ]);
  assert.deepEqual(await warehouse.query("SELECT * FROM trips ORDER BY n"), [
    { n: 1, name: "one", pickup: "2021-01-01 00:00:01" },
    { n: 2, name: null, pickup: "2021-01-02 00:00:00" },
    { n: 3, name: "three; @p0_0", pickup: null },
  ]);
  await assert.rejects(
    warehouse.executeMany("INSERT INTO trips (n, name) VALUES (?, CAST(DIV(1, ?) AS STRING))", [
      [4, 1],
      [5, "x"],
    ]),
    { code: "bad-parameters" },
  );
  assert.equal(await warehouse.rowCount("zoomcamp.trips"), 3);
  assert.equal(await warehouse.execute("UPDATE trips SET name = :name WHERE n > :n", { name: "x", n: 1 }), 2);
  assert.deepEqual(await warehouse.tables(), ["trips"]);
  await warehouse.dropTable("trips");
  await warehouse.dropTable("trips");
  assert.deepEqual(await warehouse.tables(), []);
  assert.deepEqual(bigquery.complaints, []);
});

test("should say what a statement would read without reading it", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await warehouse.createTable("trips", { n: "int64", fare: "double" });
  await warehouse.execute("INSERT INTO trips (n, fare) SELECT n, n / 2 FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n");
  const dry = await warehouse.dryRun("SELECT fare FROM trips WHERE fare > ?", [2.5]);
  assert.deepEqual(dry, {
    bytes: 8000,
    statementType: "SELECT",
    columns: [{ name: "fare", type: "FLOAT", mode: "NULLABLE" }],
  });
  assert.equal((await warehouse.dryRun("SELECT * FROM trips")).bytes, 16_000);
  assert.ok(!operations(bigquery).includes("jobs.getQueryResults"));
  await assert.rejects(warehouse.query("SELECT * FROM trips", [], { maximumBytesBilled: 100 }), {
    message: /query: Query exceeded limit for bytes billed: 100.*bytesBilledLimitExceeded/,
  });
  await assert.rejects(warehouse.dryRun("SELEC 1"), { code: "bad-parameters", message: /dry run: .*invalidQuery/ });
});

test("should tell an error of a statement with reason and location", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await assert.rejects(warehouse.query("SELECT nothing FROM nowhere"), {
    code: "not-found",
    message: /Not found: Table.*nowhere/,
  });
  await assert.rejects(warehouse.execute("DELETE FROM nowhere WHERE true"), { code: "not-found" });
  bigquery.failJobs("query", [
    { reason: "resourcesExceeded", location: "query", message: "Resources exceeded during query execution" },
    { reason: "resourcesExceeded", location: "stage 3", message: "Worker 12 was out of memory" },
  ]);
  await assert.rejects(warehouse.execute("UPDATE x SET y = 1 WHERE true"), {
    code: "task-failed",
    message:
      /execute: Resources exceeded during query execution \(resourcesExceeded, query\) \(job millrace_execute_\S+ in EU\)\n {2}Worker 12 was out of memory \(resourcesExceeded, stage 3\)/,
  });
});
