import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeliveries, retryDelays } from "../../../runtime/orchestrator/automations/deliveries.ts";
import {
  applyAutomationRecord,
  automationRecords,
  noAutomationFacts,
} from "../../../runtime/orchestrator/automations/facts.ts";
import { deepestChain, deliveriesOf, mostPerMinute } from "../../../runtime/orchestrator/automations/firings.ts";
import { chainTrigger } from "../../../runtime/orchestrator/automations/matches.ts";
import type { SystemRecord } from "../../../runtime/orchestrator/system/records.ts";
import { applySystemRecord, noFacts } from "../../../runtime/orchestrator/system/records.ts";
import { MillraceError } from "../../../runtime/protocol/errors.ts";
import { automation, run, start } from "./sample.ts";

/** A clock that goes on when it is told; what it calls is waited for. */
function fakeClock() {
  let now = start;
  let timer: { readonly at: number; readonly call: () => void } | undefined;
  const settle = async () => {
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    clock: {
      now: () => now,
      monotonic: () => now - start,
      after(milliseconds: number, call: () => void) {
        const mine = { at: now + milliseconds, call };
        timer = mine;
        return () => {
          if (timer === mine) timer = undefined;
        };
      },
    },
    settle,
    async pass(milliseconds: number) {
      const end = now + milliseconds;
      while (timer !== undefined && timer.at <= end) {
        const { at, call } = timer;
        timer = undefined;
        now = at;
        call();
        await settle();
      }
      now = end;
    },
  };
}

function world(act: () => Promise<string>) {
  const facts = noFacts();
  const time = fakeClock();
  const attempts: number[] = [];
  const system = {
    facts,
    commit: async (record: SystemRecord) => applySystemRecord(facts, record),
    commitAll: async () => undefined,
    append: () => undefined,
    onFailed: () => undefined,
    close: async () => undefined,
  };
  const log = { info: () => undefined, error: (_message: string, thrown: unknown) => assert.fail(String(thrown)) };
  const up = () =>
    createDeliveries({
      core: { system, log },
      clock: time.clock,
      async act() {
        attempts.push(time.clock.now() - start);
        return act();
      },
      onChange: () => undefined,
    });
  const hit = {
    automation: automation({ type: "state", states: ["FAILED"] }),
    key: "k",
    reason: "why",
    run: undefined,
  };
  const owed = deliveriesOf(hit, { now: start, deployment: () => undefined, recent: 0 });
  applySystemRecord(facts, { kind: "automation-fired", id: "a-1", key: "k", at: start, deliveries: owed });
  const [{ id } = { id: "" }] = owed;
  return { ...time, up, owed, attempts, delivery: () => facts.automations.deliveries.get(id) };
}

test("should try again with longer and longer waits, and give up", async () => {
  const here = world(() => Promise.reject(new Error("nobody is there")));
  here.up().add(here.owed);
  await here.settle();
  await here.pass(3_600_000);
  const sumOf = (count: number) => retryDelays.slice(0, count).reduce((sum, delay) => sum + delay, 0);
  const expected = [0, ...retryDelays.map((_, index) => sumOf(index + 1))];
  assert.deepEqual(here.attempts, expected);
  const { state, attempts, message, next_attempt } = here.delivery() ?? {};
  assert.deepEqual(
    { state, attempts, message, next_attempt },
    { state: "failed", attempts: 5, message: "nobody is there", next_attempt: null },
  );
});

test("should not try again what would say the same", async () => {
  const here = world(() => Promise.reject(new MillraceError("not-found", "There is no such block.")));
  here.up().add(here.owed);
  await here.settle();
  await here.pass(3_600_000);
  assert.deepEqual([here.attempts.length, here.delivery()?.state], [1, "failed"]);
});

test("should go on with what another orchestrator owed, when its time has come", async () => {
  let busy = true;
  const here = world(async () => {
    if (busy) throw new Error("busy");
    return "answered 200";
  });
  const first = here.up();
  first.add(here.owed);
  await here.settle();
  first.stop();
  busy = false;
  const next = here.up();
  next.restore();
  await here.settle();
  assert.equal(here.attempts.length, 1);
  await here.pass(retryDelays[0] ?? 0);
  assert.deepEqual([here.delivery()?.state, here.delivery()?.message], ["delivered", "answered 200"]);
  assert.equal(next.owed(), 0);
});

test("should hold back what comes too often and what would go on for ever, and say so once", () => {
  const runs = automation({ type: "state", states: ["COMPLETED"] }, [
    { type: "run-deployment", deployment: "etl/daily" },
    { type: "notification" },
  ]);
  const chain = Array.from({ length: deepestChain }, (_, index) => `a-${index + 2}`);
  const done = run("r", "COMPLETED", "Completed", start, { created_by: chainTrigger(chain) });
  const hit = { automation: runs, key: "k", reason: "why", run: done };
  const options = { now: start, deployment: () => undefined };
  const states = (recent: number) => deliveriesOf(hit, { ...options, recent }).map(({ state }) => state);
  assert.deepEqual(states(0), ["suppressed", "pending"]);
  assert.deepEqual(states(mostPerMinute), ["suppressed"]);
  assert.deepEqual(states(mostPerMinute + 1), []);
  const tried = deliveriesOf({ ...hit, run: { ...done, created_by: null } }, { ...options, recent: 0, test: true });
  assert.deepEqual(
    tried.map(({ state }) => state),
    ["skipped", "pending"],
  );
});

test("should give the same facts again in the next epoch", () => {
  const { owed } = world(async () => "");
  const facts = noAutomationFacts();
  for (const record of [
    { kind: "automation", automation: automation({ type: "silence", within: 60 }) },
    { kind: "automation-fired", id: "a-1", key: "k", at: start, deliveries: owed },
    { kind: "automation-fired", id: "a-1", key: "rate", at: start, deliveries: [] },
    { kind: "automation-calm", id: "a-1", key: "rate" },
    { kind: "automations-watched", until: start },
    { kind: "hook", hook: { deployment_id: "d", hash: "00", created: "", map: {}, body_parameter: null } },
    { kind: "hooks-port", port: 4300 },
  ] as const) {
    applyAutomationRecord(facts, record);
  }
  const again = noAutomationFacts();
  for (const record of automationRecords(facts)) applyAutomationRecord(again, record);
  assert.deepEqual(again, facts);
  assert.deepEqual([...(again.fired.get("a-1")?.keys() ?? [])], ["k"]);
});
