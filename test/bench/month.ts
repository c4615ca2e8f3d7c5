import { createReadStream, existsSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { sampleTrips } from "../../examples/demo/sample-trips.ts";
import { sharedData } from "../support/places.ts";

/** Trips of New York's yellow taxis in January 2021. */
export const monthRows = 1_369_765;

/**
 * A file with as many trips as the month had: its first 9,999, again and again, where they lie beside the checkout; else
 * made-up ones. Packed when the name ends in `.gz`.
 */
export async function writeMonth(file: string): Promise<void> {
  const real = path.join(sharedData, "yellow_tripdata_2021-01.first-9999.csv.gz");
  const source = existsSync(real)
    ? repeated(await text(createReadStream(real).pipe(createGunzip())))
    : sampleTrips({ color: "yellow", year: 2021, month: 1, rows: monthRows });
  const handle = await open(file, "w");
  const end = handle.createWriteStream();
  await (file.endsWith(".gz")
    ? pipeline(Readable.from(source), createGzip(), end)
    : pipeline(Readable.from(source), end));
}

function* repeated(text: string): Generator<string> {
  const [header = "", ...trips] = text.split("\n").filter((line) => line !== "");
  yield `${header}\n`;
  for (let left = monthRows; left > 0; left -= trips.length) {
    yield `${(left < trips.length ? trips.slice(0, left) : trips).join("\n")}\n`;
  }
}
