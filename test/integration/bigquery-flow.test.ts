/** One flow, two sets of blocks: nothing but the blocks that it is given changes. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
  type Bucket,
  EmbeddedWarehouse,
  GcsBucket,
  LocalBucket,
  readCsv,
  type Warehouse,
  writeParquet,
} from "../../runtime/blocks/index.ts";
import { flow, task, z } from "../../runtime/sdk/index.ts";
import { runFlow } from "../../runtime/testing/index.ts";
import { operations, startBigQuery } from "../support/bigquery.ts";
import { temporaryFolder } from "../support/places.ts";

const columns = { pickup: "timestamp", passengers: "int32", fare: "double" } as const;

function monthsInto(bucket: Bucket, warehouse: Warehouse, folder: string) {
  const toBucket = task({
    name: "to-bucket",
    async run(month: number) {
      const csv = path.join(folder, `${month}.csv`);
      writeFileSync(
        csv,
        `fare,passengers,pickup\n${month}.5,2,2021-0${month}-01 10:00:00\n7,0,2021-0${month}-02 00:00:00\n`,
      );
      const trips = readCsv(csv, { columns }).filter(({ passengers }) => passengers !== 0);
      const { path: parquet } = await writeParquet(path.join(folder, `${month}.parquet`), trips);
      return bucket.uploadFromPath(parquet, `yellow/${month}.parquet`);
    },
  });
  const toWarehouse = task({
    name: "to-warehouse",
    retries: 1,
    run: async (key: string) => (await warehouse.load("trips", await bucket.source(key))).rows,
  });
  return flow({
    name: "months",
    parameters: z.object({ months: z.array(z.int()) }),
    async run({ months }) {
      for (const month of months) await toWarehouse(await toBucket(month));
      return {
        rows: await warehouse.rowCount("trips"),
        late: await warehouse.fetchOne("SELECT count(*) AS trips, sum(fare) AS fares FROM trips WHERE pickup >= ?", [
          new Date("2021-02-01"),
        ]),
        first: await warehouse.fetchOne("SELECT pickup, passengers, fare FROM trips WHERE fare < :fare", { fare: 2 }),
      };
    },
  });
}

const expected = {
  rows: 2,
  late: { trips: 1, fares: 2.5 },
  first: { pickup: "2021-01-01 10:00:00", passengers: 2, fare: 1.5 },
};

test("should run on the embedded default", async (t) => {
  const folder = temporaryFolder(t);
  const warehouse = new EmbeddedWarehouse({ file: path.join(folder, "warehouse.sqlite") });
  t.after(() => warehouse.close());
  const months = monthsInto(new LocalBucket({ basepath: path.join(folder, "bucket") }), warehouse, folder);
  assert.deepEqual((await runFlow(months, { months: [1, 2] })).result, expected);
  assert.deepEqual((await runFlow(months, { months: [1, 2] })).result, expected);
});

test("should run on Cloud Storage and BigQuery unchanged, and load no month twice", async (t) => {
  const { bigquery, cloud, folder, warehouse } = await startBigQuery(t);
  cloud.server.store.createBucket("lake");
  const bucket = new GcsBucket({ bucket: "lake", gcpCredentials: cloud.credentials, endpoint: cloud.server.url });
  const months = monthsInto(bucket, warehouse, folder);
  bigquery.fail({ operation: "jobs.insert", times: 1, loseAnswer: true });
  const run = await runFlow(months, { months: [1, 2] });
  assert.equal(run.error, undefined);
  assert.deepEqual(run.result, expected);
  assert.deepEqual((await runFlow(months, { months: [1, 2] })).result, expected);
  // BigQuery has read the objects itself.
  assert.ok(!operations(bigquery).includes("jobs.upload"));
  assert.ok(cloud.server.requests.every(({ operation }) => operation !== "objects.media"));
  assert.deepEqual([...bigquery.complaints, ...cloud.server.complaints], []);
});
