// One way of a month of trips, in a process of its own; prints how long it took, the rows, and the most memory it had.
// Arguments: the way, the address of the blocks, the CSV file, a folder, DuckDB's address.
import { mkdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";

const [way, blocks, file, folder, duckdb] = process.argv.slice(2);
const target = path.join(folder, `${way}.parquet`);
const types = { int32: "INTEGER", double: "DOUBLE", text: "VARCHAR", timestamp: "TIMESTAMP" };
const names = {
  int32: ["VendorID", "passenger_count", "RatecodeID", "PULocationID", "DOLocationID", "payment_type"],
  timestamp: ["tpep_pickup_datetime", "tpep_dropoff_datetime"],
  text: ["store_and_fwd_flag"],
};
const header = [
  ...["VendorID", "tpep_pickup_datetime", "tpep_dropoff_datetime", "passenger_count", "trip_distance", "RatecodeID"],
  ...["store_and_fwd_flag", "PULocationID", "DOLocationID", "payment_type", "fare_amount", "extra", "mta_tax"],
  ...["tip_amount", "tolls_amount", "improvement_surcharge", "total_amount", "congestion_surcharge"],
];
const typeOf = (name) => Object.keys(names).find((type) => names[type].includes(name)) ?? "double";
const columns = Object.fromEntries(header.map((name) => [name, typeOf(name)]));
const options = { columns, slashDates: "day-first", where: { passenger_count: { not: 0 } } };

const ways = {
  async peer() {
    const before = performance.now();
    const { DuckDBInstance } = await import(duckdb);
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const read = header.map((name) => `'${name}': '${types[columns[name]]}'`).join(", ");
    const done = await connection.runAndReadAll(
      `COPY (SELECT * FROM read_csv('${file}', header = true, columns = {${read}}, timestampformat = '%d/%m/%Y %H:%M')
        WHERE passenger_count IS DISTINCT FROM 0) TO '${target}' (FORMAT parquet, COMPRESSION snappy)`,
    );
    return { milliseconds: performance.now() - before, rows: Number(done.getRows()[0][0]) };
  },
  async convert(engine) {
    const { csvToParquet } = await import(blocks);
    const before = performance.now();
    const { rows, ...done } = await csvToParquet(file, target, { ...options, engine });
    if (done.engine !== engine) throw new Error(`${done.engine} did it`);
    return { milliseconds: performance.now() - before, rows };
  },
  millrace: () => ways.convert("millrace"),
  duckdb: () => ways.convert("duckdb"),
  /** CSV → clean → Parquet → bucket → warehouse. */
  async all() {
    const { csvToParquet, LocalBucket, EmbeddedWarehouse } = await import(blocks);
    mkdirSync(path.join(folder, "bucket"), { recursive: true });
    const bucket = new LocalBucket({ basepath: path.join(folder, "bucket") });
    const warehouse = new EmbeddedWarehouse({ file: path.join(folder, "warehouse.sqlite") });
    const before = performance.now();
    await csvToParquet(file, target, { ...options, engine: "millrace" });
    const key = await bucket.uploadFromPath(target, "yellow/month.parquet");
    const { rows } = await warehouse.load("trips", await bucket.source(key));
    await warehouse.close();
    return { milliseconds: performance.now() - before, rows };
  },
};
const { milliseconds, rows } = await ways[way]();
console.log(JSON.stringify({ milliseconds, rows, megabytes: process.resourceUsage().maxRSS / 1024 }));
process.exit();
