import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { postgresForTests, skip } from "../support/postgres.ts";

const postgres = postgresForTests();

test("should give every type as the table of PostgresDatabase says", { skip }, async (t) => {
  const database = await postgres.schema(t);
  const row = await database.fetchOne(`SELECT 1::int2 AS small, 2::int4 AS whole, 3::int8 AS big,
    9007199254740993::int8 AS huge, 1.50::numeric(9,2) AS exact, 0.5::float8 AS floating, true AS yes, 'Zoë' AS text,
    '2021-01-31 23:59:01.25'::timestamp AS local, '2021-01-31 23:59:01.25+01'::timestamptz AS instant,
    '2021-01-31'::date AS day, '2021-01-31 23:59:00'::timestamp AS minute, '\\x00ff'::bytea AS bytes,
    '{"a": [1, "x"]}'::jsonb AS json, ARRAY[1, 9007199254740993]::int8[] AS bigs, ARRAY[1.10, NULL]::numeric[] AS exacts,
    ARRAY['2021-01-31']::date[] AS days, interval '1 day 2 hours' AS span, NULL::text AS nothing`);
  assert.deepEqual(row, {
    small: 1,
    whole: 2,
    big: 3,
    huge: 9007199254740993n,
    exact: "1.50",
    floating: 0.5,
    yes: true,
    text: "Zoë",
    local: "2021-01-31 23:59:01.250",
    instant: new Date("2021-01-31T22:59:01.250Z"),
    day: "2021-01-31",
    minute: "2021-01-31 23:59:00",
    bytes: new Uint8Array([0, 255]),
    json: { a: [1, "x"] },
    bigs: [1, 9007199254740993n],
    exacts: ["1.10", null],
    days: ["2021-01-31"],
    span: "1 day 02:00:00",
    nothing: null,
  });
});

test("should take parameters as ?, as :name and as $1, and leave texts and operators alone", { skip }, async (t) => {
  const database = await postgres.schema(t);
  assert.deepEqual(await database.query("SELECT ?::int AS a, '?' AS b, ? || '::x' AS c -- ?", [1, "y"]), [
    { a: 1, b: "?", c: "y::x" },
  ]);
  const named = "SELECT :a::int + :a::int AS a, ':a' AS b, :when::timestamptz AS c, $$:a$$ AS d";
  const when = new Date("2021-01-31T23:59:01.250Z");
  assert.deepEqual(await database.query(named, { a: 2, when }), [{ a: 4, b: ":a", c: when, d: ":a" }]);
  assert.deepEqual(await database.query(`SELECT '{"k": 1}'::jsonb ? $1 AS a`, ["k"]), [{ a: true }]);
  const casts = "SELECT n::text AS a, (ARRAY[1, 2, 3])[1:2] AS b FROM (SELECT :n::int AS n) AS x";
  assert.deepEqual(await database.query(casts, { n: 5 }), [{ a: "5", b: [1, 2] }]);
  const kept = { list: [1n, 2n], bytes: new Uint8Array([1, 2]), json: { deep: [1, null] }, huge: 2n ** 60n };
  assert.deepEqual(
    await database.query(
      "SELECT :list::int8[] AS list, :bytes::bytea AS bytes, :json::json AS json, :huge::int8 AS huge",
      kept,
    ),
    [{ ...kept, list: [1, 2] }],
  );
  await assert.rejects(database.query("SELECT ?", [1, 2]), {
    code: "bad-parameters",
    message: /1 parameter marks.*2 values/,
  });
  await assert.rejects(database.query("SELECT :b", { a: 1 }), {
    code: "bad-parameters",
    message: /:b, which was not given/,
  });
});

