import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { projectRoot, temporaryFolder } from "../support/places.ts";
import { loadsOf, startNode } from "../support/zoomcamp.ts";

test("should take two months from the web into the warehouse in an empty home, and fetch from the cache the second time", async (t) => {
  const home = temporaryFolder(t);
  const folder = temporaryFolder(t);
  const demo = (...from: string[]) =>
    startNode([path.join(projectRoot, "examples", "demo.mjs"), "--rows", "3000", "--folder", folder, ...from], {
      cwd: home,
      environment: { HOME: home, USERPROFILE: home },
    }).ended;

  // Nothing listens on port 1 of this machine: that is how it is without the internet.
  const first = await demo("--source", "http://127.0.0.1:1");
  assert.equal(first.code, 0, first.output);
  assert.match(first.output, /does not answer: a made-up sample of 3000 trips a month/);
  assert.match(first.output, /yellow_tripdata_2021-01 {2}2,940 rows/);
  assert.match(first.output, /yellow_tripdata_2021-02 {2}2,940 rows/);
  assert.match(first.output, /altogether +5,880 rows/);
  assert.match(first.output, /runs show [0-9a-f]{8}-/);
  assert.doesNotMatch(first.output, /warning/i);
  assert.doesNotMatch(first.output, /cached +fetch/);
  assert.deepEqual(readdirSync(home), [], "the home of who runs the demo stays empty");

  const second = await demo("--sample");
  assert.equal(second.code, 0, second.output);
  assert.match(second.output, /cached +fetch/);
  assert.match(second.output, /altogether +5,880 rows/);
  const loads = await loadsOf(t, path.join(folder, "home"));
  assert.deepEqual(loads, {
    "yellow/yellow_tripdata_2021-01.parquet": 2940,
    "yellow/yellow_tripdata_2021-02.parquet": 2940,
  });
  assert.ok(existsSync(path.join(folder, "home", "buckets", "default", "yellow", "yellow_tripdata_2021-02.parquet")));
});
