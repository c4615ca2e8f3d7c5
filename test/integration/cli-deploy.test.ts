import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { distFolder } from "../support/places.ts";
import { makePlace } from "./cli-support.ts";

const flows = `import { cron, deploy, flow, interval, task, z } from "millrace";
const load = task({ name: "load", async run(month: number) { console.log("month " + month); return month; } });
export const etlParent = flow({
  name: "etl-parent",
  parameters: z.object({
    months: z.array(z.int().min(1).max(12)).default([1, 2]),
    color: z.enum(["yellow", "green"]).default("yellow"),
  }),
  async run({ months }) { for (const month of months) await load(month); },
});
`;

function place(t: TestContext) {
  const here = makePlace(t);
  here.write("flows/etl.ts", flows);
  here.write("package.json", "{}\n");
  // A test that fails stops nothing: the orchestrator ends by itself when its home is gone.
  const stop = () => here.millrace("orchestrator", "stop");
  return { ...here, stop, file: path.join(here.cwd, "millrace.json") };
}

test("should deploy by options, run with other parameters, and follow the run to its exit code", async (t) => {
  const here = place(t);
  const deployed = await here.millrace(
    ...["deploy", "flows/etl.ts:etlParent", "-n", "Parametrised ETL", "--cron", "0 5 1 * *"],
    ...["--timezone", "Europe/Berlin", "-p", "color=yellow", "--pool", "default", "-a"],
  );
  assert.equal(deployed.code, 0, deployed.err);
  assert.match(deployed.out, /etl-parent\/Parametrised ETL is deployed \(version 1\); next run/);
  assert.match(deployed.out, /at 05:00 on day 1 of the month \(Europe\/Berlin\)/);
  assert.equal(existsSync(here.file), false);

  const run = await here.millrace(
    "deployments",
    "run",
    "etl-parent/Parametrised ETL",
    "-p",
    "months=[1,2,3]",
    "--watch",
  );
  assert.equal(run.code, 0, run.err);
  assert.match(run.err, /month 1\n[\s\S]*month 3\n/);
  assert.match(run.out, /Completed/);
  const refused = await here.millrace("deployments", "run", "Parametrised ETL", "-p", "months=[13]");
  assert.equal(refused.code, 2);
  assert.match(refused.err, /months\[0\]/);
  const near = await here.millrace("deployments", "show", "etl-parent/Parametrized ETL");
  assert.equal(near.code, 2);
  assert.match(near.err, /Did you mean "etl-parent\/Parametrised ETL"/);

  const paused = await here.millrace("deployments", "pause", "Parametrised ETL", "--json");
  assert.deepEqual([JSON.parse(paused.out).paused, JSON.parse(paused.out).next_run], [true, null]);
  assert.match((await here.millrace("deployments", "resume", "Parametrised ETL")).out, /goes on; next run/);
  const status = await here.millrace("orchestrator", "status", "--json");
  assert.deepEqual(JSON.parse(status.out).kept_up_by, []);
  assert.equal(typeof JSON.parse(status.out).next_scheduled, "string");
  const removed = await here.millrace("deployments", "rm", "Parametrised ETL", "--yes");
  assert.equal(removed.code, 0);
  assert.equal((await here.millrace("deployments", "ls")).out, "");
  await here.stop();
});

test("should write millrace.json and deploy what it declares, with a diff, and remove only what one says", async (t) => {
  const here = place(t);
  here.write(
    "millrace.json",
    '{\n  // ours\n  "deployments": [\n    { "flow": "flows/etl.ts:etlParent", "name": "daily", "schedules": [{ "cron": "@daily" }] }\n  ]\n}\n',
  );
  const written = await here.millrace("deploy", "flows/etl.ts", "-n", "hourly", "--interval", "1h", "--keep-running");
  assert.equal(written.code, 0, written.err);
  assert.match(written.out, /nothing is deployed yet/);
  const text = readFileSync(here.file, "utf8");
  assert.match(text, /\/\/ ours/);
  assert.equal(JSON.parse((await here.millrace("deployments", "ls", "--json")).out).length, 0);

  const dry = await here.millrace("deploy", "--dry-run");
  assert.match(dry.out, /etl-parent\/daily would be new[\s\S]*etl-parent\/hourly would be new/);
  assert.equal((await here.millrace("deploy")).code, 0);
  assert.deepEqual(JSON.parse((await here.millrace("orchestrator", "status", "--json")).out).kept_up_by, [
    "etl-parent/hourly",
  ]);
  const changed = await here.millrace("deploy", "flows/etl.ts", "-n", "hourly", "--interval", "2h", "-a");
  assert.match(changed.out, /version 2[\s\S]*schedules\[0\]\.schedule\.interval\n {4}- 3600\n {4}\+ 7200/);
  assert.match((await here.millrace("deployments", "diff", "hourly")).out, /from version 1 to 2[\s\S]*7200/);
  assert.match((await here.millrace("deployments", "rollback", "hourly", "x")).err, /"x" is no version/);
  const back = await here.millrace("deployments", "rollback", "hourly", "1");
  assert.match(back.out, /hourly is as in version 1 again \(version 3\)/, back.err);
  assert.match((await here.millrace("deployments", "rollback", "hourly", "2")).out, /\(version 4\)/);

  writeFileSync(here.file, text.replace('"name": "daily"', '"name": "nightly"'));
  const kept = await here.millrace("deploy");
  assert.match(kept.err, /etl-parent\/daily stays: it is no longer declared/);
  const pruned = await here.millrace("deploy", "--prune");
  assert.match(pruned.err, /etl-parent\/daily is removed/);

  writeFileSync(here.file, text.replace("@daily", "0 25 * * *").replace('"name": "hourly"', '"name": "fresh"'));
  const refused = await here.millrace("deploy");
  assert.equal(refused.code, 2);
  assert.match(refused.err, /hour: "25" is not one of 0-23[\s\S]*Nothing was deployed/);
  assert.doesNotMatch((await here.millrace("deployments", "ls")).out, /fresh/);
  writeFileSync(here.file, '{ "deployments": [ { "flow": "flows/etl.ts:etlParent", "nam": "x" } ] }');
  const broken = await here.millrace("deploy");
  assert.equal(broken.code, 2);
  assert.match(broken.err, /millrace\.json:1:\d+: deployments\[0\]\.nam is no field of it\. Did you mean "name"/);
  await here.stop();
});

