import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { realDisk } from "../../runtime/journal/disk.ts";
import { walkRun } from "../../runtime/journal/reading.ts";
import { homePaths, runPaths } from "../../runtime/protocol/home.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";
import { makePool, startWorker, stateOf, untilOnline, workerHome } from "../support/pool-worker.ts";
import { until } from "../support/until.ts";

test("should run what waits in a pool on a worker of another process, and have all of it here", async (t) => {
  const { home, start, run, mark } = testHome(t);
  const client = await start();
  await makePool(client, "big");
  const asked = await run(client, "steps", { mark: mark("a"), count: 3 }, { work_pool_name: "big" });
  assert.equal(asked.work_pool_name, "big");
  assert.match(
    (await stateOf(client, asked.id)).state.message ?? "",
    /No worker polls the queue "default" of the work pool "big"/,
  );
  const worker = startWorker(t, { home, pool: "big" });
  const ended = await untilEnded(client, asked.id);
  assert.equal(ended.state_type, "COMPLETED", `${ended.state.message} ${worker.output()}`);
  assert.equal(ended.work_pool_name, "big");
  assert.equal(ended.task_run_counts.COMPLETED, 3);
  assert.equal(readFileSync(mark("a"), "utf8"), "1\n2\n3\n");
  const folder = homePaths.run(home, asked.id);
  assert.deepEqual(walkRun(realDisk, folder, () => undefined).problems, []);
  assert.ok(existsSync(runPaths.sources(folder)));
  // What has arrived is gone there, and takes up no place any more.
  await until(() => !existsSync(homePaths.run(workerHome(home, "big"), asked.id)));
  const pool = await untilOnline(client, "big");
  assert.deepEqual(
    pool.queues.map(({ running, waiting }) => [running, waiting]),
    [[0, 0]],
  );
  assert.equal(pool.status, "READY");
  worker.process.kill("SIGTERM");
  assert.equal(await worker.exited, 0);
  const after = await client.request("GET /api/work_pools/:name", { params: { name: "big" } });
  assert.equal(after.status, "NOT_READY");
});

test("should cancel a run that goes on at a worker", async (t) => {
  const { home, start, run, mark } = testHome(t);
  const client = await start();
  await makePool(client, "big");
  startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "waiting", { until: mark("never") }, { work_pool_name: "big" });
  await until(async () => (await stateOf(client, id)).state_type === "RUNNING");
  await client.request("POST /api/flow_runs/:id/cancel", { params: { id }, body: { reason: "Enough." } });
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "CANCELLED");
  assert.match(ended.state.message ?? "", /Enough/);
});

test("should answer a pause of a run that goes on at a worker, and hear when it refuses", async (t) => {
  const { home, start, run } = testHome(t);
  const client = await start();
  await makePool(client, "big");
  startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "asks", {}, { work_pool_name: "big" });
  await until(async () => (await stateOf(client, id)).state_type === "PAUSED");
  const params = { id };
  await assert.rejects(
    client.request("POST /api/flow_runs/:id/continue", { params, body: { value: { ok: "perhaps" } } }),
    { code: "bad-parameters" },
  );
  await client.request("POST /api/flow_runs/:id/continue", { params, body: { value: { ok: true } } });
  assert.equal((await untilEnded(client, id)).state_type, "COMPLETED");
});

test("should go on through a kill of the orchestrator, and lose and double nothing", async (t) => {
  const { home, start, run, mark } = testHome(t);
  const client = await start();
  await makePool(client, "big");
  startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "steps", { mark: mark("a"), count: 60, wait: 40 }, { work_pool_name: "big" });
  await until(() => existsSync(mark("a")) && readFileSync(mark("a"), "utf8").split("\n").length > 8);
  process.kill(client.health.pid, "SIGKILL");
  const again = await start();
  assert.notEqual(again.health.pid, client.health.pid);
  const ended = await untilEnded(again, id);
  assert.equal(ended.state_type, "COMPLETED");
  assert.equal(ended.task_run_counts.COMPLETED, 60);
  assert.equal(readFileSync(mark("a"), "utf8").split("\n").length, 61);
});

