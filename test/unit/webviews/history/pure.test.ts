import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FlowRun } from "../../../../runtime/protocol/api.ts";
import type { HistoryBucket } from "../../../../runtime/protocol/editor-api.ts";
import { type StateType, stateTypes } from "../../../../runtime/protocol/states.ts";
import { alignBuckets, axisLabel, planBuckets, spanLabel } from "../../../../webviews/history/buckets.ts";
import {
  bucketAt,
  chartSizes,
  layOutChart,
  niceCeiling,
  stackOrder,
} from "../../../../webviews/history/chart-layout.ts";
import {
  askFor,
  countOf,
  firstChoice,
  isFiltered,
  readChoice,
  stateGroups,
  toggleState,
  withoutFilters,
} from "../../../../webviews/history/filters.ts";
import { cellTitle, gridModel, moveInGrid } from "../../../../webviews/history/grid-model.ts";
import {
  addRuns,
  emptyList,
  firstPage,
  keepStates,
  nextPage,
  removeRun,
  showWaiting,
  updateRuns,
} from "../../../../webviews/history/run-list.ts";
import {
  parametersText,
  rowActions,
  rowLabel,
  taskCountsText,
  triggerText,
} from "../../../../webviews/history/run-row.ts";
import { run } from "./runs.ts";

const now = Date.UTC(2026, 10, 12, 14, 20);

test("should ask for this workspace's runs, and for all of them when the user wants or there is no folder", () => {
  const first = firstChoice({});
  assert.deepEqual(askFor(first, ["/work"], now), { around: { under: ["/work"] }, list: { under: ["/work"] } });
  assert.deepEqual(askFor({ ...first, everywhere: true }, ["/work"], now).list, {});
  assert.deepEqual(askFor(first, [], now).list, {});
});

test("should know a flow by its file and export, wherever it lies, and by its name only when that is all there is", () => {
  const flow = firstChoice({ flow_file: "/other/etl.ts", flow_export: "etl", flow_name: "old name" });
  assert.deepEqual(askFor(flow, ["/work"], now).list, { flow_file: "/other/etl.ts", flow_export: "etl" });
  assert.deepEqual(askFor(firstChoice({ flow_name: "etl" }), [], now).list, { flow_name: "etl" });
});

test("should narrow the list by state and by a stretch of time, and the chart by neither", () => {
  const choice = {
    ...firstChoice({}),
    text: " 2021 ",
    range: "day" as const,
    states: ["failed", "running"] as const,
    span: { from: now - 1000, to: now },
  };
  const after = new Date(now - 86_400_000).toISOString();
  assert.deepEqual(askFor(choice, [], now), {
    around: { text: "2021", after },
    list: {
      text: "2021",
      after: new Date(now - 1000).toISOString(),
      before: new Date(now).toISOString(),
      state_types: ["FAILED", "RUNNING", "PENDING", "CANCELLING"],
    },
  });
});

test("should let no state out of the groups, and count each run in one", () => {
  const grouped = stateGroups.flatMap((group): readonly StateType[] => group.types);
  assert.deepEqual([...grouped].sort(), [...stateTypes].sort());
  assert.equal(countOf("running", { RUNNING: 2, PENDING: 3, FAILED: 9 }), 5);
  assert.deepEqual([...stackOrder].sort(), [...stateTypes].sort());
});

test("should take from what was kept what makes sense, and nothing else", () => {
  const first = firstChoice({ flow_name: "etl" });
  const choice = toggleState({ ...first, text: "x", range: "week", everywhere: true }, "failed");
  assert.deepEqual(readChoice(JSON.parse(JSON.stringify(choice)), first), choice);
  assert.deepEqual(toggleState(choice, "failed").states, []);
  fc.assert(
    fc.property(fc.anything(), (kept) => {
      const read = readChoice(kept, first);
      assert.equal(typeof askFor(read, [], now).list, "object");
    }),
  );
  assert.equal(readChoice({ span: { from: 5, to: 1 }, range: "never" }, first).span, null);
});

test("should call nothing a filter that shows which folder is looked at", () => {
  assert.equal(isFiltered({ ...firstChoice({}), everywhere: true }), false);
  const filtered = { ...firstChoice({ flow_name: "etl" }), text: "x", everywhere: true };
  assert.equal(isFiltered(filtered), true);
  assert.deepEqual(withoutFilters(filtered), { ...firstChoice({}), everywhere: true });
});

test("should cover any span with at most as many buckets as wanted, which begin at round times", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2e12 }),
      fc.integer({ min: 0, max: 400_000_000_000 }),
      fc.integer({ min: 8, max: 96 }),
      (from, length, wanted) => {
        const plan = planBuckets({ from, to: from + length }, wanted, 3_600_000);
        assert.ok(plan.buckets <= wanted, `${plan.buckets} of ${wanted}`);
        assert.ok(plan.start <= from && plan.end >= from + length);
        assert.equal(plan.end - plan.start, plan.buckets * plan.step);
        assert.equal((plan.start + 3_600_000) % plan.step, 0);
      },
    ),
  );
  assert.equal(planBuckets({ from: now - 86_400_000, to: now }, 49, 0).step, 1_800_000);
});