test("should fill a range and tell how far it is", async (t) => {
  const here = place(t);
  await here.millrace("deploy", "flows/etl.ts", "-n", "days", "--cron", "@daily", "--paused", "-a");
  const range = ["--start", "2026-01-01", "--end", "2026-01-03"];
  const preview = await here.millrace("backfill", "days", ...range, "--dry-run");
  assert.match(preview.out, /2026-01-01T00:00:00Z {2}missing\n[\s\S]*3 partitions: 3 missing; nothing was started/);
  const done = await here.millrace("backfill", "days", ...range, "--concurrency", "3", "--wait");
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /3 partitions: 3 complete/);
  const again = await here.millrace("backfill", "days", ...range, "--dry-run", "--json");
  assert.ok(JSON.parse(again.out).partitions.every(({ state }: { state: string }) => state === "complete"));
  assert.match((await here.millrace("backfill", "ls")).out, /3 complete/);
  const bad = await here.millrace("backfill", "days", "--start", "soon", "--end", "2026-01-03");
  assert.equal(bad.code, 2);
  assert.match(bad.err, /"soon" is no date/);
  await here.stop();
});

test("should deploy from a plain script, and do nothing where Millrace itself loads the module", async (t) => {
  const here = place(t);
  const script = `${flows}
export const made = await deploy(etlParent, {
  name: "from code",
  schedules: [cron("0 5 1 * *", { timezone: "Europe/Berlin", overlap: "skip" }), interval("6h")],
  parameters: { color: "green" },
  crashRetries: 2,
});
if (made !== undefined) console.log("DEPLOYED", made.name, made.version, made.nextRun instanceof Date);
`;
  const file = here.write("deploy.mts", script);
  mkdirSync(path.join(here.cwd, "node_modules"));
  const stub = path.join(here.cwd, "node_modules", "millrace");
  mkdirSync(stub);
  writeFileSync(path.join(stub, "package.json"), '{"name":"millrace","type":"module","exports":"./sdk/index.js"}');
  symlinkSync(path.join(distFolder, "sdk"), path.join(stub, "sdk"), "junction");
  const environment = { ...process.env, MILLRACE_HOME: here.home, MILLRACE_DIST: distFolder };
  const options = { cwd: here.cwd, env: environment, encoding: "utf8" } as const;
  const ran = spawnSync(process.execPath, ["--experimental-strip-types", file], options);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /DEPLOYED etl-parent\/from code 1 true/);
  const [made] = JSON.parse((await here.millrace("deployments", "ls", "--json")).out);
  assert.equal(made.flow_export, "etlParent");
  assert.equal(made.crash_retries, 2);
  assert.deepEqual(
    made.schedules.map(({ overlap }: { overlap: string }) => overlap),
    ["skip", "queue"],
  );
  const run = await here.millrace("deployments", "run", "from code", "--wait", "--json");
  assert.equal(run.code, 0, run.err);
  const { versions } = JSON.parse(
    `{"versions":${(await here.millrace("deployments", "versions", "from code", "--json")).out}}`,
  );
  assert.equal(versions.length, 1, "running it deploys nothing");
  const alone = await here.millrace("run", "deploy.mts");
  assert.equal(alone.code, 0, alone.err);
  assert.doesNotMatch(alone.out, /DEPLOYED/);
  await here.stop();
});
