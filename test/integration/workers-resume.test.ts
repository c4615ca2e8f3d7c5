import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Client } from "../../runtime/client/client.ts";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { realDisk } from "../../runtime/journal/disk.ts";
import { listSegments, walkRun } from "../../runtime/journal/reading.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { freePort, openLine } from "../support/cut-line.ts";
import { deploy, deploymentHome, runNow } from "../support/deployments.ts";
import { type TestHome, testHome, untilEnded } from "../support/orchestrator.ts";
import { commandFile } from "../support/places.ts";
import { makePool, startWorker, stateOf, untilOnline, workerHome } from "../support/pool-worker.ts";
import { until } from "../support/until.ts";

process.env["MILLRACE_WORKER_HEARTBEAT"] = "300ms";
process.env["MILLRACE_WORKER_LEASE"] = "2s";
process.env["MILLRACE_WORKER_OFFLINE_LIMIT"] = "3s";

const inPool = { work_pool_name: "big" };

function goOn(client: Client, id: string, mode: "resume" | "retry" = "resume") {
  return client.request("POST /api/flow_runs/:id/resume", { params: { id }, body: { mode } });
}

/** Who has written each segment of the run's journal, for what. */
function writers(home: string, id: string): string[] {
  return listSegments(realDisk, homePaths.run(home, id)).map(({ header }) => header?.reason ?? "none");
}

function sound(home: string, id: string): void {
  assert.deepEqual(walkRun(realDisk, homePaths.run(home, id), () => undefined).problems, []);
}

/** Nothing takes up a place of the pool, or waits for one. */
function untilFree(client: Client): Promise<boolean> {
  return until(async () => {
    const { queues } = await client.request("GET /api/work_pools/:name", { params: { name: "big" } });
    return queues.every(({ running, waiting }) => running === 0 && waiting === 0);
  });
}

async function withPool(t: Parameters<typeof testHome>[0]): Promise<TestHome & { client: Client }> {
  const test = testHome(t);
  const client = await test.start();
  await makePool(client, "big");
  return { ...test, client };
}

test("should give a run that is resumed to a worker of its pool, with what is kept of it", async (t) => {
  const { client, home, run, mark } = await withPool(t);
  const first = startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "fails", { mark: mark("a") }, inPool);
  assert.equal((await untilEnded(client, id)).state_type, "FAILED");
  first.process.kill("SIGTERM");
  await first.exited;
  writeFileSync(mark("a"), "");
  const asked = await goOn(client, id);
  assert.equal(asked.state_name, "AwaitingRetry");
  assert.match(asked.state.message ?? "", /No worker polls the queue "default" of the work pool "big"/);
  await assert.rejects(goOn(client, id), { code: "conflict", message: /waits for a worker of the work pool "big"/ });
  // Another worker than the one that had it, whose home knows nothing of the run.
  startWorker(t, { home, pool: "big", name: "w2" });
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "COMPLETED", ended.state.message ?? "");
  assert.equal(readFileSync(`${mark("a")}.before`, "utf8"), "x", "what was kept did not run again");
  assert.deepEqual(writers(home, id), ["start", "verdict", "resume"]);
  sound(home, id);
  const retried = await goOn(client, id, "retry");
  assert.notEqual(retried.state_type, "COMPLETED");
  await until(() => readFileSync(`${mark("a")}.before`, "utf8") === "xx");
  assert.equal((await untilEnded(client, id)).state_type, "COMPLETED");
  await untilFree(client);
});

