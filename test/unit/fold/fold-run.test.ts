import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRunFolder, foldRun } from "../../../runtime/protocol/fold/index.ts";
import type { ArtifactRecord } from "../../../runtime/protocol/records.ts";
import { makeState, type StateType, stateTypes } from "../../../runtime/protocol/states.ts";
import { idAt, type Story, start, tell, tellRun } from "../index/story.ts";

const view = (story: Story) => foldRun(story.runId, story.records);
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

test("should keep start, end and time in RUNNING as Prefect does", () => {
  const story = tell();
  story.flowRun();
  story.flowState("RUNNING", { at: start + 1000, run_count: 1 });
  story.flowState("PAUSED", { at: start + 3000 });
  story.flowState("RUNNING", { at: start + 9000 });
  assert.equal(view(story).flowRun?.end_time, null);
  story.flowState("COMPLETED", { at: start + 10_500 });
  const run = view(story).flowRun;
  assert.equal(run?.created, iso(start));
  assert.equal(run?.start_time, iso(start + 1000));
  assert.equal(run?.end_time, iso(start + 10_500));
  assert.equal(run?.total_run_time, 3.5);
  assert.equal(run?.run_count, 1, "a run that goes on after a pause is no new attempt");
});

test("should know which Node ran it last, and where a cached result came from", () => {
  const story = tell();
  story.flowRun({ node: "v22.1.0" });
  story.flowState("RUNNING", { run_count: 1 });
  const task = story.taskRun();
  const cached_from = { flow_run_id: "run", task_run_id: "task" };
  const state = makeState("COMPLETED", story.now, {
    name: "Cached",
    details: { cache_key: "k", cache_expiration: start },
  });
  story.add({ kind: "task-run-state", id: task, state, cached_from });
  story.flowState("FAILED");
  assert.equal(view(story).flowRun?.node_version, "v22.1.0");
  assert.deepEqual(view(story).taskRuns[0]?.state.state_details, {
    cache_key: "k",
    cache_expiration: iso(start),
    cached_from,
  });
  story.segment("verdict");
  assert.equal(view(story).flowRun?.node_version, "v22.1.0");
  story.segment("resume");
  assert.equal(view(story).flowRun?.node_version, "v22");
});

test("should know the size of a map from its first item on", () => {
  const story = tell();
  story.flowRun();
  story.taskRun({ map: { id: "load.1", index: 3, size: 500 } });
  story.taskRun();
  assert.partialDeepStrictEqual(view(story).taskRuns, [
    { map_id: "load.1", map_index: 3, map_size: 500 },
    { map_id: null, map_index: null, map_size: null },
  ]);
});

test("should know the Node of a run's first execution too, when the run was asked for elsewhere", () => {
  const story = tell();
  story.flowRun();
  assert.equal(view(story).flowRun?.node_version, null);
  story.flowRun({ node: "v22.1.0" });
  assert.equal(view(story).flowRun?.node_version, "v22.1.0");
  story.flowRun();
  assert.equal(view(story).flowRun?.node_version, "v22.1.0");
});

test("should say that a run which never ran started when it ended", () => {
  const story = tell();
  story.flowRun();
  story.flowState("CANCELLED", { at: start + 500 });
  const run = view(story).flowRun;
  assert.equal(run?.start_time, iso(start + 500));
  assert.equal(run?.end_time, iso(start + 500));
  assert.equal(run?.total_run_time, 0);
});

test("should take the end back when a resume leaves the final state, and keep the first start", () => {
  const story = tellRun(start, {}, 1, "FAILED");
  const first = view(story).flowRun;
  story.segment("resume");
  story.flowRun();
  story.flowState("RUNNING", { at: start + 60_000, run_count: 2, name: "Rerunning" });
  const running = view(story).flowRun;
  assert.equal(running?.end_time, null);
  assert.equal(running?.start_time, first?.start_time);
  assert.equal(running?.run_count, 2);
  assert.equal(running?.created, first?.created);
  story.flowState("COMPLETED", { at: start + 61_000 });
  assert.equal(view(story).flowRun?.total_run_time, (first?.total_run_time ?? 0) + 1);
});

