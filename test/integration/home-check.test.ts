import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { currentWriter } from "../../runtime/system/process-identity.ts";
import { distFolder } from "../support/places.ts";
import { makePlace } from "./cli-support.ts";

const sdk = pathToFileURL(path.join(distFolder, "sdk", "index.js")).href;
const script = `import { flow } from ${JSON.stringify(sdk)};\nconsole.log(await flow({ name: "f", async run() { return "done"; } })());\n`;

test("should mark a home with its version on the first run, and refuse a newer one to plain scripts too", (t) => {
  const { home, cwd, write } = makePlace(t);
  const file = write("script.mjs", script);
  const run = () =>
    spawnSync(process.execPath, [file], { cwd, encoding: "utf8", env: { ...process.env, MILLRACE_HOME: home } });
  assert.equal(run().stdout, "done\n");
  assert.deepEqual(JSON.parse(readFileSync(path.join(home, "home.json"), "utf8")), { version: 1 });
  writeFileSync(path.join(home, "home.json"), '{"version":99}\n');
  const before = readdirSync(path.join(home, "runs"), { recursive: true }).length;
  const { status, stderr } = run();
  assert.equal(status, 1);
  assert.match(stderr, /belongs to a newer Millrace/);
  assert.equal(readdirSync(path.join(home, "runs"), { recursive: true }).length, before);
});

test("should take a home by force only from an owner elsewhere that shows no sign of life", {
  skip: process.platform === "win32",
}, async (t) => {
  const { home, cwd, millrace } = makePlace(t);
  const socket = path.join(cwd, "elsewhere");
  const server = createServer((_, answer) => answer.end());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.after(() => server.close());
  mkdirSync(home);
  const writer = { ...currentWriter("0.1.0"), host: "elsewhere" };
  writeFileSync(path.join(home, "owner.1"), JSON.stringify({ epoch: 1, writer, socket, token: "t", heartbeat: 0 }));
  const told = await millrace("orchestrator", "start");
  assert.equal(told.code, 1);
  assert.match(told.err, /machine "elsewhere"[\s\S]*millrace orchestrator start --force/);
  const forced = await millrace("orchestrator", "start", "--force");
  assert.equal(forced.code, 1);
  assert.match(forced.err, /is served by process \d+ on elsewhere/);
  assert.ok(!existsSync(path.join(home, "owner.2")));
});
