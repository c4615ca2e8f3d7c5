import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import test, { type TestContext } from "node:test";
import { homePaths, runPaths } from "../../runtime/protocol/home.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import type { StartRequest } from "../../runtime/protocol/live.ts";
import { describeFile } from "../../runtime/runner/describe-file.ts";
import { prepareGraph } from "../../runtime/runner/loader/prepare.ts";
import { spawnWarmRunner, type WarmRunner, type WarmRunnerOptions } from "../../runtime/runner/spawn.ts";
import { supportedNodes } from "../support/nodes.ts";
import { distFolder, temporaryFolder } from "../support/places.ts";

const flowFile = `import { flow, z } from "millrace";
import { Color } from "./colors";
console.log("loaded", process.argv.length, typeof process.send, JSON.stringify(process.execArgv));
export const paint = flow({
  parameters: z.object({ times: z.int().min(1).default(1), color: z.enum(["red", "green"]) }),
  async run({ times }) {
    process.stdout.write("painted " + Color.Red + times + " in " + process.cwd() + " with " + process.env["BRUSH"]);
  },
});
`;

function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "paint.ts");
  writeFileSync(file, flowFile);
  writeFileSync(
    path.join(folder, "colors.ts"),
    `export enum Color { Red = "r" }\nexport interface Paint { color: Color }\n`,
  );
  return { folder, file, home: path.join(folder, "home"), outputFile: path.join(folder, "output.log") };
}

function startRequest(home: string, file: string, more: Partial<StartRequest> = {}): StartRequest {
  return {
    type: "start",
    home,
    run_id: newId(),
    file,
    parameters: { color: "red" },
    trigger: "worker",
    cwd: path.dirname(file),
    ...more,
  };
}

/** Ended with the test: one that is left waiting would keep the test's process. */
function startWarm(t: TestContext, options: WarmRunnerOptions): WarmRunner {
  const runner = spawnWarmRunner(options);
  t.after(() => runner.process.kill("SIGKILL"));
  return runner;
}

test("should become the run it is asked for, on every supported Node", async (t) => {
  const { folder, file, home, outputFile } = setUp(t);
  for (const { name, binary } of supportedNodes()) {
    const env = { ...process.env, VSCODE_PID: "1" };
    const runner = startWarm(t, { node: binary, home, env, outputFile: `${outputFile}.${name}`, dist: distFolder });
    await runner.ready;
    const ended = once(runner.process, "exit");
    runner.start(startRequest(home, file, { environment: { BRUSH: "wide" }, parameters: { color: "red", times: 2 } }));
    assert.equal(await runner.refused, undefined, name);
    assert.deepEqual(await ended, [0, null], `${name}: ${readFileSync(`${outputFile}.${name}`, "utf8")}`);
    const output = readFileSync(`${outputFile}.${name}`, "utf8");
    assert.match(output, /loaded 2 undefined \[\]/, name);
    assert.ok(output.includes(`painted r2 in ${folder} with wide`), output);
  }
});

test("should rehearse before it is ready, and show nothing of that in the run or on the disk", async (t) => {
  const { file, home, outputFile } = setUp(t);
  const scratch = temporaryFolder(t);
  const env = { ...process.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch };
  const left = path.join(scratch, "millrace-rehearsal-killed");
  mkdirSync(left);
  utimesSync(left, 0, 0);
  const runner = startWarm(t, { node: process.execPath, home, env, outputFile, dist: distFolder });
  await runner.ready;
  assert.ok(existsSync(path.join(home, "transforms", "rehearsal.ts")));
  // Where the home's path is too long for a socket, the folder of this user's sockets stands here.
  const sockets = `millrace-${process.getuid?.()}`;
  assert.deepEqual(
    readdirSync(scratch).filter((name) => name !== sockets),
    [],
  );
  assert.equal(existsSync(path.join(home, "runs")), false);
  const ended = once(runner.process, "exit");
  const request = startRequest(home, file);
  runner.start(request);
  assert.deepEqual(await ended, [0, null], readFileSync(outputFile, "utf8"));
  const journal = readFileSync(runPaths.journal(homePaths.run(home, request.run_id), 1), "utf8");
  assert.match(journal, /paint\.ts/);
  assert.match(journal, /colors\.ts/);
  assert.doesNotMatch(journal + readFileSync(outputFile, "utf8"), /rehears/);
});

