import assert from "node:assert/strict";
import { test } from "node:test";
import { failRuns } from "../../../runtime/engine/execute.ts";
import { currentRun, flow, log, sleep, task } from "../../../runtime/sdk/index.ts";
import { fakeClock, runFlow } from "../../../runtime/testing/index.ts";

const quick = task({ name: "quick", run: () => 1 });

test("should abort the signal, mark running tasks CANCELLED and leave completed ones", async () => {
  const cancel = new AbortController();
  const listening = task({
    name: "listening",
    async run() {
      const { signal } = currentRun();
      cancel.abort();
      await new Promise((resolve) => (signal.aborted ? resolve(0) : signal.addEventListener("abort", resolve)));
      log.info("cleaned up");
    },
  });
  const f = flow({
    name: "f",
    async run() {
      await quick();
      await listening();
      await quick();
    },
  });
  const run = await runFlow(f, undefined, { signal: cancel.signal });
  assert.equal(run.state.type, "CANCELLED");
  assert.deepEqual(
    run.taskRuns.map((each) => [each.task_key, each.state_type]),
    [
      ["quick", "COMPLETED"],
      ["listening", "CANCELLED"],
    ],
  );
  assert.ok(
    run.logs.some((each) => each.message === "cleaned up"),
    "a body gets time to clean up",
  );
  const states = run.records.flatMap(({ record }) => (record.kind === "flow-run-state" ? [record.state.type] : []));
  assert.deepEqual(states, ["RUNNING", "CANCELLING", "CANCELLED"]);
});

test("should end also when bodies ignore the signal, catch the error and sleep", async () => {
  const cancel = new AbortController();
  const deaf = task({ name: "deaf", run: () => new Promise<void>(() => undefined) });
  const sleeping = task({ name: "sleeping", run: () => sleep("10d") });
  const hooks: string[] = [];
  const f = flow({
    name: "f",
    onCancellation: () => hooks.push("flow"),
    async run() {
      deaf();
      sleeping().catch(() => undefined);
      queueMicrotask(() => setImmediate(() => cancel.abort()));
      await new Promise(() => undefined);
    },
  });
  const run = await runFlow(f, undefined, { signal: cancel.signal, clock: fakeClock({ autoAdvance: false }) });
  assert.equal(run.state.type, "CANCELLED");
  assert.deepEqual(new Set(run.taskRuns.map((each) => each.state_type)), new Set(["CANCELLED"]));
  assert.deepEqual(hooks, ["flow"]);
});

test("should fail, not crash, for an error that belongs to no task", async () => {
  const f = flow({
    name: "f",
    async run() {
      setImmediate(() => failRuns(new Error("emitted by a library")));
      await new Promise(() => undefined);
    },
  });
  const clock = fakeClock();
  const running = runFlow(f, undefined, { clock });
  for (let step = 0; step < 10; step++) await clock.advance("1s");
  const run = await running;
  assert.equal(run.state.type, "FAILED");
  assert.equal(run.state.message, "emitted by a library");
  assert.equal(failRuns(new Error("later")), false, "with no run going on the error is somebody else's");
});

test("should end as CRASHED, acknowledging nothing more, when the journal is lost, and tell the hook", async () => {
  const hooks: string[] = [];
  const f = flow({
    name: "f",
    onCrashed: ({ state }) => hooks.push(state.type),
    async run() {
      await quick();
      await quick().catch(() => undefined);
      return "must not count";
    },
  });
  const crashed = await runFlow(f, undefined, { crashAfter: 1 });
  assert.equal(crashed.state.type, "CRASHED");
  assert.equal(crashed.result, undefined);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(hooks, ["CRASHED"]);
});