test("should show the round times that were asked for, though the answer's are a little off", () => {
  const plan = planBuckets({ from: now - 3 * 60_000, to: now }, 4, 0);
  const off = (ms: number) => new Date(ms + 1).toISOString();
  const buckets = Array.from({ length: plan.buckets }, (_, index) => ({
    ...bucket({ COMPLETED: index }),
    start: off(plan.start + index * plan.step),
    end: off(plan.start + (index + 1) * plan.step),
  }));
  const aligned = alignBuckets({ buckets, total: 1, counts: {} }, plan).buckets;
  assert.deepEqual(
    aligned.map(({ start }) => Date.parse(start)),
    buckets.map((_, index) => plan.start + index * plan.step),
  );
  assert.equal(Date.parse(aligned.at(-1)?.end ?? ""), plan.end);
  assert.deepEqual(aligned[1]?.counts, { COMPLETED: 1 });
  const other = { buckets: buckets.slice(1), total: 1, counts: {} };
  assert.equal(alignBuckets(other, plan), other);
});

test("should name a stretch of time as shortly as it can be told", () => {
  const at = (hour: number, minute = 0, day = 12) => new Date(2026, 10, day, hour, minute).getTime();
  assert.equal(spanLabel({ from: at(14), to: at(14, 30) }, "en-GB"), "12 Nov, 14:00 – 14:30");
  assert.equal(spanLabel({ from: at(0), to: at(0, 0, 13) }, "en-GB"), "12 Nov");
  assert.equal(spanLabel({ from: at(0), to: at(0, 0, 15) }, "en-GB"), "12 Nov – 14 Nov");
  assert.equal(axisLabel(at(0), 3_600_000, "en-GB"), "12 Nov");
  assert.equal(axisLabel(at(6), 3_600_000, "en-GB"), "06:00");
});

const bucket = (counts: HistoryBucket["counts"], median: number | null = null, index = 0): HistoryBucket => ({
  start: new Date(now + index * 60_000).toISOString(),
  end: new Date(now + (index + 1) * 60_000).toISOString(),
  counts,
  median_duration: median,
  longest_duration: median,
});

test("should stack each bucket within the chart, with every state that occurs to be seen", () => {
  const count = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 1_000_000 }));
  const counts = fc.record({ COMPLETED: count, FAILED: count, CRASHED: count, RUNNING: count });
  fc.assert(
    fc.property(
      fc.array(counts, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 300, max: 1600 }),
      (all, width) => {
        const layout = layOutChart(
          all.map((some, index) => bucket(some, null, index)),
          width,
        );
        for (const bar of layout.bars) {
          const some = all[bar.index] ?? { COMPLETED: 0, FAILED: 0, CRASHED: 0, RUNNING: 0 };
          assert.equal(bar.parts.length, Object.values(some).filter((value) => value > 0).length);
          assert.ok(bar.x >= chartSizes.left && bar.x + bar.width <= width - chartSizes.right + 1);
          for (const part of bar.parts) {
            assert.ok(part.height >= 1.99, `${part.type} ${part.height}`);
            assert.ok(
              part.y >= chartSizes.top - 0.01 && part.y + part.height <= chartSizes.top + chartSizes.bars + 0.01,
            );
          }
        }
        assert.ok(layout.mostRuns >= Math.max(...layout.bars.map((bar) => bar.total)));
      },
    ),
  );
});

test("should join the medians of neighbouring buckets only", () => {
  const layout = layOutChart(
    [1, 2, null, 4].map((median, index) => bucket({ COMPLETED: 1 }, median, index)),
    800,
  );
  assert.deepEqual(
    layout.lines.map((line) => line.map((point) => point.index)),
    [[0, 1], [3]],
  );
  const bottom = chartSizes.top + chartSizes.bars + chartSizes.gap;
  assert.equal(layout.lines[1]?.[0]?.y, bottom);
});

test("should find the bucket under the pointer", () => {
  const layout = layOutChart([bucket({}), bucket({})], 800);
  assert.deepEqual(
    [bucketAt(0, layout), bucketAt(60, layout), bucketAt(791, layout), bucketAt(795, layout)],
    [undefined, 0, 1, undefined],
  );
  assert.deepEqual([1, 3, 7, 10, 11, 4999, 5400].map(niceCeiling), [1, 3, 8, 10, 20, 5000, 6000]);
});

const ids = (runs: readonly FlowRun[]) => runs.map(({ id }) => id);

