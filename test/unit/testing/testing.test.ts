import assert from "node:assert/strict";
import { test } from "node:test";
import { flow, sleep, task } from "../../../runtime/sdk/index.ts";
import { fakeClock, mockTask, runFlow } from "../../../runtime/testing/index.ts";

const fetchTrips = task({
  name: "fetchTrips",
  retries: 2,
  retryDelay: "1h",
  run(month: number): string {
    throw new Error(`no network for month ${month}`);
  },
});
const etl = flow({ name: "etl", run: async ({ months }: { months: number[] }) => fetchTrips.map(months) });

test("should replace a task's body, keep its retries, and count its calls", async () => {
  let failed = false;
  const fetched = mockTask(fetchTrips, async (month) => {
    if (month === 2 && !failed) {
      failed = true;
      throw new Error("once");
    }
    return `month ${month}`;
  });
  const run = await runFlow(etl, { months: [1, 2] }, { mocks: [fetched] });
  assert.deepEqual(run.result, ["month 1", "month 2"]);
  assert.deepEqual(fetched.calls, [[1], [2], [2]]);
  const without = await runFlow(etl, { months: [3] });
  assert.equal(without.state.type, "FAILED");
  assert.match(String(without.error), /no network for month 3/);
});

test("should let sleeps and delays pass in no time, or when the test says so", async () => {
  const f = flow({ name: "f", run: () => sleep("30d") });
  const clock = fakeClock({ now: "2026-03-29T00:00:00Z" });
  await runFlow(f, undefined, { clock });
  assert.equal(new Date(clock.now()).toISOString(), "2026-04-28T00:00:00.000Z");
  const still = fakeClock({ autoAdvance: false });
  let ended = false;
  const running = runFlow(f, undefined, { clock: still }).then(() => {
    ended = true;
  });
  await still.advance("29d");
  assert.equal(ended, false);
  await still.advance("1d");
  await running;
});

test("should fire timers in the order they are due, also those that a timer sets", async () => {
  const clock = fakeClock({ now: 0, autoAdvance: false });
  const fired: string[] = [];
  clock.after(20, () => fired.push("b"));
  clock.after(10, () => {
    fired.push("a");
    clock.after(5, () => fired.push("a+5"));
  });
  const cancelled = clock.after(1, () => fired.push("never"));
  cancelled.cancel();
  await clock.advance(30);
  assert.deepEqual(fired, ["a", "a+5", "b"]);
  assert.equal(clock.now(), 30);
});

test("should crash after as many completions as asked, and record nothing from then on", async () => {
  const ran: number[] = [];
  const step = task({ name: "step", run: (n: number) => ran.push(n) });
  const f = flow({
    name: "f",
    async run() {
      for (let n = 0; n < 5; n++) await step(n);
    },
  });
  const crashed = await runFlow(f, undefined, { crashAfter: 2 });
  assert.equal(crashed.state.type, "CRASHED");
  assert.equal(crashed.flowRun?.state_type, "RUNNING", "a process that died writes no last word");
  const again = await crashed.resume({ crashAfter: 1 });
  const done = await again.resume();
  assert.equal(done.state.type, "COMPLETED");
  assert.deepEqual(ran, [0, 1, 2, 3, 4]);
  assert.equal(done.flowRun?.run_count, 3);
});

test("should say so when a pause gets no answer, and when what is given is no flow", async () => {
  const { pause } = await import("../../../runtime/sdk/index.ts");
  const run = await runFlow(flow({ name: "f", run: () => pause({ key: "go" }) }));
  assert.match(run.state.message ?? "", /pauses for "go" and the test gives no answer/);
  const notFlow: typeof etl = JSON.parse("{}");
  await assert.rejects(async () => runFlow(notFlow), /must be a flow/);
});

test("should keep runs apart that go on at the same time", async () => {
  const f = flow({
    name: "f",
    async run({ n }: { n: number }) {
      console.log(`run ${n}`);
      await sleep(n);
      console.log(`end ${n}`);
      return n;
    },
  });
  const runs = await Promise.all([1, 2, 3].map((n) => runFlow(f, { n })));
  for (const [index, run] of runs.entries()) {
    assert.deepEqual(
      run.logs.map((each) => each.message),
      [`run ${index + 1}`, `end ${index + 1}`],
    );
  }
});