test("should bring results that lie beside the journal to the worker that goes on, and the log back whole", async (t) => {
  const { client, home, run, mark, folder } = await withPool(t);
  const file = path.join(folder, "large.ts");
  writeFileSync(
    file,
    `import { existsSync, appendFileSync } from "node:fs";
import { flow, log, task, z } from "millrace";
const make = task({ name: "make", async run(mark: string) {
  appendFileSync(mark, "x");
  log.info("made it");
  return "y".repeat(3_000_000);
} });
const look = task({ name: "look", async run(mark: string, text: string) {
  if (!existsSync(mark + ".go")) throw new Error("not yet");
  log.info("looked at it");
  return text.length;
} });
export const large = flow({ name: "large", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  return look(mark, await make(mark));
} });
`,
  );
  startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "large", { mark: mark("a") }, { ...inPool, file });
  assert.equal((await untilEnded(client, id)).state_type, "FAILED");
  writeFileSync(mark("a.go"), "");
  await goOn(client, id);
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "COMPLETED", ended.state.message ?? "");
  assert.equal(readFileSync(mark("a"), "utf8"), "x");
  const { logs } = await client.request("POST /api/flow_runs/:id/logs", { params: { id }, body: {} });
  const said = logs.map(({ message }) => message).filter((message) => /made it|looked at it/.test(message));
  assert.deepEqual(said, ["made it", "looked at it"]);
});

test("should cancel a run that waits to go on, and let it be resumed after that", async (t) => {
  const { client, home, run, mark } = await withPool(t);
  const first = startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "fails", { mark: mark("a") }, inPool);
  await untilEnded(client, id);
  first.process.kill("SIGTERM");
  await first.exited;
  await goOn(client, id);
  await client.request("POST /api/flow_runs/:id/cancel", { params: { id }, body: { reason: "Not today." } });
  const cancelled = await stateOf(client, id);
  assert.deepEqual([cancelled.state_type, cancelled.state.message], ["CANCELLED", "Not today."]);
  writeFileSync(mark("a"), "");
  startWorker(t, { home, pool: "big" });
  await untilOnline(client, "big");
  assert.equal((await stateOf(client, id)).state_type, "CANCELLED");
  await goOn(client, id);
  assert.equal((await untilEnded(client, id)).state_type, "COMPLETED");
});

test("should still know after a kill of the orchestrator that a run waits to go on", async (t) => {
  const { client, home, start, run, mark } = await withPool(t);
  const first = startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "fails", { mark: mark("a") }, inPool);
  await untilEnded(client, id);
  first.process.kill("SIGTERM");
  await first.exited;
  writeFileSync(mark("a"), "");
  await goOn(client, id);
  process.kill(client.health.pid, "SIGKILL");
  const again = await start();
  assert.equal((await stateOf(again, id)).state_name, "AwaitingRetry");
  startWorker(t, { home, pool: "big" });
  assert.equal((await untilEnded(again, id)).state_type, "COMPLETED");
  assert.equal(readFileSync(`${mark("a")}.before`, "utf8"), "x");
});

test("should say why a run did not go on whose code cannot be had any more", async (t) => {
  const { client, home, run, mark, file } = await withPool(t);
  startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "fails", { mark: mark("a") }, inPool);
  await untilEnded(client, id);
  rmSync(file);
  await goOn(client, id);
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "FAILED");
  assert.match(ended.state.message ?? "", /flows\.ts/);
  sound(home, id);
});

test("should go on here, and say so, when the pool is gone; and refuse that where the code is not", async (t) => {
  const { client, home, run, mark, file } = await withPool(t);
  const worker = startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "fails", { mark: mark("a") }, inPool);
  await untilEnded(client, id);
  worker.process.kill("SIGTERM");
  await worker.exited;
  await client.request("DELETE /api/work_pools/:name", { params: { name: "big" } });
  writeFileSync(mark("a"), "");
  await goOn(client, id);
  assert.equal((await untilEnded(client, id)).state_type, "COMPLETED");
  rmSync(file);
  await assert.rejects(goOn(client, id, "retry"), { code: "bad-file", message: /"big", which is gone/ });
});

