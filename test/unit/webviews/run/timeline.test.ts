import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { TaskRun } from "../../../../runtime/protocol/api.ts";
import type { TimelineSpan } from "../../../../runtime/protocol/editor-api.ts";
import { buildRunGraph } from "../../../../webviews/run/graph/model.ts";
import { manyBars, rowInWords, taskBars } from "../../../../webviews/run/timeline/bars.ts";
import { timelineRows } from "../../../../webviews/run/timeline/rows.ts";
import { moveWindow, placeBar, ticks, wholeWindow, zoomWindow } from "../../../../webviews/run/timeline/scale.ts";
import { spansNow } from "../../../../webviews/run/timeline/spans.ts";
import { at, runId, sampleTask, start, taskId } from "./samples.ts";

const span = (state_name: TimelineSpan["state_name"], from: number, to: number | null, attempt = 1): TimelineSpan => ({
  state_type:
    state_name === "Running" || state_name === "Retrying"
      ? "RUNNING"
      : state_name === "Completed"
        ? "COMPLETED"
        : "SCHEDULED",
  state_name,
  from: start + from,
  to: to === null ? null : start + to,
  attempt,
});
const told = (spans: readonly TimelineSpan[]) =>
  spans.map(({ state_name, from, to }) => [state_name, from - start, to === null ? null : to - start]);
const running = (time: number, more: Partial<TaskRun> = {}) => sampleTask(0, more, { type: "RUNNING", at: time });

describe("spansNow", () => {
  it("should end with the present state what was read before it", () => {
    const read = [span("Running", 0, null)];
    const waiting = sampleTask(0, {}, { type: "SCHEDULED", name: "AwaitingRetry", at: 50 });
    assert.deepEqual(told(spansNow(read, waiting)), [
      ["Running", 0, 50],
      ["AwaitingRetry", 50, null],
    ]);
    const ended = sampleTask(0, { end_time: at(70) }, { type: "COMPLETED", at: 70 });
    assert.deepEqual(told(spansNow(read, ended)), [["Running", 0, 70]]);
  });

  it("should leave what was read as it is when it is as new or newer", () => {
    const read = [span("Running", 0, null)];
    assert.equal(told(spansNow(read, running(0))).length, 1);
    assert.equal(told(spansNow([span("Running", 0, 10), span("AwaitingRetry", 10, null)], running(0))).length, 2);
  });

  it("should make do with the task run where nothing was read yet", () => {
    assert.deepEqual(told(spansNow(undefined, running(20, { start_time: at(20) }))), [["Running", 20, null]]);
    const ended = sampleTask(0, { start_time: at(5), end_time: at(9) }, { type: "COMPLETED", at: 9 });
    assert.deepEqual(told(spansNow(undefined, ended)), [["Running", 5, 9]]);
    const cached = sampleTask(0, { start_time: null }, { name: "Cached", at: 9 });
    assert.deepEqual(spansNow(undefined, cached), []);
  });
});

describe("taskBars", () => {
  it("should draw a failed attempt, the wait and the one that did it", () => {
    const read = [span("Running", 0, 30), span("AwaitingRetry", 30, 80), span("Retrying", 80, 100, 2)];
    const task = sampleTask(0, { end_time: at(100), run_count: 2 }, { type: "COMPLETED", at: 100 });
    assert.deepEqual(
      taskBars(task, read).map(({ kind, tone, title }) => [kind, tone, title]),
      [
        ["run", "state-failed", "Attempt 1: Failed · 30ms"],
        ["wait", "state-retry", "Waiting to retry · 50ms"],
        ["run", "state-completed", "Attempt 2: Completed · 20ms"],
      ],
    );
  });

  it("should draw a mark for a task that took no time, as one from the cache", () => {
    const [bar] = taskBars(sampleTask(0, { start_time: null }, { name: "Cached", at: 7 }), undefined);
    assert.deepEqual([bar?.from, bar?.to, bar?.title], [start + 7, start + 7, "Cached"]);
  });

  it("should leave the bar of a running task open", () => {
    assert.deepEqual(
      taskBars(running(0), undefined).map(({ to, tone }) => [to, tone]),
      [[null, "state-running"]],
    );
  });
});