test("should not count the time between the death of a process that nobody wrote down and the resume", () => {
  const story = tell();
  story.segment();
  story.flowRun();
  story.flowState("RUNNING", { at: start + 1000, run_count: 1 });
  const task = story.taskRun({ at: start + 1000, state: makeState("RUNNING", start + 1000) });
  story.segment("resume", { segment: 1, length: 100, at: start + 3000 });
  story.flowState("RUNNING", { at: start + 600_000, run_count: 2, name: "Rerunning" });
  story.flowState("COMPLETED", { at: start + 601_000 });
  const told = view(story);
  assert.equal(told.flowRun?.total_run_time, 3);
  assert.equal(told.flowRun?.end_time, iso(start + 601_000));
  assert.equal(told.taskRun(task)?.total_run_time, 2);
  assert.deepEqual(
    told.states(story.runId).map(({ name }) => name),
    ["Pending", "Running", "Rerunning", "Completed"],
  );
});

test("should count the attempts of a task and show why it waits for the next", () => {
  const story = tell();
  story.flowRun();
  const task = story.taskRun();
  const error = { name: "Error", message: "no route" };
  story.add({
    kind: "task-run-state",
    id: task,
    run_count: 1,
    error,
    state: makeState("SCHEDULED", story.now, { name: "AwaitingRetry", details: { scheduled_time: start + 9000 } }),
  });
  const waiting = view(story).taskRuns[0];
  assert.equal(waiting?.state_name, "AwaitingRetry");
  assert.deepEqual(waiting?.error, error);
  assert.deepEqual(waiting?.state.state_details, { scheduled_time: iso(start + 9000) });
  story.taskState(task, "RUNNING", { name: "Retrying", run_count: 2 });
  assert.equal(view(story).taskRuns[0]?.error, null);
  story.taskState(task, "COMPLETED", { run_count: 2 });
  assert.equal(view(story).taskRuns[0]?.run_count, 2);
  assert.deepEqual(
    view(story)
      .states(task)
      .map(({ name }) => name),
    ["Running", "AwaitingRetry", "Retrying", "Completed"],
  );
});

test("should count a flow run's own task runs by state", () => {
  const story = tell();
  story.flowRun();
  const [one, two] = [story.taskRun(), story.taskRun()];
  const subflow = story.flowRun({ id: idAt(start), parent_flow_run_id: story.runId, parent_task_run_id: two });
  story.taskState(story.taskRun({ flow_run_id: subflow }), "COMPLETED");
  story.taskState(one, "FAILED");
  assert.deepEqual(view(story).flowRun?.task_run_counts, { FAILED: 1, RUNNING: 1 });
  assert.deepEqual(view(story).subflowRuns[0]?.task_run_counts, { COMPLETED: 1 });
});

test("should show a subflow's state on the task run that stands for it", () => {
  const story = tell();
  story.flowRun();
  const task = story.taskRun({ name: "child" });
  const subflow = story.flowRun({ id: idAt(start), parent_flow_run_id: story.runId, parent_task_run_id: task });
  story.flowState("RUNNING", { run_count: 1 }, subflow);
  story.flowState("FAILED", { message: "no" }, subflow);
  assert.equal(view(story).taskRun(task)?.state.message, "no", "also when its own record never comes");
  story.taskState(task, "FAILED", { message: "no" });
  const shown = view(story).taskRun(task);
  assert.equal(shown?.child_flow_run_id, subflow);
  assert.equal(shown?.state_type, "FAILED");
  assert.equal(shown?.run_count, 1);
  assert.deepEqual(
    shown?.states.map(({ name }) => name),
    ["Running", "Failed"],
  );
});

