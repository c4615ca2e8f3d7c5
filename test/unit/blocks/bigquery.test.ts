/** The pure parts of BigQueryWarehouse. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { labelValue } from "../../../runtime/blocks/bigquery/client.ts";
import { isTransient, jobError, requestError } from "../../../runtime/blocks/bigquery/errors.ts";
import { externalConfiguration, loadConfiguration } from "../../../runtime/blocks/bigquery/load-settings.ts";
import { prepareStatement } from "../../../runtime/blocks/bigquery/parameters.ts";
import { tableFields, tableMetadata } from "../../../runtime/blocks/bigquery/schema.ts";
import { quotedTable, replaceMarks, tableName } from "../../../runtime/blocks/bigquery/statements.ts";
import { integers, rowOf, timeText } from "../../../runtime/blocks/bigquery/values.ts";
import { callId } from "../../../runtime/blocks/call-ids.ts";
import { flow, task } from "../../../runtime/sdk/index.ts";
import { runFlow } from "../../../runtime/testing/index.ts";

const prepare = (
  sql: string,
  values: Parameters<typeof prepareStatement>[1],
  types?: Parameters<typeof prepareStatement>[2],
) => prepareStatement(sql, values, types);

test("should see marks where they are, and none in texts, comments, names and casts", () => {
  const sql = [
    "SELECT ?, :a, @a, @@project_id, x::int, '?:b', \"@c\", `:d?`, r'\\d', ?, '''it's :e''', \"\"\"?\"\"\",",
    "'it\\'s ?' -- :f ?",
    "# @g",
    "/* :h\n? */ , ?",
  ].join("\n");
  const marks: (string | number)[] = [];
  const same = replaceMarks(sql, ({ parameter, text }) => {
    marks.push(parameter);
    return text;
  });
  assert.equal(same, sql);
  assert.deepEqual(marks, [0, "a", "a", 1, 2]);
});

test("should name values as BigQuery does, and write what has no type of its own as a literal", () => {
  assert.deepEqual(
    prepare("SELECT :n, @n, :day, :at, :none, :list", {
      n: 2n ** 53n,
      day: new Date("2021-02-28"),
      at: new Date("2021-02-28T01:02:03.004Z"),
      none: null,
      list: [],
    }),
    {
      query: "SELECT @n, @n, '2021-02-28', '2021-02-28 01:02:03.004', NULL, []",
      parameterMode: "NAMED",
      queryParameters: [{ name: "n", parameterType: { type: "INT64" }, parameterValue: { value: "9007199254740992" } }],
    },
  );
  const { query, queryParameters } = prepare("VALUES (?, ?, ?, ?)", [
    null,
    1.5,
    [1, 2.5],
    { a: [true], b: { c: "x" } },
  ]);
  assert.equal(query, "VALUES (NULL, ?, ?, ?)");
  assert.deepEqual(queryParameters, [
    { parameterType: { type: "FLOAT64" }, parameterValue: { value: "1.5" } },
    {
      parameterType: { type: "ARRAY", arrayType: { type: "FLOAT64" } },
      parameterValue: { arrayValues: [{ value: "1" }, { value: "2.5" }] },
    },
    {
      parameterType: {
        type: "STRUCT",
        structTypes: [
          { name: "a", type: { type: "ARRAY", arrayType: { type: "BOOL" } } },
          { name: "b", type: { type: "STRUCT", structTypes: [{ name: "c", type: { type: "STRING" } }] } },
        ],
      },
      parameterValue: {
        structValues: { a: { arrayValues: [{ value: "true" }] }, b: { structValues: { c: { value: "x" } } } },
      },
    },
  ]);
  const big = prepare("SELECT ?", [2n ** 64n]).queryParameters[0];
  assert.deepEqual(big?.parameterType, { type: "BIGNUMERIC" });
  const typed = prepare("SELECT ?, ?", [null, new Date("2021-02-28")], ["numeric", "DATE"]).queryParameters;
  assert.deepEqual(typed, [
    { parameterType: { type: "NUMERIC" }, parameterValue: {} },
    { parameterType: { type: "DATE" }, parameterValue: { value: "2021-02-28" } },
  ]);
});

test("should name the value that is missing, not used, or of no type", () => {
  const refuse = (sql: string, values: Parameters<typeof prepare>[1], message: RegExp) =>
    assert.throws(() => prepare(sql, values), { code: "bad-parameters", message });
  refuse("SELECT ?", [], /has 1 "\?", and 0 values were given/);
  refuse("SELECT :a", { b: 1, a: 1 }, /parameter "b": the statement has no :b and no @b/);
  refuse("SELECT :a", { b: 1 }, /the statement has :a, and no value/);
  refuse("SELECT ?", [[null]], /parameter 1\[0\]: a null in a list or struct needs its type/);
  refuse("SELECT ?", [{ a: [] }], /parameter 1\.a: an empty list/);
  refuse("SELECT :at", { at: new Date(Number.NaN) }, /parameter "at": it is an invalid Date/);
  assert.equal(prepare("SELECT @@project_id, ':x'", []).query, "SELECT @@project_id, ':x'");
});

test("should read names of tables with and without dataset and project", () => {
  assert.equal(quotedTable(tableName("trips", "zoomcamp")), "`zoomcamp`.`trips`");
  assert.equal(quotedTable(tableName("my-project.other.trips", "zoomcamp")), "`my-project`.`other`.`trips`");
  assert.throws(() => tableName("trips", undefined), { code: "bad-usage", message: /write "dataset\.trips"/ });
  for (const bad of ["", "a.b.c.d", "a..b", "trips; DROP TABLE x", "tri'ps"]) {
    assert.throws(() => tableName(bad, "zoomcamp"), { code: "bad-usage" });
  }
});