test("should take up again what a killed worker had, in the next process of it", async (t) => {
  const { home, start, run, mark } = testHome(t);
  const client = await start();
  await makePool(client, "big");
  const first = startWorker(t, { home, pool: "big" });
  const { id } = await run(client, "steps", { mark: mark("a"), count: 40, wait: 40 }, { work_pool_name: "big" });
  await until(() => existsSync(mark("a")) && readFileSync(mark("a"), "utf8").split("\n").length > 5);
  await first.kill("SIGKILL");
  startWorker(t, { home, pool: "big" });
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "COMPLETED");
  assert.equal(ended.task_run_counts.COMPLETED, 40);
});

test("should hand slots of a limit to runs at workers, and have them back from one that died", async (t) => {
  const { home, start, run, mark } = testHome(t);
  const client = await start();
  await client.request("PUT /api/concurrency_limits/:name", { params: { name: "tag:narrow" }, body: { limit: 1 } });
  await makePool(client, "big");
  startWorker(t, { home, pool: "big", limit: 3 });
  const marks = [mark("a"), mark("b")];
  const runs = await Promise.all(marks.map((each) => run(client, "narrow", { mark: each }, { work_pool_name: "big" })));
  const holds = async () =>
    (await client.request("GET /api/concurrency_limits")).limits.find(({ name }) => name === "tag:narrow")
      ?.active_slots;
  const first = await until(() => marks.find((each) => existsSync(each)));
  assert.equal(await holds(), 1);
  process.kill(Number(readFileSync(first, "utf8").trim()), "SIGKILL");
  const second = await until(() => marks.find((each) => each !== first && existsSync(each)));
  writeFileSync(`${second}.go`, "");
  const ended = await Promise.all(runs.map(({ id }) => untilEnded(client, id)));
  assert.deepEqual(ended.map(({ state_type }) => state_type).sort(), ["COMPLETED", "CRASHED"]);
  assert.match(ended.find(({ state_type }) => state_type === "CRASHED")?.state.message ?? "", /SIGKILL/);
  await until(async () => (await holds()) === 0);
});

test("should let a run wait for its worker where it needs a slot, and put nobody in the worker's place", async (t) => {
  const { home, start, run, mark } = testHome(t);
  const client = await start();
  await client.request("PUT /api/concurrency_limits/:name", { params: { name: "tag:narrow" }, body: { limit: 1 } });
  await makePool(client, "big");
  const worker = startWorker(t, { home, pool: "big", limit: 2 });
  const marks = [mark("a"), mark("b")];
  const runs = await Promise.all(marks.map((each) => run(client, "narrow", { mark: each }, { work_pool_name: "big" })));
  const first = await until(() => marks.find((each) => existsSync(each)));
  await until(async () =>
    (await Promise.all(runs.map(({ id }) => stateOf(client, id)))).every((one) => one.state_type === "RUNNING"),
  );
  await worker.kill("SIGKILL");
  const own = workerHome(home, "big");
  await assert.rejects(connectOrStart(own, { timeout_ms: 500 }), {
    code: "not-answering",
    message: /home of a worker/,
  });
  const owners = () => realDisk.list(own).filter((name) => name.startsWith("owner."));
  const before = owners();
  writeFileSync(`${first}.go`, "");
  await pause(1500);
  assert.deepEqual(owners(), before);
  startWorker(t, { home, pool: "big", limit: 2 });
  const second = await until(() => marks.find((each) => each !== first && existsSync(each)));
  writeFileSync(`${second}.go`, "");
  const ended = await Promise.all(runs.map(({ id }) => untilEnded(client, id)));
  assert.deepEqual(
    ended.map(({ state_type }) => state_type),
    ["COMPLETED", "COMPLETED"],
  );
});
