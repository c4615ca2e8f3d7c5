import assert from "node:assert/strict";
import { test } from "node:test";
import { createLeases } from "../../../runtime/orchestrator/remote/leases.ts";
import { createHeldClaims } from "../../../runtime/pool-worker/claims.ts";
import type { ClaimedRun } from "../../../runtime/protocol/workers.ts";

function claim(claim_id: string): ClaimedRun {
  const order = {
    id: `run of ${claim_id}`,
    work_pool: "big",
    queue: "default",
    due: 0,
    created: 0,
    flow: { name: "etl", file: "/etl.ts" },
    name: "etl",
    run: { file: "/etl.ts" },
  };
  return { claim_id, order };
}

/** Two machines with clocks of their own, which tests set. */
function machines(lease = 1000) {
  const clock = { time: 1_000_000, monotonic: 0, ahead: 0 };
  const own = { now: () => clock.time + clock.ahead, monotonic: () => clock.monotonic };
  return {
    clock,
    leases: createLeases(lease, () => clock.monotonic),
    held: createHeldClaims(own, () => lease),
    asked: () => ({ monotonic: own.monotonic(), time: own.now() }),
    pass(milliseconds: number) {
      clock.time += milliseconds;
      clock.monotonic += milliseconds;
    },
  };
}

test("should let a claim lapse at the worker before it lapses at the orchestrator", () => {
  const { leases, held, asked, pass } = machines();
  const question = asked();
  pass(300);
  leases.grant("a");
  pass(300);
  held.add([claim("a")], question);
  pass(399);
  assert.equal(held.ids().length, 1);
  pass(1);
  assert.equal(held.take(), undefined);
  assert.deepEqual(leases.lapsed(), []);
  pass(700);
  assert.deepEqual(leases.lapsed(), ["a"]);
  assert.equal(leases.end("a"), false);
});

test("should start nothing after a sleep in which the monotonic clock stood still", () => {
  const { clock, held, asked } = machines();
  held.add([claim("a")], asked());
  clock.time += 3_600_000;
  assert.equal(held.take(), undefined);
});

test("should start nothing after the clock was set back or forth by more than a lease", () => {
  for (const jump of [-60_000, 60_000]) {
    const { clock, held, asked } = machines();
    held.add([claim("a")], asked());
    clock.ahead = jump;
    assert.equal(held.take(), undefined, `${jump}`);
  }
});

test("should not be moved by the time of day at the orchestrator", () => {
  const { clock, leases } = machines();
  leases.grant("a");
  clock.time += 1e9;
  assert.deepEqual(leases.lapsed(), []);
  clock.time -= 2e9;
  assert.deepEqual(leases.lapsed(), []);
  assert.equal(leases.has("a"), true);
});

test("should renew what it had when it asked, and not what came in meanwhile", () => {
  const { held, asked, pass } = machines();
  held.add([claim("a")], asked());
  pass(600);
  const beat = asked();
  pass(100);
  held.add([claim("b")], asked());
  held.renew(beat);
  pass(950);
  assert.deepEqual(held.take()?.claim_id, "b");
  assert.equal(held.take(), undefined);
});

test("should not bring back to life what had lapsed before the answer came", () => {
  const { held, asked, pass } = machines();
  held.add([claim("a")], asked());
  pass(999);
  const beat = asked();
  pass(1);
  held.renew(beat);
  assert.equal(held.take(), undefined);
});
