import assert from "node:assert/strict";
import { test } from "node:test";
import { currentRun, flow, sleep, task } from "../../../runtime/sdk/index.ts";
import { runFlow } from "../../../runtime/testing/index.ts";

const double = task({ name: "double", run: async (n: number) => n * 2 });

test("should map with a limit on how many run at once, in order, each in its own context", async () => {
  let running = 0;
  let most = 0;
  const slow = task({
    name: "slow",
    async run(n: number) {
      most = Math.max(most, ++running);
      await sleep(n);
      running--;
      return `${n} ${currentRun().taskRun?.name}`;
    },
  });
  const run = await runFlow(flow({ name: "f", run: () => slow.map([30, 20, 10, 5], { concurrency: 2 }) }));
  assert.equal(most, 2);
  assert.deepEqual(
    run.result?.map((text) => text.split(" ")[0]),
    ["30", "20", "10", "5"],
  );
  assert.equal(new Set(run.result).size, 4);
  assert.ok(
    run.taskRuns.every((each) => each.parent_task_run_id === null),
    "a worker must not go on in an item's context",
  );
  assert.deepEqual(
    run.taskRuns.map((each) => each.map_index),
    [0, 1, 2, 3],
  );
});

test("should map over promises, over a promised list and over several inputs", async () => {
  const list = task({ name: "list", run: () => [1, 2, 3] });
  const add = task({ name: "add", run: (a: number, b: number) => a + b });
  const f = flow({
    name: "f",
    run: async () => [
      await double.map(list()),
      await double.map([double(1), 5]),
      await add.map(
        [
          [1, 2],
          [3, double(2)],
        ],
        { spread: true },
      ),
    ],
  });
  const run = await runFlow(f);
  assert.deepEqual(run.result, [
    [2, 4, 6],
    [4, 10],
    [3, 7],
  ]);
});

test("should fail the flow for a map nobody looked at, and know a mapped list by its task runs", async () => {
  const boom = task({
    name: "boom",
    run(n: number) {
      if (n === 2) throw new Error("no row 2");
      return n;
    },
  });
  const unseen = await runFlow(flow({ name: "f", run: async () => void boom.map([1, 2]) }));
  assert.match(unseen.state.message ?? "", /task "boom\.map", called at .*nobody waited for it: no row 2/);
  const sum = task({ name: "sum", run: (list: number[]) => list.reduce((a, b) => a + b, 0) });
  const f = flow({
    name: "f",
    async run() {
      const list = await double.map([1, 2]);
      return [await sum(list), await sum(double.map([3]))];
    },
  });
  const run = await runFlow(f);
  assert.deepEqual(run.result, [6, 6]);
  const sums = run.taskRuns.filter((each) => each.task_key === "sum").map((each) => each.task_inputs.length);
  assert.deepEqual(sums, [2, 1]);
});
