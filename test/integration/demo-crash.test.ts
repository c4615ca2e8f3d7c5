import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startSampleServer } from "../../examples/demo/sample-server.ts";
import { temporaryFolder } from "../support/places.ts";
import { loadsOf, parentFlow, startMillrace } from "../support/zoomcamp.ts";

const rows = 20_000;
const expected = {
  "yellow/yellow_tripdata_2021-01.parquet": 19_600,
  "yellow/yellow_tripdata_2021-02.parquet": 19_600,
};

/** Runs the parent flow, kills its process when the file is there, and resumes it. */
async function killAndResume(t: TestContext, killWhenThere: (folder: string) => string) {
  const folder = temporaryFolder(t);
  const server = await startSampleServer({ rows });
  t.after(() => server.close());
  const run = startMillrace(folder, ["run", parentFlow, "-p", `source=${server.url}`]);
  t.after(() => run.child.kill("SIGKILL"));
  const file = killWhenThere(folder);
  while (!existsSync(file) && run.child.exitCode === null) await wait(1);
  run.child.kill("SIGKILL");
  const killed = await run.ended;
  assert.equal(killed.code, null, `it ended before it could be killed:\n${killed.output}`);

  const [day = ""] = await readdir(path.join(folder, "home", "runs"));
  const [id = ""] = await readdir(path.join(folder, "home", "runs", day));
  // From another folder: the run's own relative paths must mean what they meant.
  const elsewhere = temporaryFolder(t);
  const resumed = await startMillrace(folder, ["runs", "resume", id], elsewhere).ended;
  assert.equal(resumed.code, 0, resumed.output);
  assert.deepEqual(await readdir(elsewhere), []);
  assert.deepEqual(await loadsOf(t, path.join(folder, "home")), expected);
  return server.requests;
}

const fetches = (requests: readonly string[], month: string) =>
  requests.filter((each) => each.includes(`-${month}.csv`)).length;

test("should finish the months after a kill while one is being cleaned, and fetch nothing twice", async (t) => {
  const requests = await killAndResume(t, (folder) =>
    path.join(folder, "data", "yellow", "yellow_tripdata_2021-01.parquet"),
  );
  assert.equal(fetches(requests, "01"), 1);
  assert.equal(fetches(requests, "02"), 1);
});

test("should load nothing twice after a kill while the warehouse is being written", async (t) => {
  const requests = await killAndResume(t, (folder) => path.join(folder, "home", "warehouses", "default.sqlite"));
  assert.equal(fetches(requests, "01"), 1);
});

test("should go on with the second month after a kill in the middle of it", async (t) => {
  const requests = await killAndResume(t, (folder) =>
    path.join(folder, "home", "buckets", "default", "raw", "yellow_tripdata_2021-02.csv.gz"),
  );
  assert.equal(fetches(requests, "01"), 1);
});
