import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { historyOf, historySteps } from "../../../runtime/orchestrator/history/buckets.ts";
import { gridOf } from "../../../runtime/orchestrator/history/grid.ts";
import { lastCalls } from "../../../runtime/orchestrator/history/last-calls.ts";
import type { RunFacts, TaskGroup } from "../../../runtime/orchestrator/index/store.ts";
import { timelineOf } from "../../../runtime/orchestrator/runs/timeline.ts";
import type { ApiState, FlowRun } from "../../../runtime/protocol/api.ts";
import { isoTime } from "../../../runtime/protocol/fold/views.ts";
import type { StateName, StateType } from "../../../runtime/protocol/states.ts";

const facts = fc.array(
  fc.record({
    created: fc.integer({ min: 1000, max: 5000 }),
    state_type: fc.constantFrom<StateType>("COMPLETED", "FAILED", "RUNNING"),
    duration: fc.nat(100),
  }),
  { maxLength: 60 },
);

test("should count every run of the range in exactly one bucket, and order the buckets without gaps", () => {
  const bound = fc.option(fc.integer({ min: 0, max: 6000 }), { nil: undefined });
  fc.assert(
    fc.property(facts, bound, bound, fc.integer({ min: 1, max: 400 }), (runs, start, end, buckets) => {
      const history = historyOf(runs, { start, end, buckets });
      const from = start ?? Math.min(...runs.map(({ created }) => created));
      const to = Math.max(from, end ?? Math.max(...runs.map(({ created }) => created)));
      const within = runs.filter(({ created }) => created >= from && created <= to);
      assert.equal(history.total, runs.length === 0 ? 0 : within.length);
      const sum = (type: StateType) => history.buckets.reduce((all, { counts }) => all + (counts[type] ?? 0), 0);
      for (const type of ["COMPLETED", "FAILED", "RUNNING"] as const) {
        assert.equal(sum(type), within.filter(({ state_type }) => state_type === type).length);
        assert.equal(history.counts[type] ?? 0, sum(type));
      }
      for (const [place, bucket] of history.buckets.entries()) {
        assert.ok(bucket.start <= bucket.end);
        if (place > 0) assert.equal(bucket.start, history.buckets[place - 1]?.end);
      }
      const first = history.buckets[0];
      if (first !== undefined) assert.equal(Date.parse(first.start), from);
    }),
  );
});

test("should end buckets where the range divides, and count a run in the bucket that holds it", () => {
  const [start, day] = [Date.parse("2026-11-01T00:00:00Z"), 86_400_000];
  const at = (created: number): RunFacts => ({ created, state_type: "COMPLETED", duration: 1 });
  const { buckets } = historyOf([at(start + day - 1), at(start + day), at(start + 20 * day)], {
    start,
    end: start + 20 * day,
    buckets: 20,
  });
  assert.deepEqual(
    buckets.map((bucket) => bucket.end),
    buckets.map((_, place) => isoTime(start + (place + 1) * day)),
  );
  assert.deepEqual(
    buckets.map(({ counts }) => counts.COMPLETED ?? 0),
    [1, 1, ...Array.from({ length: 17 }, () => 0), 1],
  );
  fc.assert(
    fc.property(facts, fc.integer({ min: 1, max: 400 }), (runs, count) => {
      for (const { created } of runs) {
        const history = historyOf([at(created)], { start: 1000, end: 5000, buckets: count });
        const holds = history.buckets.findIndex(({ counts }) => counts.COMPLETED === 1);
        const bucket = history.buckets[holds];
        assert.ok(bucket !== undefined && isoTime(created) >= bucket.start);
        assert.ok(isoTime(created) < bucket.end || holds === count - 1);
      }
    }),
    { numRuns: 30 },
  );
});

test("should pause between counting and sorting many runs", () => {
  const many = Array.from(
    { length: 50_000 },
    (_, n): RunFacts => ({
      created: n % 1000,
      state_type: "COMPLETED",
      duration: n,
    }),
  );
  const steps = historySteps(many, { buckets: 10 });
  let pauses = 0;
  while (steps.next().done !== true) pauses++;
  assert.ok(pauses >= 9, `${pauses} pauses`);
});