test("should say why there is no run", async (t) => {
  const { file, home, outputFile } = setUp(t);
  const runner = startWarm(t, { node: process.execPath, home, env: process.env, outputFile, dist: distFolder });
  await runner.ready;
  const ended = once(runner.process, "exit");
  runner.start(startRequest(home, file, { flow: "pant" }));
  const refused = await runner.refused;
  assert.equal(refused?.exit_code, 2);
  assert.equal(refused?.error.code, "unknown-flow");
  assert.match(refused?.error.message ?? "", /Did you mean "paint"\?/);
  assert.deepEqual(await ended, [2, null]);
  assert.match(readFileSync(outputFile, "utf8"), /has no flow "pant"/);
  assert.ok(!existsSync(path.join(home, "runs")));
});

test("should not outlive whoever keeps it as a spare", async (t) => {
  const { home, outputFile } = setUp(t);
  const runner = startWarm(t, { node: process.execPath, home, env: process.env, outputFile, dist: distFolder });
  await runner.ready;
  const ended = once(runner.process, "exit");
  runner.process.disconnect();
  assert.deepEqual(await ended, [3, null]);
});

test("should describe the flows of a file without running one", async (t) => {
  const { file, home } = setUp(t);
  const description = await describeFile({ home, file, node: process.execPath, env: process.env, dist: distFolder });
  assert.equal(description.file, file);
  const [flow] = description.flows;
  assert.equal(flow?.name, "paint");
  assert.equal(flow?.export, "paint");
  assert.deepEqual(flow?.required, ["color"]);
  assert.deepEqual(flow?.parameters?.["type"], "object");
  assert.ok(!existsSync(path.join(home, "runs")));
});

test("should describe in time or not at all, and say what a module that fails said", async (t) => {
  const { folder, home } = setUp(t);
  const files = {
    "slow.ts": "setInterval(() => {}, 1000);\nawait new Promise(() => {});\nexport {};\n",
    "broken.ts": "export const x = = 1;\n",
    "exits.ts": `console.error("no licence");\nprocess.exit(7);\n`,
    "told.ts": `import { flow } from "millrace";\nexport const told = flow({ name: String(process.env["MILLRACE_DESCRIBE"]), run: async () => 1 });\n`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const describe = (name: string, limit = 5000) =>
    describeFile({
      home,
      file: path.join(folder, name),
      node: process.execPath,
      env: process.env,
      dist: distFolder,
      limit,
    });
  await assert.rejects(describe("slow.ts", 500), /slow\.ts: loading it took longer than 0\.5 seconds/);
  await assert.rejects(describe("broken.ts"), { code: "load-failed", message: /broken\.ts:1:18: Unexpected "="/ });
  await assert.rejects(
    describe("exits.ts"),
    /exits\.ts: the process that loaded it ended \(exit code 7\) saying:\nno licence/,
  );
  assert.equal((await describe("told.ts")).flows[0]?.name, "1");
});

test("should prepare a file and what it imports, executing nothing, so that a run transforms nothing", async (t) => {
  const { folder, file, home } = setUp(t);
  writeFileSync(path.join(folder, "lazy.ts"), "throw new Error('executed');\nexport {};\n");
  writeFileSync(file, `${flowFile}\nexport const lazy = () => import("./lazy.js");\n`);
  assert.equal(await prepareGraph(file, home, distFolder), 3);
  const entries = () => readdirSync(path.join(home, "transforms")).filter((name) => /^[0-9a-f]{64}$/.test(name));
  assert.equal(entries().length, 3);
  await describeFile({ home, file, node: process.execPath, env: process.env, dist: distFolder });
  assert.equal(entries().length, 3);
  writeFileSync(path.join(folder, "colors.ts"), `export enum Color { Red = = }\n`);
  assert.equal(await prepareGraph(file, home, distFolder), 2);
  assert.equal(await prepareGraph(path.join(folder, "gone.ts"), home, distFolder), 0);
});
