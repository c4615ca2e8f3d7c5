import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createWarmPool } from "../../../runtime/worker/warm-pool.ts";
import { createWorker } from "../../../runtime/worker/worker.ts";
import { temporaryFolder } from "../../support/places.ts";

/** A folder of programs whose runner says that it is ready, and with a request what became of it. */
function fakePrograms(t: TestContext, becomesRun: string) {
  const folder = temporaryFolder(t);
  writeFileSync(
    path.join(folder, "millrace.cjs"),
    `process.on("disconnect", () => process.exit(0));
     process.send({ type: "ready" });
     process.on("message", (request) => { if (request.type !== "start") return; process.removeAllListeners("disconnect"); ${becomesRun} });`,
  );
  const home = path.join(folder, "home");
  mkdirSync(home);
  const reports: string[] = [];
  const options = {
    home,
    node: process.execPath,
    dist: folder,
    env: process.env,
    report: (message: string) => void reports.push(message),
  };
  return { home, folder, options, reports };
}

const until = async (look: () => boolean): Promise<void> => {
  while (!look()) await pause(5);
};

test("should keep spares ready, replace what was taken, and leave nothing behind", async (t) => {
  const { home, options } = fakePrograms(t, "process.disconnect(); process.exit(0);");
  const pool = createWarmPool({ ...options, size: 2 });
  await until(() => pool.ready() === 2);
  const [one, other] = await Promise.all([pool.take(), pool.take()]);
  assert.notEqual(one.pid, other.pid);
  await until(() => pool.ready() === 2);
  one.runner.process.kill("SIGKILL");
  other.runner.process.kill("SIGKILL");
  assert.equal((await one.exited).signal, "SIGKILL");
  await other.exited;
  pool.close();
  await until(() => readdirSync(path.join(home, "output")).length === 2);
});

test("should replace a spare that died and one that grew old", async (t) => {
  const { options } = fakePrograms(t, "");
  const pool = createWarmPool({ ...options, size: 1, oldAfter: 50 });
  t.after(() => pool.close());
  const seen = new Set<number>();
  while (seen.size < 3) {
    await until(() => pool.ready() === 1);
    const spare = await pool.take();
    seen.add(spare.pid);
    spare.runner.process.kill("SIGKILL");
  }
  assert.equal(seen.size, 3);
});

test("should say why no run was made, how a run ended, and where its output is", async (t) => {
  const refuses =
    'process.send({ type: "refused", error: { name: "Error", message: "no such flow" }, exit_code: 2 }, () => process.exit(2));';
  const { folder, options } = fakePrograms(
    t,
    `if (request.flow === "none") { ${refuses} } else { process.stderr.write("last words"); process.disconnect(); process.exit(7); }`,
  );
  let free = 0;
  const worker = createWorker({ ...options, spares: 1, limit: 5, onFree: () => free++ });
  t.after(() => worker.close());
  const request = {
    type: "start",
    home: options.home,
    file: "x.ts",
    parameters: {},
    trigger: "api",
    cwd: folder,
  } as const;
  const refused = await worker.start({ ...request, run_id: "one", flow: "none" });
  assert.equal(refused?.refusal?.error.message, "no such flow");
  assert.equal(await worker.start({ ...request, run_id: "two" }), undefined);
  assert.deepEqual(await worker.ended("two"), { code: 7, signal: null });
  assert.deepEqual(await worker.exitOf("two"), { code: 7, signal: null });
  const output = worker.outputOf("two") ?? "";
  assert.ok(existsSync(output));
  assert.match(readFileSync(output, "utf8"), /last words/);
  await worker.ended("one");
  assert.equal(free, 2);
  assert.equal(worker.free(), 5);
  assert.equal(await worker.exitOf("unknown"), undefined);
});

test("should report runners that do not start, and give up on a request in the end", async (t) => {
  const { folder, options, reports } = fakePrograms(t, "");
  writeFileSync(path.join(folder, "millrace.cjs"), "process.exit(9);");
  const worker = createWorker({ ...options, spares: 0, limit: 5, onFree: () => {} });
  t.after(() => worker.close());
  const outcome = await worker.start({
    type: "start",
    home: options.home,
    run_id: "one",
    file: "x.ts",
    parameters: {},
    trigger: "api",
    cwd: folder,
  });
  assert.match(outcome?.error?.message ?? "", /exit code 9/);
  assert.ok(reports.length > 0);
  assert.equal(worker.free(), 5);
});
