import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { LiveEvent } from "../../runtime/protocol/api.ts";
import { isAlive, testHome, until, untilEnded } from "../support/orchestrator.ts";
import { commandFile } from "../support/places.ts";

const count = (file: string): number => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0);

test("should leave a run undisturbed when the orchestrator is killed, and tell the truth after a restart", async (t) => {
  const place = testHome(t);
  const mark = place.mark("steps");
  let client = await place.start();
  const run = await place.run(client, "steps", { mark, count: 150, wait: 10 });
  for (const reached of [20, 60, 100]) {
    await until(() => count(mark) >= reached);
    process.kill(client.health.pid, "SIGKILL");
    client = await place.start();
  }
  const ended = await untilEnded(client, run.id);
  assert.equal(ended.state_type, "COMPLETED");
  assert.equal(ended.run_count, 1);
  assert.deepEqual(ended.task_run_counts, { COMPLETED: 150 });
  assert.equal(count(mark), 150);
});

test("should find runs that were made, went on or ended while it was down", async (t) => {
  const place = testHome(t);
  const first = await place.start();
  const go = place.mark("go");
  const ended = await place.run(first, "waiting", { until: go });
  const going = await place.run(first, "stubborn", { mark: place.mark("pid") });
  await until(() => existsSync(place.mark("pid")));
  await until(async () => (await first.request("GET /api/flow_runs/:id", { params: { id: ended.id } })).start_time);
  process.kill(first.health.pid, "SIGKILL");
  writeFileSync(go, "");
  const command = spawn(
    process.execPath,
    [commandFile, "run", `${place.file}:steps`, "-p", `mark=${place.mark("steps")}`],
    {
      env: { ...process.env, MILLRACE_HOME: place.home },
      stdio: "ignore",
    },
  );
  const [code] = await once(command, "exit");
  assert.equal(code, 0);

  const second = await place.start();
  assert.equal((await untilEnded(second, ended.id)).state_type, "COMPLETED");
  const made = await until(async () => {
    const { items } = await second.request("POST /api/flow_runs/filter", { body: { flow_name: "steps" } });
    return items[0]?.state_type === "COMPLETED" ? items[0] : undefined;
  });
  assert.deepEqual(made.task_run_counts, { COMPLETED: 3 });
  await second.request("POST /api/flow_runs/:id/cancel", { params: { id: going.id }, body: { grace_ms: 50 } });
  assert.equal((await untilEnded(second, going.id)).state_type, "CANCELLED");
});

test("should give a verdict over a run whose runner died while nobody looked", async (t) => {
  const place = testHome(t);
  const first = await place.start();
  const run = await place.run(first, "stubborn", { mark: place.mark("pid") });
  const pid = await until(() => existsSync(place.mark("pid")) && Number(readFileSync(place.mark("pid"), "utf8")));
  process.kill(first.health.pid, "SIGKILL");
  process.kill(pid, "SIGKILL");
  await until(() => !isAlive(pid) && !isAlive(first.health.pid));
  const second = await place.start();
  const ended = await untilEnded(second, run.id);
  assert.equal(ended.state_type, "CRASHED");
});

test("should begin what was asked for although the orchestrator was killed at once", async (t) => {
  const place = testHome(t);
  const first = await place.start();
  const runs = await Promise.all(
    Array.from({ length: 5 }, (_, n) => place.run(first, "steps", { mark: place.mark(`steps-${n}`) })),
  );
  process.kill(first.health.pid, "SIGKILL");
  const second = await place.start();
  for (const run of runs) {
    const ended = await untilEnded(second, run.id);
    assert.equal(ended.state_type, "COMPLETED");
  }
  for (const n of runs.keys()) assert.equal(count(place.mark(`steps-${n}`)), 3);
});

test("should tell a subscriber to read again after a restart and go on from there", async (t) => {
  const place = testHome(t);
  const first = await place.start();
  const events: LiveEvent[] = [];
  const subscription = first.subscribe({ onEvent: (event) => events.push(event) });
  await subscription.connected;
  await untilEnded(first, (await place.run(first, "steps", { mark: place.mark("one") })).id);
  process.kill(first.health.pid, "SIGKILL");
  const second = await place.start();
  await until(() => events.some(({ type }) => type === "reset"));
  const run = await place.run(second, "steps", { mark: place.mark("two") });
  await until(() =>
    events.some((event) => event.type === "flow-run" && event.flow_run.id === run.id && event.flow_run.end_time),
  );
  subscription.close();
});

test("should grant a slot again only when the run that holds it had the time to say so", async (t) => {
  const place = testHome(t);
  const first = await place.start();
  await first.request("PUT /api/concurrency_limits/:name", { params: { name: "tag:narrow" }, body: { limit: 1 } });
  const mark = place.mark("narrow");
  const holder = await place.run(first, "narrow", { mark });
  await until(() => count(mark) === 1);
  const waits = await place.run(first, "narrow", { mark });
  process.kill(first.health.pid, "SIGKILL");
  const second = await place.start();
  const { limits } = await until(async () => {
    const answer = await second.request("GET /api/concurrency_limits");
    return answer.limits[0]?.active_slots === 1 ? answer : undefined;
  });
  assert.equal(limits[0]?.limit, 1);
  assert.equal(count(mark), 1);
  writeFileSync(`${mark}.go`, "");
  assert.equal((await untilEnded(second, holder.id)).state_type, "COMPLETED");
  assert.equal((await untilEnded(second, waits.id)).state_type, "COMPLETED");
});

test("should not bring a removed run back when it is killed before the next snapshot", async (t) => {
  const place = testHome(t);
  const first = await place.start();
  const [gone, kept] = await Promise.all(
    ["gone", "kept"].map((name) => place.run(first, "steps", { mark: place.mark(name) }, { name })),
  );
  assert.ok(gone !== undefined && kept !== undefined);
  for (const { id } of [gone, kept]) await untilEnded(first, id);
  await first.request("POST /api/snapshot");
  await until(() =>
    first.request("DELETE /api/flow_runs/:id", { params: { id: gone.id } }).then(
      () => true,
      () => false,
    ),
  );
  process.kill(first.health.pid, "SIGKILL");
  const second = await place.start();
  const { items } = await second.request("POST /api/flow_runs/filter", { body: {} });
  assert.deepEqual(
    items.map(({ id }) => id),
    [kept.id],
  );
});
