import assert from "node:assert/strict";
import { test } from "node:test";
import { createGate } from "../../../runtime/orchestrator/deployments/gate.ts";
import { settingsProblems, wholeDeployment } from "../../../runtime/orchestrator/deployments/model.ts";
import { createTimeHeap } from "../../../runtime/orchestrator/deployments/time-heap.ts";
import { changesBetween } from "../../../runtime/protocol/deployment-changes.ts";
import type { DeploymentSettings, OverlapPolicy } from "../../../runtime/protocol/deployments.ts";
import { deployment, schedule } from "./world.ts";

const daily = { cron: "0 5 * * *", timezone: "UTC" };
const withPolicy = (overlap: OverlapPolicy) => deployment("d", [schedule(daily, { id: "s", overlap })]);
const run = (id: string) => ({ id, schedule_id: "s" });

test("should let runs go one after the other, in the order in which they came", () => {
  const gate = createGate();
  const queue = withPolicy("queue");
  assert.equal(gate.admit(queue, run("1")).verdict, "start");
  assert.equal(gate.admit(queue, run("2")).verdict, "hold");
  assert.equal(gate.admit(queue, run("3")).verdict, "hold");
  assert.match(gate.why("3") ?? "", /earlier run/);
  assert.deepEqual(gate.release(queue), []);
  gate.ended("d", "1");
  assert.deepEqual(gate.release(queue), ["2"]);
  assert.deepEqual(gate.release(queue), []);
  // One that waited and was cancelled is in nobody's way.
  gate.ended("d", "3");
  gate.ended("d", "2");
  assert.equal(gate.admit(queue, run("4")).verdict, "start");
});

test("should leave out, replace or allow, as the policy says, and not wait for a backfill", () => {
  for (const [overlap, verdict] of [
    ["skip", "drop"],
    ["cancel", "replace"],
    ["allow", "start"],
    ["queue", "hold"],
  ] as const) {
    const gate = createGate();
    gate.noteActive("d", { id: "filling", schedule_id: undefined, backfill: true });
    assert.equal(gate.admit(withPolicy(overlap), run("1")).verdict, "start");
    const second = gate.admit(withPolicy(overlap), run("2"));
    assert.equal(second.verdict, verdict);
    if (second.verdict === "replace") assert.deepEqual(second.cancel, ["1"]);
  }
});

test("should count everything for the limit, and cancel what is new where that is wanted", () => {
  const gate = createGate();
  const limited = { ...withPolicy("allow"), concurrency_limit: 2 };
  gate.noteActive("d", { id: "filling", schedule_id: undefined, backfill: true });
  assert.equal(gate.admit(limited, run("1")).verdict, "start");
  assert.equal(gate.admit(limited, run("2")).verdict, "hold");
  assert.equal(gate.admit({ ...limited, collision_strategy: "CANCEL_NEW" }, run("3")).verdict, "drop");
  gate.ended("d", "filling");
  assert.deepEqual(gate.release(limited), ["2"]);
});

const settings: DeploymentSettings = { name: "n", flow_file: "/f.ts", flow_export: "f" };
let made = 0;
const whole = (more: Partial<DeploymentSettings>, before?: ReturnType<typeof wholeDeployment>) =>
  wholeDeployment(
    { ...settings, ...more },
    {
      flow: { name: "flow", export: "f", parameters: null },
      code: { type: "working-copy" },
      before,
      now: "2026-01-01T00:00:00.000Z",
      newId: () => `id-${++made}`,
    },
  );

test("should know a schedule again by its slug or its times, and leave switches as they were turned", () => {
  const first = whole({
    schedules: [{ schedule: daily }, { slug: "night", schedule: { ...daily, cron: "0 1 * * *" } }],
  });
  const turned = { ...first, paused: true, schedules: first.schedules.map((one) => ({ ...one, active: false })) };
  const second = whole(
    { schedules: [{ slug: "night", schedule: { ...daily, cron: "0 2 * * *" } }, { schedule: daily }] },
    turned,
  );
  const [daytime, night] = first.schedules;
  assert.deepEqual(
    second.schedules.map(({ id, active }) => [id, active]),
    [
      [night?.id, false],
      [daytime?.id, false],
    ],
  );
  assert.equal(second.paused, true);
  assert.equal(second.version, 2);
  assert.deepEqual(changesBetween(first, whole({ schedules: [...first.schedules] }, first)), []);
  const other = whole({ schedules: [{ schedule: { ...daily, cron: "0 6 * * *" } }] }, first);
  assert.notEqual(other.schedules[0]?.id, daytime?.id);
});

test("should say what is wrong with settings before any flow is asked", () => {
  const bad = settingsProblems({
    ...settings,
    name: "a/b",
    schedules: [
      { slug: "s", schedule: { cron: "", timezone: "UTC" }, start_date: "tomorrow" },
      { slug: "s", schedule: { interval: 0.2, anchor_date: "then", timezone: "UTC" } },
      { schedule: daily, start_date: "2026-02-01", end_date: "2026-01-01" },
    ],
  });
  assert.deepEqual(
    bad.map(({ path }) => path),
    [
      "name",
      "schedules[0].schedule.cron",
      "schedules[0].start_date",
      "schedules[1].schedule.interval",
      "schedules[1].schedule.anchor_date",
      "schedules[1].slug",
      "schedules[2].end_date",
    ],
  );
});

test("should give the earliest time of all, however they were put and moved", () => {
  const heap = createTimeHeap();
  const times = new Map<string, number>();
  for (let step = 0; step < 2000; step++) {
    const key = `k${(step * 7919) % 200}`;
    if (step % 5 === 4) {
      heap.remove(key);
      times.delete(key);
    } else {
      const time = (step * 104_729) % 10_007;
      heap.put(key, time);
      times.set(key, time);
    }
    assert.equal(heap.first()?.time, times.size === 0 ? undefined : Math.min(...times.values()));
  }
  assert.equal(heap.size(), times.size);
});
