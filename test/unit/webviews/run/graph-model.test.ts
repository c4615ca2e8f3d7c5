import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { TaskRun } from "../../../../runtime/protocol/api.ts";
import { layoutGraph } from "../../../../webviews/layout/graph.ts";
import { countsInWords, lookOf, summarize } from "../../../../webviews/run/graph/looks.ts";
import { buildRunGraph, loopLimit, type RunGraph, usualName } from "../../../../webviews/run/graph/model.ts";
import { at, runId, sampleTask, taskId } from "./samples.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
/** One after the other, ten milliseconds each. */
const inTurn = (number: number, more: Partial<TaskRun> = {}): TaskRun =>
  sampleTask(number, { start_time: at(number * 10), end_time: at(number * 10 + 10), task_key: `k${number}`, ...more });
const edgesOf = ({ input }: RunGraph): string[] =>
  input.edges.map(({ from, to, kind }) => `${from.slice(-2)} ${kind} ${to.slice(-2)}`);
const labels = ({ boxes }: RunGraph): string[] => [...boxes.values()].map(({ label }) => label);

describe("buildRunGraph", () => {
  it("should make a box of each task and an edge of each value that is handed on", () => {
    const graph = buildRunGraph([inTurn(0), inTurn(1), inTurn(2, { task_inputs: [taskId(0), "unknown"] })], runId, {});
    assert.equal(graph.boxes.size, 3);
    assert.deepEqual(edgesOf(graph), ["01 data 03", "01 order 02"]);
  });

  it("should show a map as one box, and its items when it is opened", () => {
    const item = (index: number) =>
      sampleTask(index + 1, { map_id: "m", map_index: index, name: `fetch-${index}`, dynamic_key: String(index) });
    const tasks = [sampleTask(0, { task_key: "list" }), ...range(3).map(item)];
    const closed = buildRunGraph(tasks, runId, {});
    const map = closed.boxes.get("map::m");
    assert.deepEqual([map?.kind, map?.label, map?.many, map?.members.length], ["map", "fetch", true, 3]);
    assert.deepEqual([closed.boxes.size, closed.boxOf.get(taskId(2))], [2, "map::m"]);
    const opened = buildRunGraph(tasks, runId, { "map::m": true });
    assert.deepEqual([opened.boxes.size, opened.boxOf.get(taskId(2))], [5, taskId(2)]);
    assert.equal(opened.boxes.get(taskId(2))?.parent, "map::m");
  });

  it("should show a call in a loop as one box once it was made often", () => {
    const calls = (count: number) => range(count).map((number) => inTurn(number, { task_key: "load" }));
    assert.equal(buildRunGraph(calls(loopLimit - 1), runId, {}).boxes.size, loopLimit - 1);
    const [loop] = buildRunGraph(calls(loopLimit), runId, {}).boxes.values();
    assert.deepEqual([loop?.kind, loop?.members.length], ["loop", loopLimit]);
  });

  it("should tell calls of one task at two places in the code apart", () => {
    const source = (line: number) => ({ file: "/etl.ts", line, column: 1 });
    const calls = range(2 * loopLimit).map((number) =>
      inTurn(number, { task_key: "load", source: source(number < loopLimit ? 3 : 9) }),
    );
    assert.equal(buildRunGraph(calls, runId, {}).boxes.size, 2);
  });

  it("should put the tasks of a subflow into its box, and count them on it when it is closed", () => {
    const tasks = [
      inTurn(0, { child_flow_run_id: "child", name: "load-0", dynamic_key: "0" }),
      inTurn(1, { flow_run_id: "child" }),
      inTurn(2, { flow_run_id: "child" }),
    ];
    const graph = buildRunGraph(tasks, runId, {});
    assert.deepEqual(
      [...graph.boxes.values()].map(({ kind, parent, group }) => [kind, parent, group]),
      [
        ["subflow", null, true],
        ["task", taskId(0), false],
        ["task", taskId(0), false],
      ],
    );
    assert.deepEqual(edgesOf(graph), ["02 order 03"]);
    const closed = buildRunGraph(tasks, runId, { [taskId(0)]: false });
    assert.deepEqual(closed.boxes.get(taskId(0))?.members, [taskId(1), taskId(2)]);
    assert.equal(closed.boxOf.get(taskId(2)), taskId(0));
  });

  it("should put tasks that a task called into its box", () => {
    const graph = buildRunGraph([inTurn(0), inTurn(1, { parent_task_run_id: taskId(0) })], runId, {});
    assert.equal(graph.boxes.get(taskId(1))?.parent, taskId(0));
  });

  it("should keep the order of time, so that a loop reads downwards", () => {
    const tasks = range(6).map((number) => inTurn(number, { task_key: number % 2 === 0 ? "read" : "store" }));
    const graph = buildRunGraph(tasks, runId, {});
    const { boxes } = layoutGraph(graph.input);
    const tops = tasks.map(({ id }) => boxes.get(id)?.y ?? 0);
    assert.deepEqual(
      tops,
      [...new Set(tops)].sort((left, right) => left - right),
    );
  });

  it("should draw the order that most calls have between two loops", () => {
    // Two chains side by side: a parse begins when the other chain's read has just ended, now and then.
    const tasks = range(20).flatMap((round) => {
      const source = (line: number) => ({ source: { file: "/a.ts", line, column: 1 } });
      const read = inTurn(3 * round, { task_key: "read", ...source(1) });
      const parse = inTurn(3 * round + 1, { task_key: "parse", ...source(2) });
      const store = inTurn(3 * round + 2, { task_key: "store", ...source(3) });
      return round % 5 === 4 ? [read, store] : [read, parse, store];
    });
    const graph = buildRunGraph(tasks, runId, {});
    const name = (id: string): string => id.split(":")[2]?.split("@")[0] ?? id;
    const { edges } = layoutGraph(graph.input);
    assert.deepEqual(
      edges.map(({ from, to }) => `${name(from)} → ${name(to)}`),
      ["read → parse", "parse → store"],
    );
  });

  it("should leave the number off a name that needs none", () => {
    assert.equal(usualName({ name: "fetch-0", dynamic_key: "0" }), "fetch");
    assert.equal(usualName({ name: "month 3", dynamic_key: "3" }), "month 3");
    const two = [inTurn(0, { name: "a-0", task_key: "a" }), inTurn(1, { name: "a-1", task_key: "a" })];
    assert.deepEqual(labels(buildRunGraph(two, runId, {})), ["a-0", "a-1"]);
    assert.deepEqual(labels(buildRunGraph(two.slice(0, 1), runId, {})), ["a"]);
  });

  it("should place every task in one box, and every box in one that is there, whatever refers to what", () => {
    const someId = fc.option(fc.nat(30).map(taskId), { nil: null });
    const someTask = fc.record({
      parent_task_run_id: someId,
      child_flow_run_id: fc.constantFrom(null, "f1", "f2"),
      flow_run_id: fc.constantFrom(runId, "f1", "f2", "f3"),
      map_id: fc.constantFrom(null, null, "m"),
      task_key: fc.constantFrom("a", "b"),
      task_inputs: fc.array(fc.nat(30).map(taskId), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(someTask, { maxLength: 30 }), fc.boolean(), (given, open) => {
        const tasks = given.map((more, number) => inTurn(number, more));
        const closed = buildRunGraph(tasks, runId, {});
        const opened = Object.fromEntries([...closed.boxes.keys()].map((id) => [id, open]));
        for (const graph of [closed, buildRunGraph(tasks, runId, opened)]) {
          for (const { id } of tasks) assert.ok(graph.boxes.has(graph.boxOf.get(id) ?? ""), `${id} has a box`);
          for (const { parent } of graph.boxes.values()) {
            assert.ok(parent === null || graph.boxes.get(parent)?.group === true);
          }
          assert.equal(layoutGraph(graph.input).boxes.size, graph.boxes.size);
        }
      }),
    );
  });
});

describe("looks of boxes", () => {
  const look = (tasks: readonly TaskRun[]) => {
    const graph = buildRunGraph(tasks, runId, {});
    const [box] = graph.boxes.values();
    assert.ok(box);
    const members = box.members.flatMap((id) => tasks.find((task) => task.id === id) ?? []);
    return lookOf(
      box,
      tasks.find(({ id }) => id === box.taskRunId),
      members,
    );
  };

  it("should tell a task's state and time, and the state in words where it is none of the usual", () => {
    const done = look([inTurn(0, { name: "fetch-0", total_run_time: 1.24 })]);
    assert.deepEqual([done.detail, done.name], ["1.2s", "fetch, 1.2s, Completed"]);
    const cached = look([sampleTask(0, { start_time: null }, { name: "Cached" })]);
    assert.equal(cached.detail, "Cached");
    const retrying = look([
      sampleTask(0, { run_count: 2, total_run_time: 3 }, { type: "RUNNING", name: "Retrying", at: 5000 }),
    ]);
    assert.equal(retrying.detail, "Retrying · attempt 2");
    assert.equal(retrying.since, Date.parse(at(2000)), "the time before this attempt counts too");
  });

  it("should tell counts of a map, the worst first", () => {
    const item = (index: number, type: "COMPLETED" | "FAILED" | "RUNNING") =>
      sampleTask(index, { map_id: "m", end_time: type === "RUNNING" ? null : at(50) }, { type });
    const going = look([item(0, "COMPLETED"), item(1, "FAILED"), item(2, "RUNNING")]);
    assert.deepEqual([going.count, going.detail, going.icon, going.active], ["×3", "1 done · 1 failed", "error", true]);
    assert.equal(going.name, "task, ×3, 1 done, 1 failed, 3 task runs, Failed: 1 failed, 1 running, 1 completed");
    const done = look([item(0, "COMPLETED"), item(1, "COMPLETED")]);
    assert.deepEqual([done.count, done.detail], ["×2", "50ms"]);
  });

  it("should tell how many calls a map will have, as soon as it has the first", () => {
    const item = (index: number, type: "COMPLETED" | "RUNNING") =>
      sampleTask(index, { map_id: "m", map_size: 500, end_time: type === "RUNNING" ? null : at(50) }, { type });
    const going = look([item(0, "COMPLETED"), item(1, "RUNNING")]);
    assert.deepEqual([going.count, going.detail], ["×500", "1 of 500 done"]);
    const paused = look([item(0, "COMPLETED"), item(1, "COMPLETED")]);
    assert.match(paused.detail, /^2 of 500 done/);
  });

  it("should count every task run once", () => {
    const summary = summarize([
      sampleTask(0, {}, { name: "Cached" }),
      sampleTask(1, {}, { type: "FAILED" }),
      sampleTask(2, {}, { type: "SCHEDULED", name: "AwaitingRetry" }),
    ]);
    assert.deepEqual([summary.total, summary.done, summary.bad, summary.cached], [3, 2, 1, 1]);
    assert.equal(countsInWords(summary), "1 failed, 1 waiting, 1 completed");
  });
});
