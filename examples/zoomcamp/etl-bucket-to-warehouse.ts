/**
 * From the bucket to a warehouse: take a month's Parquet file and load it into a table.
 *
 *     millrace run examples/zoomcamp/etl-bucket-to-warehouse.ts -p key=yellow/yellow_tripdata_2021-01.parquet
 */
import path from "node:path";
import { flow, log, task, z } from "millrace";
import { type Bucket, loadBucket, loadWarehouse, type Warehouse } from "millrace/blocks";

export const readFromBucket = task({
  name: "read-from-bucket",
  async run(bucket: Bucket, key: string, file: string) {
    return bucket.downloadObjectToPath(key, file);
  },
});

// A load has a name, and the warehouse remembers it: loading a month again after a crash adds nothing, and a month
// that was cleaned anew takes the place of the old rows. So this task may run as often as it must.
export const loadTrips = task({
  name: "load",
  retries: 2,
  retryDelay: "5s",
  async run(warehouse: Warehouse, table: string, file: string, loadId: string) {
    const load = await warehouse.load(table, file, { loadId });
    log.info(load.alreadyLoaded ? `${loadId} was loaded before` : `loaded ${load.rows} rows into ${table}`);
    return load.rows;
  },
});

export const etlBucketToWarehouse = flow({
  name: "etl-bucket-to-warehouse",
  runName: ({ key }) => path.posix.parse(key).name,
  parameters: z.object({
    key: z.string(),
    table: z.string().default("yellow_trips"),
    bucket: z.string().default("default"),
    warehouse: z.string().default("default"),
  }),
  async run({ key, table, bucket, warehouse }) {
    const from = await loadBucket(bucket);
    const to = await loadWarehouse(warehouse);
    const file = await readFromBucket(from, key, path.join("data", "from-bucket", key));
    return loadTrips(to, table, file, key);
  },
});