test("should keep runs newest first and once, however pages and live events come together", () => {
  let list = firstPage({ items: [run("e"), run("d")], next_cursor: "d" });
  list = addRuns(list, [run("f"), run("e"), run("a")], true);
  assert.deepEqual(ids(list.runs), ["f", "e", "d"], "a comes with its page");
  list = nextPage(list, { items: [run("d"), run("c")], next_cursor: null });
  assert.deepEqual([ids(list.runs), list.cursor], [["f", "e", "d", "c"], null]);
  list = addRuns(list, [run("b")], true);
  assert.deepEqual(ids(list.runs), ["f", "e", "d", "c", "b"]);
});

test("should let new runs wait while the top of the list is out of sight", () => {
  let list = addRuns(firstPage({ items: [run("a")], next_cursor: null }), [run("b"), run("c")], false);
  list = addRuns(list, [run("c"), run("d")], false);
  assert.deepEqual([ids(list.runs), ids(list.waiting)], [["a"], ["d", "c", "b"]]);
  assert.deepEqual(ids(showWaiting(list).runs), ["d", "c", "b", "a"]);
  assert.deepEqual(ids(removeRun(list, "c").waiting), ["d", "b"]);
  assert.equal(removeRun(emptyList, "x").runs, emptyList.runs);
});

test("should show a run that changed in its place, and drop it when its state is no longer asked for", () => {
  const list = firstPage({ items: [run("b", { state_type: "RUNNING" }), run("a")], next_cursor: null });
  const changed = new Map([
    ["b", run("b")],
    ["z", run("z")],
  ]);
  const after = updateRuns(list, changed);
  assert.deepEqual([after.unknown, after.list.runs[0]?.state_type], [["z"], "COMPLETED"]);
  assert.deepEqual(ids(keepStates(list, ["COMPLETED"]).runs), ["a"]);
  assert.equal(keepStates(list, undefined), list);
});

test("should offer for each state what can be done with it, and nothing without trust", () => {
  assert.deepEqual(rowActions("FAILED", true), ["resume", "again"]);
  assert.deepEqual(rowActions("RUNNING", true), ["cancel"]);
  assert.deepEqual(rowActions("PAUSED", true), ["continue", "cancel"]);
  assert.deepEqual(rowActions("CANCELLING", true), []);
  for (const type of stateTypes) assert.deepEqual(rowActions(type, false), []);
});

test("should tell a row in words: parameters short, task runs with trouble first, how it was started", () => {
  assert.equal(
    parametersText({ year: 2021, months: [1, 2], note: "x".repeat(40) }),
    `year=2021 months=[1,2] note=${"x".repeat(23)}…`,
  );
  assert.equal(parametersText({ text: "two\nlines" }), "text=two lines");
  const many = run("m", {
    parameters: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`key${index}`, 1])),
  });
  assert.ok(rowLabel(many, "2m ago", "1s").length < 150);
  const failed = run("a", {
    task_run_counts: { COMPLETED: 3, FAILED: 1 },
    created_by: "cli",
    state_type: "FAILED",
    state_name: "TimedOut",
  });
  assert.equal(taskCountsText(failed), "1 failed, 3 completed");
  assert.equal(
    rowLabel(failed, "2m ago", "1.2s"),
    "Timed out: etl, run-a, started 2m ago, 1.2s, 1 failed, 3 completed",
  );
  assert.deepEqual(
    [
      triggerText(failed),
      triggerText(run("b", { parent_flow_run_id: "a" })),
      triggerText(run("c", { created_by: "robot" })),
    ],
    ["terminal", "subflow", "robot"],
  );
});

test("should lead through the grid by keys, and say what a cell means", () => {
  const cell = {
    flow_run_id: "b",
    task_key: "t1",
    state_type: "FAILED" as const,
    state_name: "Failed" as const,
    count: 500,
    failed: 3,
    duration: 12,
    task_run_id: "x",
  };
  const grid = {
    runs: [run("b"), run("a")],
    tasks: [
      { task_key: "t1", name: "fetch" },
      { task_key: "t2", name: "load" },
    ],
    cells: [cell],
  };
  const model = gridModel(grid);
  assert.equal(model.cell({ row: 0, column: 0 }), cell);
  assert.equal(model.cell({ row: 1, column: 0 }), undefined);
  const at = { row: 0, column: 0 };
  assert.deepEqual(moveInGrid("ArrowDown", at, model), { row: 1, column: 0 });
  assert.deepEqual(moveInGrid("End", at, model, true), { row: 1, column: 1 });
  assert.deepEqual(moveInGrid("ArrowUp", at, model), at);
  assert.equal(moveInGrid("a", at, model), undefined);
  assert.equal(cellTitle("fetch", cell), "fetch: Failed, 3 of 500 failed, 12.0s");
  assert.equal(cellTitle("load", undefined), "load: did not run");
});
