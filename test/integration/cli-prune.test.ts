import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { realDisk } from "../../runtime/journal/disk.ts";
import { listLiveRuns } from "../../runtime/journal/live.ts";
import { until } from "../support/orchestrator.ts";
import { makePlace, type Place } from "./cli-support.ts";

const flows = `
import { existsSync, writeFileSync } from "node:fs";
import { flow, sleep, z } from "millrace";
export const waits = flow({ name: "waits", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  writeFileSync(mark, "");
  while (!existsSync(mark + ".go")) await sleep(10);
} });
`;

async function run(place: Place, file: string, mark: string): Promise<void> {
  writeFileSync(`${mark}.go`, "");
  assert.equal((await place.millrace("run", file, "-p", `mark=${mark}`, "--quiet")).code, 0);
}

test("should prune without a server, and count a run that goes on among the newest but never take it", async (t) => {
  const place = makePlace(t);
  const file = place.write("waits.ts", flows);
  const mark = path.join(place.cwd, "mark");
  await run(place, file, `${mark}-1`);
  await run(place, file, `${mark}-2`);
  const going = place.start("run", file, "-p", `mark=${mark}`, "--quiet");
  const ended = once(going, "exit");
  await until(() => existsSync(mark));

  const { out, code } = await place.millrace("db", "prune", "--keep", "2", "--yes", "--json");
  assert.equal(code, 0);
  const [first, second, third] = listLiveRuns(realDisk, place.home);
  assert.equal(third, undefined);
  const { runs, removed } = JSON.parse(out);
  assert.equal(removed, 1);
  assert.ok(first !== undefined && second !== undefined && runs[0] < first);

  const all = await place.millrace("db", "prune", "--keep", "0", "--yes", "--json");
  assert.deepEqual(JSON.parse(all.out).runs, [first]);
  assert.deepEqual(listLiveRuns(realDisk, place.home), [second]);
  writeFileSync(`${mark}.go`, "");
  assert.deepEqual(await ended, [0, null]);
});