test("should start a crashed run of a deployment again in its pool, by itself", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  await makePool(client, "big");
  const first = startWorker(t, { home: here.home, pool: "big" });
  const parameters = { mark: here.mark("dies") };
  const once = await deploy(client, here.settings("dies", "once", { parameters, crash_retries: 1, ...inPool }));
  const id = await runNow(client, once);
  await until(() => here.lines("dies")[0] === "x");
  await until(async () => (await stateOf(client, id)).state_name === "AwaitingRetry");
  first.process.kill("SIGTERM");
  await first.exited;
  writeFileSync(`${here.mark("dies")}.live`, "");
  await until(async () => /No worker polls/.test((await stateOf(client, id)).state.message ?? ""));
  startWorker(t, { home: here.home, pool: "big", name: "w2" });
  const ended = await until(async () => {
    const now = await stateOf(client, id);
    return now.state_type === "COMPLETED" ? now : undefined;
  });
  assert.equal(ended.work_pool_name, "big");
  assert.deepEqual(here.lines("dies"), ["xx"]);
});

test("should keep as superseded what a lost worker brings of a run that went on at another", async (t) => {
  const { home, folder, run, mark } = testHome(t);
  const port = await freePort();
  const client = await connectOrStart(home, { listen: `127.0.0.1:${port}` });
  t.after(() => client.close());
  await makePool(client, "big");
  const { token } = await client.request("POST /api/work_pools/:name/tokens", { params: { name: "big" } });
  const line = await openLine(t, port);
  const away = { home: path.join(folder, "elsewhere"), pool: "big", token };
  startWorker(t, { ...away, url: line.url });
  const { id } = await run(client, "waiting", { until: mark("go") }, inPool);
  await until(async () => (await stateOf(client, id)).state_type === "RUNNING");
  line.cut();
  assert.equal((await untilEnded(client, id)).state_type, "CRASHED");
  startWorker(t, { ...away, url: `http://127.0.0.1:${port}`, name: "w2" });
  await untilOnline(client, "big");
  await goOn(client, id);
  await until(async () => (await stateOf(client, id)).state_type === "RUNNING");
  line.mend();
  writeFileSync(mark("go"), "");
  assert.equal((await untilEnded(client, id)).state_type, "COMPLETED");
  await until(() => existsSync(path.join(homePaths.run(home, id), "superseded")));
  assert.equal((await stateOf(client, id)).state_type, "COMPLETED");
  sound(home, id);
  await untilFree(client);
});

test("should believe a lost worker that comes back before another has begun, and not start the run again", async (t) => {
  const { home, folder, run, mark } = testHome(t);
  const port = await freePort();
  const client = await connectOrStart(home, { listen: `127.0.0.1:${port}` });
  t.after(() => client.close());
  await makePool(client, "big");
  const { token } = await client.request("POST /api/work_pools/:name/tokens", { params: { name: "big" } });
  const line = await openLine(t, port);
  startWorker(t, { home: path.join(folder, "elsewhere"), pool: "big", url: line.url, token });
  const { id } = await run(client, "waiting", { until: mark("go") }, inPool);
  await until(async () => (await stateOf(client, id)).state_type === "RUNNING");
  line.cut();
  assert.equal((await untilEnded(client, id)).state_type, "CRASHED");
  await goOn(client, id);
  line.mend();
  await untilOnline(client, "big");
  // Its own worker does not get it a second time while it goes on there.
  writeFileSync(mark("go"), "");
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "COMPLETED");
  assert.deepEqual(writers(home, id), ["start", "verdict", "verdict", "shipped"]);
  sound(home, id);
});

test("should go on from the command line at a worker of the run's pool, and show the plan before", async (t) => {
  const { client, home, run, mark } = await withPool(t);
  startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "fails", { mark: mark("a") }, inPool);
  await untilEnded(client, id);
  writeFileSync(mark("a"), "");
  const command = async (...words: readonly string[]) => {
    const child = spawn(process.execPath, [commandFile, "runs", "resume", id, "--home", home, ...words]);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
    const [code] = await once(child, "exit");
    return { code, said };
  };
  assert.match((await command("--plan")).said, /before/);
  const { code, said } = await command();
  assert.equal(code, 0, said);
  assert.match(said, /Completed/);
  assert.equal(readFileSync(`${mark("a")}.before`, "utf8"), "x");
  await until(() => !existsSync(homePaths.run(workerHome(home, "big"), id)));
});
