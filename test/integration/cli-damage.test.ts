import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { homePaths, runPaths } from "../../runtime/protocol/home.ts";
import { until } from "../support/orchestrator.ts";
import { makePlace, type Place } from "./cli-support.ts";

const flows = `
import { flow, task } from "millrace";
const step = task({ name: "step", run: (n: number) => n });
export const fails = flow({ name: "fails", async run() {
  for (let n = 0; n < 3; n++) await step(n);
  throw new Error("not today");
} });
export const waits = flow({ name: "waits", retries: 1, retryDelay: "1h", run() { throw new Error("not today"); } });
`;

function onlyRun({ home }: Place): string | undefined {
  const days = homePaths.runs(home);
  const [day] = existsSync(days) ? readdirSync(days) : [];
  return day === undefined ? undefined : readdirSync(path.join(homePaths.runs(home), day))[0];
}

async function failedRun(place: Place): Promise<{ readonly id: string; readonly journal: string }> {
  const file = place.write("flows.ts", flows);
  assert.equal((await place.millrace("run", `${file}:fails`, "--quiet")).code, 1);
  const id = onlyRun(place) ?? "";
  return { id, journal: runPaths.journal(homePaths.run(place.home, id), 1) };
}

/** Damages one byte in the line with this number and returns where the line begins. */
function damage(journal: string, line: number): number {
  const bytes = readFileSync(journal);
  let at = 0;
  for (let before = 0; before < line; before++) at = bytes.indexOf("\n", at) + 1;
  bytes[at + 60] = (bytes[at + 60] ?? 0) ^ 1;
  writeFileSync(journal, bytes);
  return at;
}

test("should report damage by file and byte in show, doctor and resume, and run again what stood there", async (t) => {
  const place = makePlace(t);
  const { id, journal } = await failedRun(place);
  // Behind the first line, the run's record and its RUNNING come a task's start and its completion.
  const at = damage(journal, 4);
  const told = `${journal}: `;
  const where = `byte ${at}`;
  for (const command of [
    ["runs", "show", id],
    ["doctor", "--json"],
  ]) {
    const { out } = await place.millrace(...command);
    assert.ok(out.includes(told) && out.includes(where), out);
  }
  const resumed = await place.millrace("runs", "resume", id, "--json");
  assert.ok(resumed.out.includes(told) && resumed.out.includes(where), resumed.out);
  const summary = JSON.parse(resumed.out.trim().split("\n").at(-1) ?? "");
  assert.equal(summary.kept, 2);
});

test("should name a run of which nothing can be read in each command that meets it", async (t) => {
  const place = makePlace(t);
  const { id, journal } = await failedRun(place);
  const at = damage(journal, 1);
  for (const command of ["show", "resume", "ls"]) {
    const { err } = await place.millrace("runs", command, ...(command === "ls" ? [] : [id]));
    assert.ok(err.includes(journal) && err.includes(`byte ${at}`), `${command}: ${err}`);
  }
});

test("should show a run as crashed whose process was killed while it waited for its retry, and resume it", async (t) => {
  const place = makePlace(t);
  const file = place.write("flows.ts", flows);
  const child = place.start("run", `${file}:waits`);
  const ended = once(child, "exit");
  const id = await until(() => {
    const known = onlyRun(place);
    const journal = known === undefined ? "" : runPaths.journal(homePaths.run(place.home, known), 1);
    return existsSync(journal) && readFileSync(journal, "utf8").includes("AwaitingRetry") && known;
  });
  child.kill("SIGKILL");
  await ended;
  const { out } = await place.millrace("runs", "show", id, "--json");
  assert.equal(JSON.parse(out).flow_run.state_type, "CRASHED");
  writeFileSync(file, flows.replace('throw new Error("not today"); } });', "return 1; } });"));
  assert.equal((await place.millrace("runs", "resume", id, "--quiet")).code, 0);
});
