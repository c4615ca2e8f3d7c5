/** Starts of one turn are written together, and no body runs before its start is written. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { executeFlow } from "../../../runtime/engine/execute.ts";
import { readRun } from "../../../runtime/journal/reading.ts";
import { memoryValueStore } from "../../../runtime/journal/value-store.ts";
import { flow, task } from "../../../runtime/sdk/index.ts";
import { flowOf } from "../../../runtime/sdk/marks.ts";
import { fakeClock, runFlow, testCache } from "../../../runtime/testing/index.ts";
import { memoryExecution } from "../../../runtime/testing/memory-host.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { begin, runFolder, runId } from "../journal/fixtures.ts";

/** Runs a flow over a journal on a simulated disk. */
async function runOnDisk(made: unknown) {
  const definition = flowOf(made);
  assert.ok(definition);
  const disk = simulatedDisk();
  const world = {
    runId,
    values: memoryValueStore(),
    clock: fakeClock(),
    cache: testCache(),
    variables: new Map(),
    limits: {},
    answers: {},
    records: [],
    logs: [],
    segments: [],
  };
  const { host } = memoryExecution(world, { crashAfter: undefined, resume: undefined, onRecord: undefined });
  const journal = begin(disk);
  seen = () =>
    readRun(disk, runFolder).records.flatMap(({ record }) => (record.kind === "task-run" ? record.name : []));
  const outcome = await executeFlow(definition, { ...host, journal });
  await journal.close();
  assert.equal(outcome.state.type, "COMPLETED", outcome.state.message);
}

/** The names of the task runs that a reader of the disk finds at this moment. */
let seen: () => string[] = () => [];

test("should have written the start of each task when its body begins", async () => {
  const found: string[][] = [];
  const look = task({
    name: "look",
    run: (_: number) => {
      found.push(seen());
    },
  });
  await runOnDisk(flow({ name: "f", run: () => Promise.all([look(1), look(2), look(3)]) }));
  assert.deepEqual(found, [
    ["look-0", "look-1", "look-2"],
    ["look-0", "look-1", "look-2"],
    ["look-0", "look-1", "look-2"],
  ]);
});

test("should have written the start of a task that another task starts when its body begins", async () => {
  const found: string[][] = [];
  const inner = task({ name: "inner", run: () => void found.push(seen()) });
  const outer = task({ name: "outer", run: () => inner() });
  await runOnDisk(flow({ name: "f", run: () => outer() }));
  assert.deepEqual(found, [["outer-0", "inner-0"]]);
});

test("should begin bodies after the code that called them, in the order of the calls", async () => {
  const order: string[] = [];
  const step = task({ name: "step", run: (name: string) => void order.push(name) });
  const f = flow({
    name: "f",
    async run() {
      const calls = [step("first"), step("second")];
      order.push("called");
      await Promise.all(calls);
    },
  });
  await runOnDisk(f);
  assert.deepEqual(order, ["called", "first", "second"]);
});

test("should run each body in what its caller stored in async local storages of its own", async () => {
  const storage = new AsyncLocalStorage<string>();
  const found: unknown[] = [];
  const look = task({ name: "look", run: (_: number) => void found.push(storage.getStore()) });
  const f = flow({
    name: "f",
    async run() {
      await Promise.all([storage.run("one", () => look(1)), storage.run("two", () => look(2)), look(3)]);
    },
  });
  await runOnDisk(f);
  assert.deepEqual(found, ["one", "two", undefined]);
});

test("should run a task whose runName throws under its usual name, and say so", async () => {
  const step = task({
    name: "step",
    runName: (_: number): string => {
      throw new Error("no name");
    },
    run: async (n: number) => n,
  });
  const run = await runFlow(flow({ name: "f", run: () => Promise.all([step(1), step(Promise.resolve(2))]) }));
  assert.deepEqual(run.result, [1, 2]);
  assert.deepEqual(
    run.taskRuns.map(({ name }) => name),
    ["step-0", "step-1"],
  );
  assert.match(run.logs[0]?.message ?? "", /runName of task "step" threw: no name/);
});

test("should fail a call whose inputs cannot be read, and not wait for it", async () => {
  const take = task({ name: "take", run: async (_: unknown) => "taken" });
  const unreadable = () => ({
    get rows() {
      throw new Error("closed");
    },
  });
  const run = await runFlow(flow({ name: "f", run: () => take(unreadable()) }));
  assert.equal(run.state.message, "closed");
  const mapped = await runFlow(flow({ name: "f", run: () => take.map([1, unreadable(), 3]) }));
  assert.equal(mapped.state.message, "closed");
  assert.equal(mapped.taskRuns.filter(({ state_type }) => state_type === "COMPLETED").length, 2);
});
