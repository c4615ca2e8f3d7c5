/**
 * Flows are functions, so they are tested like functions: no server, no files of a run, any test runner.
 *
 *     node --test examples/zoomcamp/etl-parent.test.ts
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { type Bucket, EmbeddedWarehouse } from "millrace/blocks";
import { mockTask, runFlow } from "millrace/testing";
import { etlParent } from "./etl-parent.ts";
import { fetchTrips } from "./etl-web-to-bucket.ts";
import { yellowRows } from "./homework.ts";
import { ingest } from "./ingest.ts";
import { tripColumns } from "./trips.ts";

/** The flows keep their files in the working directory and in the Millrace home: each test gets its own. */
function useNewFolder(t: TestContext): void {
  const folder = mkdtempSync(path.join(tmpdir(), "zoomcamp-"));
  process.chdir(folder);
  process.env["MILLRACE_HOME"] = folder;
  t.after(() => {
    process.chdir(tmpdir());
    rmSync(folder, { recursive: true, force: true });
  });
}

/** A month with one trip for each number of passengers. */
function monthOf(...passengers: (number | "")[]): string {
  const columns = Object.entries(tripColumns.yellow);
  const values = { int32: "1", double: "2.5", text: "N", timestamp: "31/01/2021 0:30" };
  const trips = passengers.map((count) =>
    columns.map(([name, type]) => (name === "passenger_count" ? count : values[type])).join(","),
  );
  return `${[columns.map(([name]) => name).join(","), ...trips].join("\n")}\n`;
}

/** Stands for the task that goes to the web: three trips, one of them without passengers. */
const fetchSample = mockTask(fetchTrips, async (url: string, bucket: Bucket) =>
  bucket.writePath(`raw/${path.basename(url, ".gz")}`, monthOf(1, 0, "")),
);

async function tripsInWarehouse(table = "yellow_trips"): Promise<number> {
  const warehouse = await EmbeddedWarehouse.load("default");
  const rows = await warehouse.rowCount(table);
  await warehouse.close();
  return rows;
}

test("should leave out trips without passengers and keep those not counted", async (t) => {
  useNewFolder(t);
  const run = await runFlow(etlParent, { months: [1] }, { mocks: [fetchSample] });
  assert.deepEqual(run.result, [{ month: "yellow_tripdata_2021-01", loaded: 2, dropped: 1 }]);
  assert.equal(await tripsInWarehouse(), 2);
});

test("should have the same rows after a crash at any step and a resume", async (t) => {
  useNewFolder(t);
  for (let steps = 1; steps < 10; steps++) {
    const crashed = await runFlow(etlParent, { months: [1, 2] }, { mocks: [fetchSample], crashAfter: steps });
    assert.equal(crashed.state.type, "CRASHED");
    const resumed = await crashed.resume();
    assert.equal(resumed.state.type, "COMPLETED");
    assert.equal(await tripsInWarehouse(), 4);
  }
});

test("should refuse a thirteenth month before anything runs", async () => {
  const run = await runFlow(etlParent, { months: [13] }, { mocks: [fetchSample] });
  assert.equal(run.state.type, "FAILED");
  assert.equal(run.taskRuns.length, 0);
});

test("should ingest a month once, however often it is asked to", async (t) => {
  useNewFolder(t);
  for (const attempt of [1, 2]) {
    const run = await runFlow(ingest, {}, { mocks: [fetchSample] });
    assert.deepEqual(run.result, { rows: 2, total: 2 }, `attempt ${attempt}`);
  }
  assert.equal(await tripsInWarehouse("yellow_taxi_trips"), 2);
});

test("should count the rows of all months for the homework, also those that are left out", async (t) => {
  useNewFolder(t);
  const run = await runFlow(yellowRows, {}, { mocks: [fetchSample] });
  assert.equal(run.result, 6);
  assert.ok(run.logs.some(({ message }) => message === "rows: 6"));
});
