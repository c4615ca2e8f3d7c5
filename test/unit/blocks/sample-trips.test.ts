import assert from "node:assert/strict";
import { test } from "node:test";
import { startSampleServer } from "../../../examples/demo/sample-server.ts";
import { sampleTrips } from "../../../examples/demo/sample-trips.ts";
import { readCsv } from "../../../runtime/blocks/index.ts";
import { sourceOf } from "../tables/support.ts";

const january = { color: "yellow", year: 2021, month: 1, rows: 1000 } as const;

test("should make the same trips every time, and others for another month", () => {
  const text = [...sampleTrips(january)].join("");
  assert.equal([...sampleTrips(january)].join(""), text);
  assert.notEqual([...sampleTrips({ ...january, year: 2022 })].join(""), text);
});

test("should have the 18 columns of the real file and two trips in a hundred without passengers", async () => {
  for (const month of [1, 2]) {
    const text = [...sampleTrips({ ...january, month })].join("");
    const lines = text.trimEnd().split("\n");
    assert.equal(lines.length, 1001);
    assert.equal(lines[0]?.split(",").length, 18);
    const columns = { tpep_pickup_datetime: "timestamp", passenger_count: "int32", total_amount: "double" } as const;
    const trips = readCsv(sourceOf(text), { columns, slashDates: "day-first" });
    const inMonth = trips.filter((trip) => trip.tpep_pickup_datetime?.getUTCMonth() === month - 1);
    assert.equal(await inMonth.count(), 1000);
    assert.equal(await trips.filter((trip) => trip.passenger_count === 0).count(), 20);
    assert.ok((await trips.filter((trip) => trip.passenger_count === null).count()) > 0);
  }
});

test("should write January's dates with the day first and the others as ISO, as the published files do", () => {
  const first = (month: number) => [...sampleTrips({ ...january, month })].join("").split("\n")[1]?.split(",")[1] ?? "";
  assert.match(first(1), /^\d\d\/01\/2021 \d{1,2}:\d\d$/);
  assert.match(first(2), /^2021-02-\d\d \d\d:\d\d:00$/);
});

test("should serve months packed, refuse other paths, and fail as often as asked", async (t) => {
  const server = await startSampleServer({ rows: 100, failures: 1 });
  t.after(() => server.close());
  const url = `${server.url}/yellow/yellow_tripdata_2021-01.csv.gz`;
  assert.equal((await fetch(url)).status, 503);
  const text = await new Response((await fetch(url)).body?.pipeThrough(new DecompressionStream("gzip"))).text();
  assert.equal(text, [...sampleTrips({ ...january, rows: 100 })].join(""));
  assert.equal((await fetch(`${server.url}/yellow/other.csv`)).status, 404);
  assert.equal(server.requests.length, 3);
});
