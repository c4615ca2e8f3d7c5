/** What New Flow and the taxi example give, run as they are. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { copyFlows } from "../../extension/start/example.ts";
import { starterFlow } from "../../extension/start/starter.ts";
import { projectRoot } from "../support/places.ts";
import { lastObject, makePlace } from "./cli-support.ts";

const thrown = 'throw new Error("try me");';

test("should give a flow that completes, fails at the line that is uncommented, and resumes behind what is kept", async (t) => {
  const place = makePlace(t);
  const { text } = starterFlow({ file: "hello", identifier: "hello" });
  const file = place.write("flows/hello.ts", text);
  const first = await place.millrace("run", file, "--json");
  assert.equal(first.code, 0, first.err);
  const summary = lastObject(first.out);
  assert.deepEqual([summary["flow_name"], summary["task_run_counts"]], ["hello", { COMPLETED: 3 }]);

  place.write("flows/hello.ts", text.replace(`// ${thrown}`, thrown));
  const line = text.split("\n").findIndex((one) => one.includes(thrown)) + 1;
  const failed = await place.millrace("run", file);
  assert.equal(failed.code, 1);
  assert.match(failed.out, new RegExp(`try me[\\s\\S]*hello\\.ts:${line}:`));

  place.write("flows/hello.ts", text);
  const [run] = JSON.parse((await place.millrace("runs", "ls", "--json")).out);
  const resumed = lastObject((await place.millrace("runs", "resume", run.id, "--json")).out);
  assert.deepEqual([resumed["kept"], resumed["task_run_counts"]], [2, { COMPLETED: 1 }]);
  assert.equal(resumed["exit_code"], 0);
});

test("should give an example that runs without the internet, and can be pointed at the real files", async (t) => {
  const place = makePlace(t);
  const taxi = path.join(place.cwd, "taxi");
  await copyFlows(path.join(projectRoot, "examples", "zoomcamp"), taxi);
  const { code, out, err } = await place.millrace("run", path.join(taxi, "etl-parent.ts"), "--json");
  assert.equal(code, 0, err);
  assert.equal(lastObject(out)["flow_name"], "etl-parent");
  const { out: shown } = await place.millrace("runs", "show", String(lastObject(out)["run_id"]));
  assert.match(shown, /980/);
  const published = /tripSource = (".*");/.exec(
    readFileSync(path.join(projectRoot, "examples", "zoomcamp", "trips.ts"), "utf8"),
  );
  assert.ok(readFileSync(path.join(taxi, "trips.ts"), "utf8").includes(`// ${published?.[1]}`));
  const missing = await place.millrace("run", path.join(taxi, "etl-web-to-bucket.ts"), "-p", "month=3");
  assert.match(missing.out, /there is no such month/);
});
