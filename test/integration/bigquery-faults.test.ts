/** BigQueryWarehouse when the service, the network or the sign-in fails, and when a task runs again. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { BigQueryWarehouse, GcpCredentials, Table, writeParquet } from "../../runtime/blocks/index.ts";
import { flow, task } from "../../runtime/sdk/index.ts";
import { runFlow } from "../../runtime/testing/index.ts";
import { operations, startBigQuery } from "../support/bigquery.ts";
import { takeSteps } from "../support/gcs.ts";
import { until } from "../support/until.ts";

const columns = { n: "int64", name: "text" } as const;
const rows = Array.from({ length: 20_000 }, (_, n) => ({ n: BigInt(n), name: `name ${n} ${"x".repeat(n % 50)}` }));

test("should load once although uploads are refused, cut off, or answered to nobody", async (t) => {
  const { bigquery, folder, warehouse } = await startBigQuery(t);
  const { path: file, bytes } = await writeParquet(path.join(folder, "a.parquet"), Table.of(columns, rows));
  bigquery.fail({ operation: "jobs.upload", times: 1, status: 503 });
  bigquery.fail({ operation: "jobs.upload", times: 1, cutAfter: Math.floor(bytes / 3) });
  bigquery.fail({ operation: "jobs.upload", times: 1, status: 429 });
  bigquery.fail({ operation: "jobs.upload", times: 1, loseAnswer: true });
  const loaded = await warehouse.load("trips", file);
  assert.deepEqual([loaded.rows, loaded.alreadyLoaded], [20_000, false]);
  const uploads = bigquery.requests.filter(({ operation }) => operation === "jobs.upload");
  assert.deepEqual(
    uploads.map(({ status }) => status),
    [503, 0, 429, 0, 409],
  );
  const ids = uploads.flatMap(
    ({ body }) => JSON.stringify(body?.["jobReference"] ?? []).match(/millrace_load_\w+/) ?? [],
  );
  assert.equal(new Set(ids).size, 1);
  assert.equal(bigquery.jobs.size, 1);
  assert.equal(uploads.at(-1)?.bytes, bytes);
  assert.equal(await warehouse.rowCount("trips"), 20_000);
  assert.deepEqual(bigquery.complaints, []);
});

test("should try queries and polls again, and give up at last with what was answered", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  bigquery.fail({ operation: "jobs.insert", times: 1, status: 503 });
  bigquery.fail({ operation: "jobs.getQueryResults", times: 2, status: 429 });
  bigquery.fail({ operation: "datasets.get", times: 1, status: 500 });
  assert.deepEqual(await warehouse.query("SELECT 1 AS one"), [{ one: 1 }]);
  bigquery.clear();
  bigquery.fail({ operation: "jobs.insert", times: 100, status: 503 });
  await assert.rejects(warehouse.query("SELECT 1 AS one"), {
    code: "not-answering",
    message: /query: Injected fault \(backendError\); it was tried again several times/,
  });
  assert.equal(operations(bigquery).length, 6);
});

test("should sign in anew when the service has forgotten the token, and say so when the account is gone", async (t) => {
  const { bigquery, cloud, warehouse } = await startBigQuery(t);
  await warehouse.query("SELECT 1 AS one");
  cloud.server.signIn.expireTokens();
  assert.deepEqual(await warehouse.query("SELECT 1 AS one"), [{ one: 1 }]);
  assert.equal(cloud.server.requests.filter(({ operation }) => operation === "token").length, 2);
  cloud.server.signIn.expireTokens();
  cloud.server.signIn.removeKey(cloud.server.key.client_email);
  await assert.rejects(warehouse.query("SELECT 1 AS one"), (error: Error & { code?: string }) => {
    assert.equal(error.code, "unauthorized");
    assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /ya29|assertion|PRIVATE/);
    return true;
  });
  assert.ok(bigquery.requests.every(({ headers }) => headers["authorization"] === "Bearer …"));
});

test("should say which roles are missing", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  bigquery.deny("bigquery.jobs.create");
  await assert.rejects(warehouse.query("SELECT 1 AS one"), {
    code: "unauthorized",
    message: /Access Denied.*bigquery\.jobs\.create.*\(accessDenied\); the account needs the roles BigQuery Job User/,
  });
});

test("should cancel the job of a task whose time is over, and of a call with a limit of its own", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await warehouse.createTable("trips", columns);
  const release = bigquery.holdJobs();
  await assert.rejects(warehouse.execute("DELETE FROM trips WHERE true", [], { timeout: "300ms" }), {
    code: "not-answering",
    message: /execute: it did not end within 300ms and was cancelled \(job millrace_execute_\S+ in EU\)/,
  });
  const [first] = [...bigquery.jobs.values()];
  assert.deepEqual(
    first?.errors.map(({ reason }) => reason),
    ["stopped"],
  );
  for (const work of [
    async () => void (await warehouse.query("SELECT 2 AS two")),
    async () => void (await warehouse.load("trips", Table.of(columns, rows.slice(0, 2)))),
  ]) {
    const controller = new AbortController();
    const before = bigquery.jobs.size;
    const held = task({ name: "held", run: work });
    const running = runFlow(flow({ name: "held", run: () => held() }), {}, { signal: controller.signal });
    await until(() => bigquery.jobs.size > before && operations(bigquery).at(-1) !== "jobs.upload");
    controller.abort();
    assert.equal((await running).state.type, "CANCELLED");
    const job = await until(() => [...bigquery.jobs.values()].at(-1));
    await until(() => job.state === "DONE");
    assert.deepEqual(
      job.errors.map(({ reason }) => reason),
      ["stopped"],
    );
  }
  release();
});

test("should not do twice what a task had done before it failed", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await warehouse.createTable("trips", columns);
  let attempts = 0;
  const work = task({
    name: "work",
    retries: 2,
    async run() {
      attempts++;
      const insert = "INSERT INTO trips (n, name) VALUES (?, ?)";
      const changed = [await warehouse.execute(insert, [1, "same"]), await warehouse.execute(insert, [1, "same"])];
      const loaded = await warehouse.load("trips", Table.of(columns, rows.slice(0, 10)));
      await warehouse.insertStream("trips", [{ n: 7, name: "streamed" }]);
      if (attempts < 3) throw new Error("after the work");
      return { changed, alreadyLoaded: loaded.alreadyLoaded };
    },
  });
  const once = flow({ name: "once", run: () => work() });
  const run = await runFlow(once, {});
  assert.deepEqual(run.result, { changed: [1, 1], alreadyLoaded: true });
  assert.equal(attempts, 3);
  assert.equal(await warehouse.rowCount("trips"), 13);
  // Another run is another matter.
  await runFlow(once, {});
  assert.equal(await warehouse.rowCount("trips"), 26);
  assert.deepEqual(bigquery.complaints, []);
});

test("should find the job of a load when the run crashed before its task was done", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  const load = task({ name: "load", run: () => warehouse.load("trips", Table.of(columns, rows.slice(0, 5))) });
  const crash = task({
    name: "crash",
    async run() {
      const { rows: count, alreadyLoaded } = await load();
      if (!alreadyLoaded) throw new Error("the machine went away");
      return count;
    },
  });
  const crashing = flow({ name: "crashing", run: () => crash() });
  const first = await runFlow(crashing, {});
  assert.equal(first.state.type, "FAILED");
  // Nothing is kept, so the load is called again, and BigQuery is asked whether it has its job.
  const resumed = await first.resume({ rerun: ["load"] });
  assert.equal(resumed.result, 5);
  assert.equal(operations(bigquery).filter((each) => each === "jobs.upload").length, 1);
  assert.equal(await warehouse.rowCount("trips"), 5);
});

test("should try again under the next id when the job itself has failed", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t);
  await warehouse.createTable("trips", columns);
  bigquery.failJobs("query", [{ reason: "backendError", message: "Error encountered during execution" }], 2);
  const insert = task({
    name: "insert",
    retries: 3,
    run: () => warehouse.execute("INSERT INTO trips (n) VALUES (1)"),
  });
  const run = await runFlow(flow({ name: "insert", run: () => insert() }), {});
  assert.equal(run.result, 1);
  const ids = [...bigquery.jobs.keys()];
  assert.deepEqual(
    ids.map((id) => id.replace(ids[0] ?? "", "")),
    ["", "_1", "_2"],
  );
  assert.equal(await warehouse.rowCount("trips"), 1);
  assert.deepEqual(bigquery.jobs.get(ids[0] ?? "")?.configuration["labels"], {
    millrace_flow: "insert",
    millrace_flow_run: run.flowRun?.id,
  });
});

test("should find a job again where its dataset is", async (t) => {
  const { bigquery, warehouse } = await startBigQuery(t, "europe-west6");
  await warehouse.createTable("trips", columns);
  bigquery.fail({ operation: "jobs.insert", times: 1, loseAnswer: true });
  assert.equal(await warehouse.execute("INSERT INTO trips (n) VALUES (1)"), 1);
  assert.equal(await warehouse.rowCount("trips"), 1);
  assert.deepEqual(
    [...new Set([...bigquery.jobs.values()].map(({ reference }) => reference.location))],
    ["europe-west6"],
  );
});

test("should list what a test looked at, up to what is wrong", async (t) => {
  const { bigquery, cloud, warehouse } = await startBigQuery(t);
  const host = new URL(bigquery.url).host;
  assert.deepEqual(await takeSteps(warehouse), [
    { name: "host", state: "ok", message: `${host} answers` },
    { name: "sign in", state: "ok", message: `as ${cloud.server.key.client_email}` },
    { name: "project", state: "ok", message: cloud.server.key.project_id },
    { name: "dataset", state: "ok", message: "zoomcamp in EU" },
    { name: "permission", state: "ok", message: "may run queries" },
  ]);
  const settings = { gcpCredentials: cloud.credentials, apiEndpoint: bigquery.url };
  const last = async (block: BigQueryWarehouse) => (await takeSteps(block)).at(-1);
  const missing = await last(new BigQueryWarehouse({ ...settings, dataset: "zoomcmp" }));
  assert.deepEqual([missing?.name, missing?.state], ["dataset", "failed"]);
  assert.match(missing?.message ?? "", /dataset "zoomcmp": Not found: Dataset millrace-test:zoomcmp/);
  bigquery.deny("bigquery.jobs.create");
  const denied = await last(new BigQueryWarehouse(settings));
  assert.deepEqual([denied?.name, denied?.state], ["permission", "failed"]);
  const nowhere = await last(new BigQueryWarehouse({ ...settings, apiEndpoint: "http://127.0.0.1:9" }));
  assert.deepEqual([nowhere?.name, nowhere?.state], ["host", "failed"]);
  cloud.server.signIn.removeKey(cloud.server.key.client_email);
  const nobody = await last(
    new BigQueryWarehouse({ ...settings, gcpCredentials: new GcpCredentials({ serviceAccountFile: cloud.keyFile }) }),
  );
  assert.deepEqual([nobody?.name, nobody?.state], ["sign in", "failed"]);
});