test("should keep what a transaction did when it ends well and nothing of it when it throws", { skip }, async (t) => {
  const database = await postgres.schema(t);
  await database.createTable("accounts", { id: "int32", balance: "double" });
  await database.executeMany("INSERT INTO accounts VALUES (?, ?)", [
    [1, 100],
    [2, 0],
  ]);
  const move = (sum: number, fail: boolean) =>
    database.transaction(async (tx) => {
      await tx.execute("UPDATE accounts SET balance = balance - ? WHERE id = 1", [sum]);
      await tx.execute("UPDATE accounts SET balance = balance + ? WHERE id = 2", [sum]);
      if (fail) throw new Error("changed my mind");
      return (await tx.fetchOne("SELECT balance FROM accounts WHERE id = 2"))?.["balance"];
    });
  assert.equal(await move(30, false), 30);
  await assert.rejects(move(50, true), /changed my mind/);
  assert.deepEqual(await database.query("SELECT balance FROM accounts ORDER BY id"), [
    { balance: 70 },
    { balance: 30 },
  ]);
  await assert.rejects(
    database.executeMany("INSERT INTO accounts VALUES (?, ?)", [
      [3, 1],
      ["x", 1],
    ]),
    { code: "bad-parameters", message: /invalid input syntax for type integer: "x"/ },
  );
  assert.equal(await database.rowCount("accounts"), 2);
});

test("should read more rows than memory should hold from a cursor, and let go of it in the middle", {
  skip,
}, async (t) => {
  const database = await postgres.schema(t, { poolSize: 1 });
  let sum = 0;
  let batches = 0;
  for await (const rows of database.batches("SELECT generate_series(1, ?) AS n", [25_000], { size: 10_000 })) {
    batches++;
    for (const { n } of rows) sum += Number(n);
  }
  assert.deepEqual([batches, sum], [3, (25_000 * 25_001) / 2]);
  for await (const { n } of database.rows("SELECT generate_series(1, 1000000000) AS n")) {
    if (n === 7) break;
  }
  // The only connection of the pool is free again, and sound.
  assert.deepEqual(await database.fetchMany("SELECT generate_series(1, 1000000000) AS n", [], 2), [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(await database.fetchOne("SELECT 1 AS one"), { one: 1 });
});

test("should copy bytes in and out as streams", { skip }, async (t) => {
  const database = await postgres.schema(t, { poolSize: 1 });
  await database.createTable("zones", { id: "int32", name: "text" });
  const csv = "1,Newark Airport\n2,Jamaica Bay\n";
  assert.equal(
    await database.copyFrom("COPY zones FROM STDIN WITH (FORMAT csv)", Readable.from([csv.slice(0, 9), csv.slice(9)])),
    2,
  );
  assert.equal(
    await text(await database.copyTo("COPY (SELECT * FROM zones ORDER BY id) TO STDOUT WITH (FORMAT csv)")),
    csv,
  );
  const early = await database.copyTo("COPY (SELECT generate_series(1, 10000000)) TO STDOUT");
  for await (const piece of early) {
    assert.ok(piece.length > 0);
    break;
  }
  await assert.rejects(database.copyFrom("COPY zones FROM STDIN WITH (FORMAT csv)", Readable.from(["3,a\nx,b\n"])), {
    code: "bad-parameters",
    message: /COPY zones, line 2, column id: "x"/,
  });
  assert.equal(await database.rowCount("zones"), 2);
});

test("should say what is wrong with a statement, with the server's hint", { skip }, async (t) => {
  const database = await postgres.schema(t);
  await database.createTable("trips", { fare: "double" });
  await assert.rejects(database.query("SELECT far FROM trips"), {
    code: "bad-usage",
    message: /column "far" does not exist; Perhaps you meant to reference the column "trips\.fare"/,
  });
  const limited = await postgres.schema(t, { statementTimeout: "50ms" });
  await assert.rejects(limited.query("SELECT pg_sleep(30)"), {
    code: "not-answering",
    message: /statement timeout; raise statementTimeout/,
  });
  assert.deepEqual(await limited.fetchOne("SELECT current_setting('application_name') AS name"), { name: "millrace" });
});