test("should give values as rows have them", () => {
  assert.deepEqual(
    [integers.integerTypeCastFunction("9007199254740991"), integers.integerTypeCastFunction("9007199254740993")],
    [9007199254740991, 9007199254740993n],
  );
  assert.equal(timeText("2021-01-31T23:59:00.000Z"), "2021-01-31 23:59:00");
  assert.equal(timeText("2021-01-31T23:59:00.25"), "2021-01-31 23:59:00.250");
  assert.equal(timeText("2021-01-31 23:59:00.123450Z"), "2021-01-31 23:59:00.123450");
  assert.equal(timeText("12:30:00"), "12:30:00");
  class Wrapped {
    value = "2021-01-31";
  }
  assert.deepEqual(rowOf({ day: new Wrapped(), deep: [{ value: "plain", none: null }], bytes: Buffer.from([1]) }), {
    day: "2021-01-31",
    deep: [{ value: "plain", none: null }],
    bytes: new Uint8Array([1]),
  });
});

test("should give the same id to the same call of a task, and another to each of equal calls", async () => {
  const seen: string[][] = [];
  const ids = task({
    name: "ids",
    retries: 1,
    run() {
      seen.push([callId("load", ["a"]), callId("load", ["a"]), callId("load", ["b"]), callId("execute", ["a"])]);
      if (seen.length === 1) throw new Error("once more");
    },
  });
  const whole = flow({ name: "ids", run: () => ids() });
  await runFlow(whole, {});
  await runFlow(whole, {});
  const [first = [], retried, otherRun = []] = seen;
  assert.deepEqual(retried, first);
  assert.equal(new Set([...first, ...otherRun]).size, 8);
  assert.ok(first.every((id) => /^millrace_(load|execute)_[0-9a-f]{40}$/.test(id)));
  assert.notEqual(callId("load", ["a"]), callId("load", ["a"]));
});

test("should tell what may pass from what will not", () => {
  const error = (fields: object) => Object.assign(new Error("no"), fields);
  for (const passing of [
    error({ code: 503 }),
    error({ code: 429 }),
    error({ code: "ECONNRESET" }),
    error({ code: 403, errors: [{ reason: "rateLimitExceeded", message: "slow down" }] }),
    error({ cause: error({ code: "EPIPE" }) }),
  ]) {
    assert.equal(isTransient(passing), true);
  }
  for (const lasting of [
    error({ code: 400 }),
    error({ code: 404 }),
    error({}),
    error({ code: 403, errors: [{ reason: "quotaExceeded", message: "x" }] }),
  ]) {
    assert.equal(isTransient(lasting), false);
  }
});

test("should tell reasons and locations, and never the request with its token", () => {
  const answer = Object.assign(new Error("Request failed"), {
    status: 404,
    config: { headers: { authorization: "Bearer ya29.secret" } },
    response: {
      status: 404,
      data: { error: { errors: [{ reason: "notFound", location: "trips", message: "No table" }] } },
    },
  });
  const told = requestError(answer, "load");
  assert.equal(told.message, "load: No table (notFound, trips)");
  assert.doesNotMatch(JSON.stringify([told, told.cause], Object.getOwnPropertyNames(answer)), /ya29/);
  const errors = Array.from({ length: 6 }, (_, n) => ({
    reason: "invalid",
    location: `line ${n}`,
    message: `bad ${n}`,
  }));
  assert.equal(
    jobError({ errorResult: { reason: "invalid", message: "too many errors" }, errors }, "load", "job x").message,
    "load: too many errors (invalid) (job x)\n  bad 0 (invalid, line 0)\n  bad 1 (invalid, line 1)\n  bad 2 (invalid, line 2)\n  … and 3 more",
  );
  assert.match(jobError({}, "load", "job x").message, /BigQuery gives no reason/);
});

test("should describe loads, tables and external tables as the protocol has them", () => {
  assert.deepEqual(loadConfiguration("csv", { columns: { n: "int64" }, delimiter: ";", disposition: "truncate" }), {
    sourceFormat: "CSV",
    schema: { fields: [{ name: "n", type: "INT64" }] },
    skipLeadingRows: 1,
    sourceColumnMatch: "NAME",
    fieldDelimiter: ";",
    writeDisposition: "WRITE_TRUNCATE",
    createDisposition: "CREATE_IF_NEEDED",
  });
  assert.equal("skipLeadingRows" in loadConfiguration("csv", {}), false);
  assert.deepEqual(externalConfiguration("csv", ["gs://a/b.csv"], { schema: [{ name: "n", type: "INT64" }] }), {
    sourceFormat: "CSV",
    sourceUris: ["gs://a/b.csv"],
    autodetect: false,
    csvOptions: { skipLeadingRows: "1" },
  });
  assert.deepEqual(
    tableFields([{ name: "a", type: "STRUCT", fields: [{ name: "b", type: "NUMERIC", precision: 10, scale: 2 }] }]),
    [{ name: "a", type: "STRUCT", fields: [{ name: "b", type: "NUMERIC", precision: "10", scale: "2" }] }],
  );
  assert.deepEqual(
    tableMetadata({ partitioning: { field: "n", start: 0, end: 10, interval: 2 }, requirePartitionFilter: true }),
    {
      rangePartitioning: { field: "n", range: { start: "0", end: "10", interval: "2" } },
      requirePartitionFilter: true,
    },
  );
  assert.equal(labelValue("ETL: Web → Bucket"), "etl__web___bucket");
});
