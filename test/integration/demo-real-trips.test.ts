import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { LocalBucket, readCsv, readParquet } from "../../runtime/blocks/index.ts";
import { sharedData, temporaryFolder } from "../support/places.ts";
import { loadsOf, parentFlow, startMillrace } from "../support/zoomcamp.ts";

const realTrips = path.join(sharedData, "yellow_tripdata_2021-01.first-9999.csv.gz");
const skip = existsSync(realTrips) ? false : `the real trips are not beside this checkout (${realTrips})`;

test("should load the real trips of January 2021 but for the 192 without passengers", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const server = createServer((_, response) => createReadStream(realTrips).pipe(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  const source = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/real`;

  const run = await startMillrace(folder, ["run", parentFlow, "-p", "months=[1]", "-p", `source=${source}`]).ended;
  assert.equal(run.code, 0, run.output);
  assert.match(run.output, /kept 9807 of 9999 trips/);
  const home = path.join(folder, "home");
  assert.deepEqual(await loadsOf(t, home), { "yellow/yellow_tripdata_2021-01.parquet": 9807 });

  const bucket = new LocalBucket({ basepath: path.join(home, "buckets", "default") });
  const columns = { tpep_pickup_datetime: "timestamp", passenger_count: "int32", total_amount: "double" } as const;
  let rows = 0;
  let cents = 0;
  let dropped = 0;
  const raw = await bucket.source("raw/yellow_tripdata_2021-01.csv.gz");
  for await (const trip of readCsv(raw, { columns, slashDates: "day-first" }).rows()) {
    rows++;
    cents += Math.round((trip.total_amount ?? 0) * 100);
    if (trip.passenger_count === 0) dropped++;
  }
  assert.deepEqual({ rows, cents, dropped }, { rows: 9999, cents: 16_968_533, dropped: 192 });
  const parquet = await readParquet(path.join(bucket.basepath, "yellow", "yellow_tripdata_2021-01.parquet"));
  assert.equal(parquet.totalRows, 9807);
  assert.equal(Object.keys(parquet.columns).length, 18);
});