test("should tell median and longest duration of the runs that have ended", () => {
  const run = (duration: number, state_type: StateType = "COMPLETED"): RunFacts => ({
    created: 0,
    state_type,
    duration,
  });
  const of = (...runs: RunFacts[]) => historyOf(runs, { buckets: 1 }).buckets[0];
  assert.deepEqual(
    [of(run(3), run(1), run(10))?.median_duration, of(run(3), run(1), run(10))?.longest_duration],
    [3, 10],
  );
  assert.equal(of(run(3), run(1))?.median_duration, 2);
  assert.equal(of(run(3, "RUNNING"))?.median_duration, null);
  assert.deepEqual(historyOf([], { buckets: 5 }), { buckets: [], total: 0, counts: {} });
});

function group(task_key: string, state: readonly [StateType, StateName], count = 1, line = 1): TaskGroup {
  const source = { file: "/w/etl.ts", line, column: 3 };
  const [state_type, state_name] = state;
  return { task_key, source, state_type, state_name, count, duration: count, task_run_id: `${task_key}-${state_name}` };
}

const run = (id: string): FlowRun => Object.assign({}, { id }) as FlowRun;
const completed = ["COMPLETED", "Completed"] as const;

test("should show the worst state of a task's runs in a cell, and place tasks that only old runs have behind their neighbours", () => {
  const grid = gridOf([
    {
      run: run("new"),
      groups: [group("fetch", completed, 9), group("fetch", ["FAILED", "Failed"], 2), group("load", completed)],
    },
    {
      run: run("old"),
      groups: [group("fetch", ["COMPLETED", "Cached"]), group("clean", completed), group("load", completed)],
    },
  ]);
  assert.deepEqual(
    grid.tasks.map(({ task_key }) => task_key),
    ["fetch", "clean", "load"],
  );
  assert.deepEqual(grid.cells[0], {
    flow_run_id: "new",
    task_key: "fetch",
    state_type: "FAILED",
    state_name: "Failed",
    count: 11,
    failed: 2,
    duration: 11,
    task_run_id: "fetch-Failed",
  });
  assert.equal(grid.cells.length, 5);
});

test("should show a call as the newest run through it left it", () => {
  const calls = lastCalls(
    [
      { flow_run_id: "new", source_hash: "h1", groups: [group("fetch", completed, 2, 7)] },
      {
        flow_run_id: "old",
        source_hash: "h2",
        groups: [group("fetch", ["FAILED", "Failed"], 1, 7), group("load", completed, 1, 3)],
      },
      { flow_run_id: "none", source_hash: null, groups: [{ ...group("x", completed), source: null }] },
    ],
    (file) => file === "/w/etl.ts",
  );
  assert.deepEqual(
    calls.map(({ line, name, flow_run_id, state_type, count, source_hash }) => [
      line,
      name,
      flow_run_id,
      state_type,
      count,
      source_hash,
    ]),
    [
      [3, "load", "old", "COMPLETED", 1, "h2"],
      [7, "fetch", "new", "COMPLETED", 2, "h1"],
    ],
  );
});

test("should cut a task run's time into spans, and count attempts by their beginnings", () => {
  const state = (type: StateType, name: StateName, at: number): ApiState => ({
    type,
    name,
    timestamp: isoTime(at),
    message: null,
    state_details: {},
  });
  const spans = timelineOf([
    state("SCHEDULED", "AwaitingConcurrencySlot", 10),
    state("RUNNING", "Running", 20),
    state("SCHEDULED", "AwaitingRetry", 30),
    state("RUNNING", "Retrying", 40),
    state("COMPLETED", "Completed", 35),
  ]);
  assert.deepEqual(
    spans.map(({ state_name, from, to, attempt }) => [state_name, from, to, attempt]),
    [
      ["AwaitingConcurrencySlot", 10, 20, 0],
      ["Running", 20, 30, 1],
      ["AwaitingRetry", 30, 40, 1],
      ["Retrying", 40, 40, 2],
      ["Completed", 40, 40, 2],
    ],
  );
  assert.equal(timelineOf([state("RUNNING", "Running", 5)])[0]?.to, null);
});
