import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { homePaths, runPaths } from "../../runtime/protocol/home.ts";
import { until } from "../support/orchestrator.ts";
import { distFolder } from "../support/places.ts";
import { makePlace } from "./cli-support.ts";

process.env["MILLRACE_DIST"] = distFolder;

const flows = `
import { existsSync, writeFileSync } from "node:fs";
import { flow, sleep, z } from "millrace";
export const waits = flow({ name: "waits", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  writeFileSync(mark, "");
  while (!existsSync(mark + ".go")) await sleep(10);
} });
`;

/** Makes the run's last process one of a machine that nobody here knows. */
function moveAway(home: string, id: string): void {
  const entry = homePaths.liveRun(home, id);
  writeFileSync(entry, readFileSync(entry, "utf8").replace(/"host":"[^"]*"/, '"host":"elsewhere"'));
  const journal = runPaths.journal(homePaths.run(home, id), 1);
  const [first = "", ...others] = readFileSync(journal, "utf8").replace(/\0+$/, "").split("\n");
  const prefix = '{"crc":"00000000",'.length;
  const rest = first.slice(prefix).replace(/"host":"[^"]*"/, '"host":"elsewhere"');
  const checksum = crc32(rest).toString(16).padStart(8, "0");
  writeFileSync(journal, [`{"crc":"${checksum}",${rest}`, ...others].join("\n"));
}

test("should resume a run of another machine by force only, and have it followed from then on", {
  timeout: 60_000,
}, async (t) => {
  const place = makePlace(t);
  const file = place.write("flows.ts", flows);
  const mark = path.join(place.cwd, "mark");
  const child = place.start("run", file, "-p", `mark=${mark}`);
  const ended = once(child, "exit");
  await until(() => existsSync(mark));
  child.kill("SIGKILL");
  await ended;
  const [id = ""] = readdirSync(homePaths.live(place.home));
  moveAway(place.home, id);

  const client = await connectOrStart(place.home);
  t.after(async () => {
    await client.request("POST /api/shutdown", { body: {} });
    client.close();
  });
  const state = async () => (await client.request("GET /api/flow_runs/:id", { params: { id } })).state_type;
  const refused = await place.millrace("runs", "resume", id);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /elsewhere.*--force/s);
  // The orchestrator cannot tell either: no verdict.
  await pause(300);
  assert.equal(await state(), "RUNNING");
  writeFileSync(`${mark}.go`, "");
  const forced = await place.millrace("runs", "resume", id, "--force", "--quiet");
  assert.equal(forced.code, 0, forced.err);
  await until(async () => (await state()) === "COMPLETED");
});
