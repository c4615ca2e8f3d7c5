/**
 * From the web to a bucket: fetch a month of trips, clean it, keep it as Parquet.
 *
 *     millrace run examples/zoomcamp/etl-web-to-bucket.ts -p month=2
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { artifact, currentRun, flow, log, NonRetryableError, task, z } from "millrace";
import { type Bucket, csvToParquet, loadBucket } from "millrace/blocks";
import { type TripColor, tripColor, tripColumns, tripFile, tripSource } from "./trips.ts";

// Networks fail: three more attempts, each after a longer wait. And a month does not change: who has fetched it today
// gets the kept answer, also in another run. The cache knows a file by its path, wherever it is served from.
export const fetchTrips = task({
  name: "fetch",
  retries: 3,
  retryDelay: ["1s", "5s", "15s"],
  timeout: "10m",
  cache: { key: (url, bucket) => `${bucket.uri("raw")} ${new URL(url).pathname}`, ttl: "1d" },
  tags: ["extract"],
  async run(url: string, bucket: Bucket) {
    const key = `raw/${path.basename(new URL(url).pathname)}`;
    if (url.startsWith("file:")) {
      // Months that lie in a folder: no network, no retries.
      if (!existsSync(fileURLToPath(url))) throw new NonRetryableError(`${url}: there is no such month`);
      return bucket.uploadFromPath(fileURLToPath(url), key);
    }
    const response = await fetch(url, { signal: currentRun().signal });
    if (response.status === 404) throw new NonRetryableError(`${url}: there is no such month`);
    if (!response.ok || response.body === null) throw new Error(`${url}: HTTP ${response.status}`);
    return bucket.uploadFromStream(Readable.fromWeb(response.body), key);
  },
});

// The file flows through: a few thousand rows are in memory at a time, however long the month is. In a project with
// @duckdb/node-api this is DuckDB's work.
export const cleanTrips = task({
  name: "clean",
  async run(rawKey: string, bucket: Bucket, color: TripColor, file: string) {
    const progress = `cleaned-${path.parse(file).name.split("_").at(-1)}`; // cleaned-2021-01
    const cleaned = await csvToParquet(await bucket.source(rawKey), file, {
      columns: tripColumns[color],
      slashDates: "day-first", // some of these files write 31/01/2021 0:30, others 2021-01-31 00:30:10
      where: { passenger_count: { not: 0 } }, // a count that was not recorded (null) is no zero
      onProgress: ({ bytes, totalBytes }) => artifact.progress(progress, (100 * bytes) / totalBytes),
    });
    const dropped = cleaned.readRows - cleaned.rows;
    log.info(`kept ${cleaned.rows} of ${cleaned.readRows} trips`, { file, dropped });
    return { file, rows: cleaned.rows, dropped };
  },
});

export const writeToBucket = task({
  name: "write-to-bucket",
  async run(file: string, bucket: Bucket, key: string) {
    return bucket.uploadFromPath(file, key);
  },
});

export const etlWebToBucket = flow({
  name: "etl-web-to-bucket",
  runName: ({ color, year, month }) => tripFile(color, year, month),
  parameters: z.object({
    year: z.int().default(2021),
    month: z.int().min(1).max(12).default(1),
    color: tripColor.default("yellow"),
    source: z.url().default(tripSource),
    bucket: z.string().default("default"),
  }),
  async run({ year, month, color, source, bucket }) {
    // No path and no credentials here: "default" is a folder in your Millrace home, "gcs-bucket/zoom-gcs" the bucket in
    // the cloud that you have saved under that name.
    const to = await loadBucket(bucket);
    const name = tripFile(color, year, month);
    const rawKey = await fetchTrips(`${source}/${color}/${name}.csv.gz`, to);
    const cleaned = await cleanTrips(rawKey, to, color, path.join("data", color, `${name}.parquet`));
    const key = await writeToBucket(cleaned.file, to, `${color}/${name}.parquet`);
    return { key, rows: cleaned.rows, dropped: cleaned.dropped };
  },
});
