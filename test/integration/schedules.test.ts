import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import type { Client } from "../../runtime/client/client.ts";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import type { Backfill, Deployment } from "../../runtime/protocol/deployments.ts";
import { deploy, deploymentHome, everySecond, runNow, runsOf } from "../support/deployments.ts";
import { isAlive, until, untilEnded } from "../support/orchestrator.ts";

const keysOf = (runs: readonly FlowRun[]): string[] => runs.map(({ partition_key }) => partition_key ?? "").sort();

async function completed(client: Client, deployment: Deployment, count: number): Promise<readonly FlowRun[]> {
  return until(async () => {
    const runs = await runsOf(client, deployment);
    return runs.filter(({ state_type }) => state_type === "COMPLETED").length >= count ? runs : undefined;
  });
}

test("should fire each time once, also when the orchestrator is killed around one", async (t) => {
  const here = deploymentHome(t);
  let client = await here.start();
  const schedules = [{ ...everySecond(), missed: "all", overlap: "allow" } as const];
  const parameters = { mark: here.mark("said") };
  const deployed = await deploy(client, here.settings("speak", "often", { parameters, schedules }));
  for (let kills = 0; kills < 3; kills++) {
    const before = (await runsOf(client, deployed)).length;
    await until(async () => (await runsOf(client, deployed)).length > before);
    process.kill(client.health.pid, "SIGKILL");
    client = await here.start();
  }
  await completed(client, deployed, 5);
  await client.request("POST /api/deployments/:id/pause", { params: { id: deployed.id } });
  const runs = await until(async () => {
    const all = await runsOf(client, deployed);
    return all.every(({ end_time }) => end_time !== null) ? all : undefined;
  });
  const keys = keysOf(runs);
  const times = keys.map((key) => Date.parse(key) / 1000);
  assert.deepEqual(
    times,
    times.map((_, place) => (times[0] ?? 0) + place),
    "no second is left out and none comes twice",
  );
  assert.ok(runs.every(({ state_type }) => state_type === "COMPLETED"));
  assert.equal(here.lines("said").length, runs.length);
  assert.deepEqual(runs[0]?.tags, ["auto-scheduled"]);
  assert.equal(runs[0]?.created_by, "schedule");
});

test("should make up for the latest of the times that passed while nobody was there, or for none", async (t) => {
  const here = deploymentHome(t);
  let client = await here.start();
  const parameters = { mark: here.mark("said") };
  const every = everySecond();
  const latest = await deploy(client, here.settings("speak", "latest", { parameters, schedules: [every] }));
  const skip = here.settings("speak", "skip", { parameters, schedules: [{ ...every, missed: "skip" }] });
  const skipped = await deploy(client, skip);
  await completed(client, latest, 1);
  await completed(client, skipped, 1);
  const { pid } = client.health;
  process.kill(pid, "SIGKILL");
  await until(() => !isAlive(pid));
  const down = Date.now();
  await until(() => Date.now() - down > 4000);
  client = await here.start();
  const up = Date.now();
  for (const deployed of [latest, skipped]) {
    const runs = await until(async () => {
      const all = await runsOf(client, deployed);
      return all.some(({ partition_key }) => Date.parse(partition_key ?? "") > up) ? all : undefined;
    });
    const missed = keysOf(runs).filter((key) => Date.parse(key) > down && Date.parse(key) < up - 1500);
    assert.deepEqual(missed, [], "of the times long past none is made up for");
    assert.equal(new Set(keysOf(runs)).size, runs.length);
  }
});

test("should hold a scheduled run back while an earlier one goes on, or leave it out, as the schedule says", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const go = here.mark("go");
  const parameters = { until: go };
  const every = everySecond();
  const queue = await deploy(client, here.settings("waits", "queue", { parameters, schedules: [every] }));
  const skip = { ...every, overlap: "skip" } as const;
  const leaveOut = await deploy(client, here.settings("waits", "skip", { parameters, schedules: [skip] }));
  const waiting = await until(async () =>
    (await runsOf(client, queue)).find(({ state_name }) => state_name === "AwaitingConcurrencySlot"),
  );
  assert.match(waiting.state.message ?? "", /waits for the end of an earlier run/);
  const left = await until(async () =>
    (await runsOf(client, leaveOut)).find(({ state_type }) => state_type === "CANCELLED"),
  );
  assert.match(left.state.message ?? "", /still going on when it was due/);
  const running = (await runsOf(client, queue)).filter(({ state_type }) => state_type === "RUNNING");
  assert.ok(running.length <= 1);
  for (const { id } of [queue, leaveOut]) await client.request("POST /api/deployments/:id/pause", { params: { id } });
  writeFileSync(go, "");
  assert.equal((await untilEnded(client, waiting.id)).state_type, "COMPLETED");
});