for (const [end, then] of [
  ["CRASHED", "CRASHED"],
  ["CANCELLED", "CANCELLED"],
  ["FAILED", "CRASHED"],
] as const) {
  test(`should leave nothing running in a run that is ${end}`, () => {
    const story = tell();
    story.flowRun();
    story.flowState("RUNNING");
    const done = story.taskRun();
    story.taskState(done, "COMPLETED");
    const open = story.taskRun();
    const subflow = story.flowRun({ id: idAt(start), parent_flow_run_id: story.runId });
    story.flowState("RUNNING", {}, subflow);
    story.segment("verdict");
    story.flowState(end, { at: start + 5000 });
    const after = view(story);
    assert.equal(after.taskRun(done)?.state_type, "COMPLETED");
    assert.equal(after.taskRun(open)?.state_type, then);
    assert.equal(after.taskRun(open)?.end_time, iso(start + 5000));
    assert.equal(after.subflowRuns[0]?.state_type, then);
    assert.deepEqual(after.flowRun?.task_run_counts, { COMPLETED: 1, [then]: 1 });
  });
}

test("should count the call that a resume makes again, not the failure before it", () => {
  const story = tell();
  story.flowRun();
  const [good, bad, caught] = ["a", "b", "c"].map((call) => story.taskRun({ call }));
  story.taskState(good ?? "", "COMPLETED");
  story.taskState(bad ?? "", "FAILED");
  story.taskState(caught ?? "", "CANCELLED");
  story.flowState("FAILED");
  assert.deepEqual(view(story).flowRun?.task_run_counts, { CANCELLED: 1, COMPLETED: 1, FAILED: 1 });
  story.segment("resume");
  const again = story.taskRun({ call: "b" });
  assert.deepEqual(view(story).flowRun?.task_run_counts, { CANCELLED: 1, COMPLETED: 1, RUNNING: 1 });
  story.taskState(again, "COMPLETED");
  assert.deepEqual(view(story).flowRun?.task_run_counts, { CANCELLED: 1, COMPLETED: 2 });
  assert.equal(view(story).taskRuns.length, 4, "the failure stays in the history");
});

test("should count anew after a retry, which keeps nothing", () => {
  const story = tell();
  story.flowRun();
  story.taskState(story.taskRun({ call: "a" }), "COMPLETED");
  story.taskState(story.taskRun({ call: "b" }), "FAILED");
  story.flowState("FAILED");
  story.segment("retry");
  assert.deepEqual(view(story).flowRun?.task_run_counts, {});
  story.taskState(story.taskRun({ call: "a" }), "COMPLETED");
  story.taskState(story.taskRun({ call: "b" }), "COMPLETED");
  assert.deepEqual(view(story).flowRun?.task_run_counts, { COMPLETED: 2 });
  assert.deepEqual(
    view(story).taskRuns.map(({ superseded = false }) => superseded),
    [true, true, false, false],
  );
});

test("should not count a completion that a resume has set aside", () => {
  const story = tell();
  story.flowRun();
  const task = story.taskRun({ call: "a" });
  story.taskState(task, "COMPLETED");
  story.segment("resume");
  story.add({ kind: "invalidated", task_run_ids: [task, task], flow_run_ids: [], at: story.now });
  assert.deepEqual(view(story).flowRun?.task_run_counts, {});
  story.taskRun({ call: "a" });
  story.taskState(task, "CRASHED");
  assert.deepEqual(view(story).flowRun?.task_run_counts, { RUNNING: 1 });
});

test("should run a task again under its id after a crash", () => {
  const story = tell();
  story.flowRun();
  story.flowState("RUNNING");
  const task = story.taskRun();
  story.segment("verdict");
  story.flowState("CRASHED");
  story.segment("resume");
  story.taskRun({ id: task });
  story.taskState(task, "COMPLETED", { run_count: 2 });
  const runs = view(story).taskRuns;
  assert.equal(runs.length, 1);
  assert.equal(runs[0]?.state_type, "COMPLETED");
  assert.deepEqual(view(story).flowRun?.task_run_counts, { COMPLETED: 1 });
});

