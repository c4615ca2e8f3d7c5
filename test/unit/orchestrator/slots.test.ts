import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSlots, type SlotAnswer, type SlotRequest } from "../../../runtime/orchestrator/slots.ts";

const ask = (holder: string, names: readonly string[], run_id = holder): SlotRequest => ({ names, run_id, holder });
const refused = async (answer: Promise<SlotAnswer>): Promise<string> => {
  const given = await answer;
  assert.equal(given.granted, false);
  return given.granted ? "" : given.waiting_for;
};

function opened(limits: Readonly<Record<string, number>>) {
  const slots = createSlots((name) => limits[name]);
  slots.open();
  return slots;
}

test("should never hand out more slots than there are, and serve everybody in the end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.subarray(["a", "b", "c"], { minLength: 1 }), { minLength: 1, maxLength: 20 }),
      async (limit, wishes) => {
        const slots = opened({ a: limit, b: limit, c: limit });
        const held: string[] = [];
        const granted: string[] = [];
        wishes.forEach((names, index) => {
          const holder = String(index);
          void slots.acquire(ask(holder, names), 60_000).then(() => {
            held.push(holder);
            granted.push(holder);
          });
        });
        for (let round = 0; round < wishes.length * 3; round++) {
          await new Promise((resolve) => setImmediate(resolve));
          for (const name of ["a", "b", "c"]) assert.ok(slots.active(name) <= limit);
          const first = held.shift();
          if (first !== undefined) slots.release(first);
        }
        assert.equal(granted.length, wishes.length);
      },
    ),
    { numRuns: 50 },
  );
});

test("should serve first come, first served, and let nobody overtake a request for several names", async () => {
  const slots = opened({ a: 1, b: 1 });
  assert.deepEqual(await slots.acquire(ask("one", ["a"]), 0), { granted: true });
  const both = slots.acquire(ask("both", ["a", "b"]), 60_000);
  assert.equal(await refused(slots.acquire(ask("late", ["b"]), 0)), "b");
  slots.release("one");
  assert.deepEqual(await both, { granted: true });
  slots.release("both");
});

test("should keep the place of a run that asks again", async () => {
  const slots = opened({ a: 1 });
  await slots.acquire(ask("holder", ["a"]), 0);
  assert.equal(await refused(slots.acquire(ask("first", ["a"]), 0)), "a");
  const second = slots.acquire(ask("second", ["a"]), 60_000);
  slots.release("holder");
  assert.deepEqual(await slots.acquire(ask("first", ["a"]), 0), { granted: true });
  slots.release("first");
  assert.deepEqual(await second, { granted: true });
});

test("should give back what a run held and waited for when it ends", async () => {
  const slots = opened({ a: 1 });
  await slots.acquire(ask("one", ["a"], "run"), 0);
  const two = slots.acquire(ask("two", ["a"], "run"), 60_000);
  const other = slots.acquire(ask("other", ["a"]), 60_000);
  slots.releaseRun("run");
  await refused(two);
  assert.deepEqual(await other, { granted: true });
  assert.equal(slots.active("a"), 1);
});

test("should take re-assertions before it grants anything, also beyond the limit", async () => {
  const slots = createSlots(() => 1);
  const newcomer = slots.acquire(ask("new", ["a"]), 60_000);
  await slots.acquire({ ...ask("old", ["a"]), reassert: true }, 0);
  await slots.acquire({ ...ask("older", ["a"]), reassert: true }, 0);
  slots.open();
  assert.equal(slots.active("a"), 2);
  slots.release("old");
  assert.equal(slots.active("a"), 1);
  slots.release("older");
  assert.deepEqual(await newcomer, { granted: true });
});

test("should leave the line when whoever asked has gone", async () => {
  const slots = opened({ a: 1 });
  await slots.acquire(ask("holder", ["a"]), 0);
  const gone = new AbortController();
  const waiting = slots.acquire(ask("gone", ["a"]), 60_000, gone.signal);
  gone.abort();
  await refused(waiting);
  slots.release("holder");
  assert.equal(slots.active("a"), 0);
});

test("should let nobody in at a limit of 0 until it is raised", async () => {
  const limits: Record<string, number> = { a: 0 };
  const slots = opened(limits);
  const waiting = slots.acquire(ask("one", ["a"]), 60_000);
  assert.equal(slots.active("a"), 0);
  limits["a"] = 1;
  slots.limitsChanged();
  assert.deepEqual(await waiting, { granted: true });
});