test("should cancel the earlier run for the next where the schedule says so", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const schedules = [{ ...everySecond(2), overlap: "cancel" } as const];
  const parameters = { until: here.mark("never") };
  const deployed = await deploy(client, here.settings("waits", "newest", { parameters, schedules }));
  const cancelled = await until(async () =>
    (await runsOf(client, deployed)).find(({ state_type }) => state_type === "CANCELLED"),
  );
  assert.match(cancelled.state.message ?? "", /Cancelled for the next scheduled run/);
  const next = await until(async () =>
    (await runsOf(client, deployed)).find(({ id, state_type }) => id > cancelled.id && state_type === "RUNNING"),
  );
  await client.request("DELETE /api/deployments/:id", { params: { id: deployed.id } });
  for (const { id, end_time } of await runsOf(client, deployed)) {
    if (end_time !== null) continue;
    const body = { grace_ms: 200 };
    await client.request("POST /api/flow_runs/:id/cancel", { params: { id }, body }).catch(() => undefined);
    await untilEnded(client, id);
  }
  assert.equal((await untilEnded(client, next.id)).state_type, "CANCELLED");
});

test("should keep to the concurrency limit, and let the next go when one ends", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const go = here.mark("go");
  const more = { parameters: { until: go }, concurrency_limit: 1 };
  const waits = await deploy(client, here.settings("waits", "one", more));
  const refuses = here.settings("waits", "only", { ...more, collision_strategy: "CANCEL_NEW" });
  const only = await deploy(client, refuses);
  const [first, second] = [await runNow(client, waits), await runNow(client, waits)];
  await runNow(client, only);
  const dropped = await untilEnded(client, await runNow(client, only));
  assert.equal(dropped.state_type, "CANCELLED");
  assert.match(dropped.state.message ?? "", /1 run of the deployment may go on/);
  assert.equal(
    (await client.request("GET /api/flow_runs/:id", { params: { id: second } })).state_name,
    "AwaitingConcurrencySlot",
  );
  // What waits still waits when another orchestrator takes over.
  process.kill(client.health.pid, "SIGKILL");
  const next = await here.start();
  assert.equal(
    (await next.request("GET /api/flow_runs/:id", { params: { id: second } })).state_name,
    "AwaitingConcurrencySlot",
  );
  writeFileSync(go, "");
  for (const id of [first, second]) assert.equal((await untilEnded(next, id)).state_type, "COMPLETED");
});

test("should run at the time that was asked for, and not before", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const deployed = await deploy(client, here.settings("speak", "later", { parameters: { mark: here.mark("said") } }));
  const time = Date.now() + 1500;
  const body = { scheduled_time: new Date(time).toISOString(), name: "at-the-time" };
  const { flow_run_id: id } = await client.request("POST /api/deployments/:id/create_flow_run", {
    params: { id: deployed.id },
    body,
  });
  const waiting = await client.request("GET /api/flow_runs/:id", { params: { id } });
  assert.deepEqual([waiting.state_name, waiting.name], ["Scheduled", "at-the-time"]);
  const ended = await untilEnded(client, id);
  assert.ok(Date.parse(ended.start_time ?? "") >= time);
});

const days = { start: "2026-03-28", end: "2026-03-31" };
const stateOf = ({ partitions }: Backfill) => partitions.map(({ state }) => state);

