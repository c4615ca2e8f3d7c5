/**
 * The course's first flow: a month of trips from the web straight into a table of a database.
 *
 *     millrace run examples/zoomcamp/ingest.ts
 *     millrace run examples/zoomcamp/ingest.ts -p month=2 -p warehouse=postgres-database/zoomcamp
 *
 * In Postgres the rows come in by COPY, in chunks of some thousand, and the page of the run shows how far it is.
 */
import { artifact, flow, log, task, z } from "millrace";
import { type Bucket, loadBucket, loadWarehouse, readCsv, type Warehouse } from "millrace/blocks";
import { fetchTrips } from "./etl-web-to-bucket.ts";
import { type TripColor, tripColor, tripColumns, tripFile, tripSource } from "./trips.ts";

// All rows come in, or none: a task that is tried again, or resumed after a crash, finds no half of a month.
export const ingestTrips = task({
  name: "ingest",
  retries: 2,
  retryDelay: "5s",
  tags: ["load"],
  async run(rawKey: string, bucket: Bucket, color: TripColor, warehouse: Warehouse, table: string) {
    const raw = await bucket.source(rawKey);
    let read = 0;
    const trips = readCsv(raw, {
      columns: tripColumns[color],
      slashDates: "day-first",
      onProgress({ bytes, totalBytes, rows }) {
        read = rows;
        artifact.progress("ingested", (100 * bytes) / totalBytes);
      },
    });
    const withPassengers = trips.filter((trip) => trip.passenger_count !== 0);
    const load = await warehouse.load(table, withPassengers, { loadId: rawKey });
    if (load.alreadyLoaded) log.info(`${rawKey} is in ${table} already: ${load.rows} rows`);
    else log.info(`${load.rows} of ${read} rows are in ${table} now; the others had no passengers`);
    return load.rows;
  },
});

export const ingest = flow({
  name: "ingest",
  runName: ({ color, year, month }) => tripFile(color, year, month),
  parameters: z.object({
    year: z.int().default(2021),
    month: z.int().min(1).max(12).default(1),
    color: tripColor.default("yellow"),
    table: z.string().default("yellow_taxi_trips"),
    source: z.url().default(tripSource),
    bucket: z.string().default("default"),
    warehouse: z.string().default("default"),
  }),
  async run({ year, month, color, table, source, bucket, warehouse }) {
    const from = await loadBucket(bucket);
    const to = await loadWarehouse(warehouse);
    const rawKey = await fetchTrips(`${source}/${color}/${tripFile(color, year, month)}.csv.gz`, from);
    const rows = await ingestTrips(rawKey, from, color, to, table);
    const total = await to.rowCount(table);
    log.info(`${table} has ${total} rows`);
    return { rows, total };
  },
});