describe("manyBars", () => {
  const item = (number: number, type: "COMPLETED" | "FAILED" = "COMPLETED") =>
    sampleTask(number, { start_time: at(number), end_time: at(number + 1) }, { type });

  it("should draw each member of few, and of many the whole with those that failed", () => {
    assert.equal(manyBars([item(0), item(1)]).length, 2);
    const many = manyBars(
      Array.from({ length: 200 }, (_, number) => item(number, number === 50 ? "FAILED" : "COMPLETED")),
    );
    assert.deepEqual(
      many.map(({ from, to, tone }) => [from - start, (to ?? 0) - start, tone]),
      [
        [0, 200, "state-completed"],
        [50, 51, "state-failed"],
      ],
    );
  });

  it("should pass over members that never began", () => {
    assert.deepEqual(manyBars([sampleTask(0, { start_time: null }, { type: "PENDING" })]), []);
  });
});

describe("timelineRows", () => {
  it("should put what is inside below what it is in, indented", () => {
    const tasks = [
      sampleTask(0, { child_flow_run_id: "child", task_key: "sub" }),
      sampleTask(1, { flow_run_id: "child", task_key: "in" }),
      sampleTask(2, { task_key: "after" }),
    ];
    const rows = (opened: Record<string, boolean>) => timelineRows(buildRunGraph(tasks, runId, opened));
    assert.deepEqual(
      rows({}).map(({ box, depth }) => [box.taskRunId, depth]),
      [
        [taskId(0), 0],
        [taskId(1), 1],
        [taskId(2), 0],
      ],
    );
    assert.equal(rows({ [taskId(0)]: false }).length, 2);
  });

  it("should tell a screen reader when and how long", () => {
    const task = running(10, { start_time: at(10) });
    const words = rowInWords("load", task, taskBars(task, undefined), start);
    assert.equal(words, "load: Running, begins 10ms after the start, goes on");
    assert.equal(rowInWords("load", undefined, [], start), "load: not begun");
  });
});

describe("scale", () => {
  const whole = wholeWindow(1000, 2000, false);
  const moments = fc.integer({ min: 900, max: 2200 });

  it("should keep the moment under the mouse where it is, and never leave the run", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (by, share) => {
          const near = zoomWindow(whole, by, share, whole);
          assert.ok(near.from >= whole.from - 1e-6 && near.to <= whole.to + 1e-6 && near.to - near.from >= 19.9);
          const before = whole.from + (whole.to - whole.from) * share;
          if (by > 1) assert.ok(Math.abs(near.from + (near.to - near.from) * share - before) < 1e-6 * 1e4);
          const moved = moveWindow(near, 500, whole);
          assert.ok(moved.to <= whole.to + 1e-6 && Math.abs(moved.to - moved.from - (near.to - near.from)) < 1e-6);
        },
      ),
    );
  });

  it("should place a bar within what is seen, wide enough to be hit", () => {
    fc.assert(
      fc.property(moments, moments, (one, other) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const bar = placeBar(from, to, whole, 400);
        if (bar === null) return assert.ok(to < whole.from || from > whole.to);
        assert.ok(bar.left >= 0 && bar.left + bar.width <= 100 + 1e-9 && bar.width >= 0.5 - 1e-9);
      }),
    );
  });

  it("should set ticks at round times that do not touch", () => {
    assert.deepEqual(
      ticks({ from: 0, to: 10_000 }, 0, 800).map(({ label }) => label),
      ["0", "1s", "2s", "3s", "4s", "5s", "6s", "7s", "8s", "9s", "10s"],
    );
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 10 ** 9 }), fc.integer({ min: 100, max: 3000 }), (length, width) => {
        const found = ticks({ from: 0, to: length }, 0, width);
        found.forEach((tick, place) => {
          const next = found[place + 1];
          if (next !== undefined) assert.ok(((next.at - tick.at) / length) * width >= 79);
        });
      }),
    );
    assert.deepEqual(ticks({ from: 0, to: 10 }, 0, 0), []);
  });
});