test("should keep the last artifact of each key, notes, results, and what the latest segment was given back", () => {
  const story = tellRun(start, {}, 1, "FAILED");
  const artifact = (key: string, text: string): ArtifactRecord => ({
    kind: "artifact",
    id: idAt(start),
    key,
    type: "markdown",
    data: { kind: "inline", data: [text] },
    flow_run_id: story.runId,
    at: story.now,
  });
  story.add(artifact("report", "old"));
  story.add(artifact("other", "x"));
  story.add(artifact("report", "new"));
  story.add({ kind: "note", flow_run_id: story.runId, message: "machine slept", at: story.now });
  story.add({ kind: "kept", task_run_ids: ["a"], at: story.now });
  story.segment("resume");
  story.add({ kind: "kept", task_run_ids: ["b"], at: story.now });
  const result = { kind: "inline", data: [7] } as const;
  story.add({ kind: "flow-run-state", id: story.runId, state: makeState("COMPLETED", story.now), result });
  const { artifacts, notes, kept, segments, result: resultOf } = view(story);
  assert.deepEqual(
    artifacts.map(({ key, data }) => [key, data.kind === "inline" && data.data]),
    [
      ["report", ["new"]],
      ["other", ["x"]],
    ],
  );
  assert.deepEqual(
    notes.map(({ message }) => message),
    ["machine slept"],
  );
  assert.deepEqual([...kept], ["b"]);
  assert.deepEqual(
    segments.map(({ reason }) => reason),
    ["start", "resume"],
  );
  assert.deepEqual(resultOf(story.runId), result);
});

test("should keep what a run was given back when it is imported or its end is written down", () => {
  const story = tellRun(start, {}, 1, "FAILED");
  story.segment("resume");
  story.add({ kind: "kept", task_run_ids: ["a"], at: story.now });
  story.segment("import");
  assert.deepEqual([...view(story).kept], ["a"]);
  story.segment("verdict");
  assert.deepEqual([...view(story).kept], ["a"]);
  story.segment("retry");
  assert.deepEqual([...view(story).kept], []);
});

test("should order by segment and number, never by the clock, and never count time backwards", () => {
  const story = tell();
  story.flowRun();
  story.flowState("RUNNING", { at: start + 5000 });
  story.segment("resume");
  story.flowState("FAILED", { at: start + 1000 });
  const run = view(story).flowRun;
  assert.equal(run?.state_type, "FAILED");
  assert.equal(run?.total_run_time, 0);
});

test("should take a record once, however reads overlap", () => {
  const story = tellRun(start);
  const folder = createRunFolder(story.runId);
  for (const { position, record } of [...story.records, ...story.records.slice(2)]) folder.apply(position, record);
  assert.deepEqual(folder.view().flowRun, view(story).flowRun);
  assert.deepEqual(folder.position, story.records.at(-1)?.position);
});

test("should ignore kinds of a newer version and ids it never heard of", () => {
  const story = tellRun(start);
  const before = view(story);
  story.add(JSON.parse('{"kind":"telepathy","of":"x","at":1}'));
  story.taskState(idAt(start), "COMPLETED");
  story.flowState("FAILED", {}, idAt(start));
  assert.deepEqual(view(story).flowRun, before.flowRun);
  assert.deepEqual(view(story).taskRuns, before.taskRuns);
});

test("should have no run before its first record is there", () => {
  const story = tell();
  story.segment();
  assert.equal(view(story).flowRun, undefined);
  assert.deepEqual(view(story).taskRuns, []);
});

test("should hold Prefect's invariants for any sequence of states", () => {
  const finals: ReadonlySet<StateType> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);
  const step = fc.record({ type: fc.constantFrom<StateType>(...stateTypes), wait: fc.integer({ min: 0, max: 5000 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const story = tell();
      story.flowRun();
      let running = 0;
      let at = start + 10;
      let previous: StateType = "PENDING";
      let starts = 0;
      for (const { type, wait } of steps) {
        at += wait;
        if (previous === "RUNNING") running += wait;
        if (type === "RUNNING" && previous !== "RUNNING" && previous !== "PAUSED") starts += 1;
        story.flowState(type, { at });
        previous = type;
      }
      const run = view(story).flowRun;
      assert.equal(run?.state_type, previous);
      assert.equal(run?.end_time, finals.has(previous) ? iso(at) : null);
      assert.equal(run?.start_time === null, !steps.some(({ type }) => type === "RUNNING" || finals.has(type)));
      assert.equal(run?.total_run_time, running / 1000);
      assert.equal(run?.run_count, starts);
    }),
  );
});