test("should fill the days of a range, skip those that are complete, and stop when it is cancelled", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const schedules = [{ schedule: { cron: "30 2 * * *", timezone: "Europe/Berlin" }, active: false }];
  const more = { parameters: { mark: here.mark("said") }, schedules };
  const deployed = await deploy(client, here.settings("speak", "days", more));
  const body = { deployment_id: deployed.id, ...days, partition_parameter: "at", concurrency: 2 };
  const preview = await client.request("POST /api/backfills", { body: { ...body, dry_run: true } });
  assert.deepEqual(
    preview.partitions.map(({ key }) => key),
    // The night of the 29th has no 02:30.
    ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"],
  );
  assert.deepEqual(await runsOf(client, deployed), []);
  const made = await client.request("POST /api/backfills", { body });
  const get = () => client.request("GET /api/backfills/:id", { params: { id: made.id } });
  await until(async () => stateOf(await get()).every((state) => state === "complete"));
  assert.deepEqual(
    [...here.lines("said")].sort(),
    [28, 29, 30, 31].map((day) => `hello first ${day}`),
  );

  const wider = { ...body, start: "2026-03-26", dry_run: true };
  const second = await client.request("POST /api/backfills", { body: wider });
  assert.deepEqual(stateOf(second), ["missing", "missing", "complete", "complete", "complete", "complete"]);
  const found = await client.request("POST /api/flow_runs/filter", {
    body: { deployment_id: deployed.id, partition_key: "2026-03-30T00:30:00Z" },
  });
  assert.deepEqual(
    found.items.map(({ backfill_id }) => backfill_id),
    [made.id],
  );

  const long = await deploy(
    client,
    here.settings("waits", "long", { parameters: { until: here.mark("never") }, schedules }),
  );
  const slow = await client.request("POST /api/backfills", { body: { deployment_id: long.id, ...days } });
  await until(async () => (await runsOf(client, long)).some(({ state_type }) => state_type === "RUNNING"));
  const stopped = await client.request("POST /api/backfills/:id/cancel", { params: { id: slow.id } });
  assert.equal(stopped.cancelled, true);
  const [only, ...others] = await runsOf(client, long);
  assert.equal((await untilEnded(client, only?.id ?? "")).state_type, "CANCELLED");
  assert.deepEqual(others, []);
});

test("should go on with a backfill when another orchestrator takes over", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const schedules = [{ schedule: { cron: "@daily", timezone: "UTC" }, active: false }];
  const more = { parameters: { mark: here.mark("said") }, schedules };
  const deployed = await deploy(client, here.settings("speak", "days", more));
  const body = { deployment_id: deployed.id, start: "2026-01-01", end: "2026-01-06" };
  const made = await client.request("POST /api/backfills", { body });
  await until(() => here.lines("said").length > 0);
  process.kill(client.health.pid, "SIGKILL");
  const next = await here.start();
  const get = () => next.request("GET /api/backfills/:id", { params: { id: made.id } });
  await until(async () => stateOf(await get()).every((state) => state === "complete"));
  const runs = await runsOf(next, deployed);
  assert.equal(runs.length, 6);
  assert.equal(new Set(keysOf(runs)).size, 6);
});

test("should tell the times that come, in order over all deployments", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const parameters = { mark: here.mark("said") };
  const at = (cron: string) => [{ schedule: { cron, timezone: "UTC" }, parameters: { n: 2 } }];
  await deploy(client, here.settings("speak", "hourly", { parameters, schedules: at("0 * * * *") }));
  const half = await deploy(client, here.settings("speak", "half", { parameters, schedules: at("30 * * * *") }));
  const { upcoming } = await client.request("POST /api/upcoming", { body: { limit: 4, under: [here.folder] } });
  assert.equal(upcoming.length, 4);
  assert.deepEqual(
    upcoming.map(({ time }) => time),
    upcoming.map(({ time }) => time).sort(),
  );
  assert.deepEqual(upcoming[0]?.parameters, { ...parameters, n: 2 });
  await client.request("POST /api/deployments/:id/schedules/:schedule/active", {
    params: { id: half.id, schedule: half.schedules[0]?.id ?? "" },
    body: { active: false },
  });
  const left = await client.request("POST /api/upcoming", { body: { limit: 3 } });
  assert.deepEqual([...new Set(left.upcoming.map(({ deployment_name }) => deployment_name))], ["hourly"]);
  const preview = await client.request("POST /api/schedules/preview", {
    body: { schedule: { cron: "0 5 1 * *", timezone: "Europe/Berlin" }, count: 8 },
  });
  assert.equal(preview.words, "at 05:00 on day 1 of the month (Europe/Berlin)");
  assert.equal(preview.times.length, 8);
  assert.match(preview.notes.join(" "), /clocks in Europe\/Berlin have gone (forward|back) by 60 minutes/);
});
