import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { slimError } from "../../../../runtime/orchestrator/index/slim.ts";
import type { RunBatch } from "../../../../runtime/orchestrator/index/store.ts";
import type { TaskRun } from "../../../../runtime/protocol/api.ts";
import { foldRun } from "../../../../runtime/protocol/fold/index.ts";
import { isTerminal, type StateType, stateTypes } from "../../../../runtime/protocol/states.ts";
import { idAt, type Story, start, tell, tellRun } from "../story.ts";
import { implementations } from "./stores.ts";

for (const { name, open } of implementations) {
  test(`${name}: should show a run as folding its journal shows it`, async () => {
    const store = await open();
    const story = tellRun(start);
    const applied = await store.applyRun(story.batch());
    const view = foldRun(story.runId, story.records);
    assert.equal(applied.status, "applied");
    assert.deepEqual(await store.flowRun(story.runId), view.flowRun);
    assert.deepEqual((await store.taskRuns(story.runId)).items, view.taskRuns);
    assert.deepEqual(applied.flowRuns(), [view.flowRun]);
    assert.deepEqual(applied.taskRuns(), view.taskRuns);
    assert.deepEqual(await store.taskRun(view.taskRuns[0]?.id ?? ""), view.taskRuns[0]);
    await store.close();
  });

  test(`${name}: should show any story alike however it is cut into batches`, async () => {
    await fc.assert(
      fc.asyncProperty(stories, fc.array(fc.nat(6), { maxLength: 12 }), async (steps, cuts) => {
        const store = await open();
        const { story, batches } = act(steps, cuts);
        for (const batch of batches) assert.equal((await store.applyRun(batch)).status, "applied");
        const view = foldRun(story.runId, story.records);
        const listed = await store.taskRuns(story.runId, { include_subflows: true });
        assert.deepEqual(listed.items, view.taskRuns.map(slim));
        for (const flowRun of [...view.subflowRuns, view.flowRun]) {
          assert.deepEqual(await store.flowRun(flowRun?.id ?? ""), flowRun);
          const own = view.taskRuns.filter(({ flow_run_id }) => flow_run_id === flowRun?.id);
          assert.deepEqual((await store.taskRuns(flowRun?.id ?? "")).items, own.map(slim));
        }
        await store.close();
      }),
      { numRuns: name.includes("reopened") ? 15 : 60 },
    );
  });

  test(`${name}: should count a task run again that was set aside and is told once more in a later batch`, async () => {
    const store = await open();
    const story = tell();
    story.flowRun();
    const task = story.taskRun();
    story.add({ kind: "invalidated", task_run_ids: [task], flow_run_ids: [], at: story.now });
    await store.applyRun(story.batch());
    assert.deepEqual((await store.flowRun(story.runId))?.task_run_counts, {});
    story.taskRun({ id: task });
    await store.applyRun(story.batch());
    assert.deepEqual((await store.flowRun(story.runId))?.task_run_counts, { RUNNING: 1 });
    await store.close();
  });

  test(`${name}: should show a task run alike that leaves its completion in the same batch and in a later one`, async () => {
    const [together, apart] = [await open(), await open()];
    const story = tell();
    story.flowRun();
    const task = story.taskRun();
    story.taskState(task, "COMPLETED");
    const first = story.batch();
    story.taskState(task, "SCHEDULED");
    const second = story.batch();
    story.segment("retry");
    const third = story.batch();
    const both: RunBatch = { ...second, fromOffset: 0, records: [...first.records, ...second.records] };
    for (const batch of [both, third]) await together.applyRun(batch);
    for (const batch of [first, second, third]) await apart.applyRun(batch);
    assert.deepEqual(await together.taskRun(task), await apart.taskRun(task));
    assert.deepEqual(await apart.taskRun(task), foldRun(story.runId, story.records).taskRuns[0]);
    await Promise.all([together.close(), apart.close()]);
  });

  test(`${name}: should make history of all that came before a retry, in memory or not, and announce it`, async () => {
    const store = await open();
    const story = tell();
    story.flowRun();
    const map = { id: "load.1", size: 3 };
    const old = [0, 1, 2].map((index) => story.taskRun({ call: `c${index}`, map: { ...map, index } }));
    for (const id of old.slice(0, 2)) story.taskState(id, "COMPLETED");
    story.taskState(story.taskRun({ call: "alone" }), "FAILED");
    story.flowState("FAILED");
    await store.applyRun(story.batch());
    // Another run in between: what was folded is not held in memory any more.
    const other = tell(start + 60_000);
    other.flowRun();
    await store.applyRun(other.batch());
    story.segment("retry");
    story.taskState(story.taskRun({ call: "c0", map: { ...map, index: 0 } }), "COMPLETED");
    const applied = await store.applyRun(story.batch());
    const { items } = await store.taskRuns(story.runId);
    assert.deepEqual(items, foldRun(story.runId, story.records).taskRuns);
    assert.deepEqual(
      items.map(({ superseded = false, map_size }) => [superseded, map_size]),
      [
        [true, 3],
        [true, 3],
        [true, 3],
        [true, null],
        [false, 3],
      ],
    );
    assert.equal(applied.taskRuns().length, 5);
    assert.deepEqual((await store.flowRun(story.runId))?.task_run_counts, { COMPLETED: 1 });
    assert.deepEqual(
      (await store.taskGroups(story.runId)).map(({ count }) => count),
      [1],
    );
    await store.close();
  });

  test(`${name}: should make history of ten thousand task runs and more at a retry`, async () => {
    const story = tell();
    story.flowRun();
    const failed = story.taskRun({ call: "failed" });
    story.taskState(failed, "FAILED", { message: 'it says "superseded":true' });
    for (let n = 0; n < 10_000; n++) story.taskState(story.taskRun(), "COMPLETED");
    story.flowState("FAILED");
    const before = story.batch();
    story.segment("retry");
    const after = story.batch();
    const stores = [await open(), await open()];
    for (const store of stores) await store.applyRun(before);
    // Enough of other runs that the second store holds nothing of this one in memory.
    for (let n = 1; n < 40; n++) {
      const other = tell(start + n * 60_000);
      other.flowRun();
      await stores[1]?.applyRun(other.batch());
    }
    for (const store of stores) {
      await store.applyRun(after);
      assert.deepEqual(await store.taskGroups(story.runId), []);
      assert.deepEqual((await store.flowRun(story.runId))?.task_run_counts, {});
      const task = await store.taskRun(failed);
      assert.equal(task?.superseded, true);
      assert.equal(task?.state.message, 'it says "superseded":true');
      await store.close();
    }
  });

  test(`${name}: should fold a batch once, whatever part of it was in already`, async () => {
    const store = await open();
    const story = tell();
    story.flowRun();
    story.flowState("RUNNING", { run_count: 1 });
    const early = story.taskRun();
    story.taskState(early, "COMPLETED");
    const first = story.batch();
    const task = story.taskRun();
    story.taskState(task, "FAILED", { run_count: 1 });
    const second = story.batch();
    const both: RunBatch = { ...second, fromOffset: 0, records: [...first.records, ...second.records] };
    await store.applyRun(first);
    assert.equal((await store.applyRun(first)).status, "known");
    assert.equal((await store.applyRun(both)).status, "applied");
    assert.equal((await store.applyRun(both)).status, "known");
    assert.equal((await store.applyRun(second)).status, "known");
    assert.deepEqual(await store.flowRun(story.runId), foldRun(story.runId, story.records).flowRun);
    assert.deepEqual(await store.folded(story.runId), { run_id: story.runId, segment: 1, offset: 700, seq: 6 });
    assert.equal((await store.taskRun(early))?.run_count, 1, "nothing ran twice");
    await store.close();
  });

  test(`${name}: should refuse a batch that begins behind what is folded`, async () => {
    const store = await open();
    const story = tell();
    story.flowRun();
    const first = story.batch();
    story.flowState("RUNNING");
    const second = story.batch();
    story.flowState("COMPLETED");
    const third = story.batch();
    assert.equal((await store.applyRun(second)).status, "gap");
    assert.equal(await store.flowRun(story.runId), undefined);
    await store.applyRun(first);
    const gap = await store.applyRun(third);
    assert.equal(gap.status, "gap");
    assert.equal(gap.folded?.offset, first.toOffset);
    assert.equal((await store.flowRun(story.runId))?.state_type, "PENDING");
    await store.close();
  });

  test(`${name}: should say when a later segment voids what was folded`, async () => {
    const store = await open();
    const story = tellRun(start, {}, 1, "RUNNING");
    const before = story.batch();
    await store.applyRun(before);
    story.segment("resume", { segment: 1, length: before.toOffset - 100 });
    assert.equal((await store.applyRun(story.batch())).status, "void");
    assert.deepEqual((await store.folded(story.runId))?.segment, 1);

    // Somebody passed over a segment whose writer had slept before its first line.
    const slept = tellRun(start + 2000, {}, 1, "RUNNING");
    const first = slept.batch();
    await store.applyRun(first);
    slept.segment("resume", { segment: 1, length: first.toOffset });
    assert.equal((await store.applyRun(slept.batch())).status, "applied");
    slept.segment("resume", { segment: 1, length: first.toOffset });
    assert.equal((await store.applyRun(slept.batch())).status, "void");

    const sound = tellRun(start + 1000, {}, 1, "RUNNING");
    const all = sound.batch();
    await store.applyRun(all);
    sound.segment("resume", { segment: 1, length: all.toOffset });
    assert.equal((await store.applyRun(sound.batch())).status, "applied");
    await store.close();
  });

  test(`${name}: should go on in a later segment`, async () => {
    const store = await open();
    const story = tellRun(start, {}, 3, "FAILED");
    const before = story.batch();
    await store.applyRun(before);
    story.segment("resume", { segment: 1, length: before.toOffset });
    story.flowRun();
    story.flowState("RUNNING", { run_count: 2, name: "Rerunning" });
    story.flowState("COMPLETED");
    await store.applyRun(story.batch());
    const run = await store.flowRun(story.runId);
    assert.equal(run?.state_name, "Completed");
    assert.equal(run?.run_count, 2);
    assert.deepEqual(run?.task_run_counts, { COMPLETED: 3 });
    assert.equal((await store.folded(story.runId))?.segment, 2);
    await store.close();
  });

  test(`${name}: should count a call that a resume makes again once, however long ago it failed`, async () => {
    const store = await open();
    const story = tell();
    story.flowRun();
    story.taskState(story.taskRun({ call: "a" }), "COMPLETED");
    story.taskState(story.taskRun({ call: "b" }), "FAILED");
    story.flowState("FAILED");
    await store.applyRun(story.batch());
    story.segment("resume");
    story.taskState(story.taskRun({ call: "b" }), "COMPLETED");
    story.flowState("COMPLETED");
    await store.applyRun(story.batch());
    assert.deepEqual((await store.flowRun(story.runId))?.task_run_counts, { COMPLETED: 2 });
    assert.equal((await store.taskRuns(story.runId)).items.length, 3);
    await store.close();
  });

  test(`${name}: should end what a killed process left open when another goes on with its run`, async () => {
    const store = await open();
    for (const reason of ["resume", "retry"] as const) {
      const story = tell();
      story.flowRun();
      story.flowState("RUNNING");
      story.taskState(story.taskRun({ call: "a" }), "COMPLETED");
      const open = story.taskRun({ call: "b" });
      await store.applyRun(story.batch());
      story.segment(reason);
      await store.applyRun(story.batch());
      const { items } = await store.taskRuns(story.runId);
      assert.equal(items.find(({ id }) => id === open)?.state_type, "CRASHED");
      assert.equal((await store.flowRun(story.runId))?.state_type, "RUNNING");
      story.taskState(story.taskRun({ call: "b" }), "COMPLETED");
      story.flowState("COMPLETED");
      await store.applyRun(story.batch());
      const run = await store.flowRun(story.runId);
      assert.deepEqual(run?.task_run_counts, { COMPLETED: reason === "resume" ? 2 : 1 });
      assert.deepEqual(run, foldRun(story.runId, story.records).flowRun);
    }
    await store.close();
  });

  test(`${name}: should fold batches of several runs together`, async () => {
    const store = await open();
    const stories = [tellRun(start), tellRun(start + 1000, {}, 1), tellRun(start + 2000, {}, 0)];
    const applied = await store.applyRuns(stories.map((story) => story.batch()));
    assert.deepEqual(
      applied.map(({ status }) => status),
      ["applied", "applied", "applied"],
    );
    for (const story of stories) {
      assert.deepEqual(await store.flowRun(story.runId), foldRun(story.runId, story.records).flowRun);
    }
    await store.close();
  });

  test(`${name}: should tell which runs changed since a change number`, async () => {
    const store = await open();
    const [first, second] = [tellRun(start), tellRun(start + 1000)];
    await store.applyRun(first.batch());
    const { change } = await store.changesSince(0);
    await store.applyRun(second.batch());
    await store.deleteRun(first.runId);
    const later = await store.changesSince(change);
    assert.deepEqual(
      later.folded.map(({ run_id }) => run_id),
      [second.runId],
    );
    assert.deepEqual(later.deleted, [first.runId]);
    assert.ok(later.change > change);
    assert.deepEqual(await store.changesSince(later.change), { change: later.change, folded: [], deleted: [] });
    await store.close();
  });

  test(`${name}: should forget a deleted run whole and take it again`, async () => {
    const store = await open();
    const story = tellRun(start, { idempotency_key: "once" });
    const other = tellRun(start + 1000);
    const batch = story.batch();
    await store.applyRuns([batch, other.batch()]);
    const task = (await store.taskRuns(story.runId)).items[0]?.id ?? "";
    assert.equal(await store.deleteRun(story.runId), true);
    assert.equal(await store.deleteRun(story.runId), false);
    assert.equal(await store.flowRun(story.runId), undefined);
    assert.equal(await store.taskRun(task), undefined);
    assert.equal(await store.rootOf(task), undefined);
    assert.equal(await store.folded(story.runId), undefined);
    assert.equal(await store.runByIdempotencyKey("/work/etl.ts", "once"), undefined);
    assert.deepEqual(
      (await store.flowRuns({})).items.map(({ id }) => id),
      [other.runId],
    );
    assert.equal((await store.flows())[0]?.runs, 1);
    assert.equal((await store.taskRuns(other.runId)).items.length, 2);
    assert.equal((await store.applyRun(batch)).status, "applied");
    assert.equal((await store.taskRuns(story.runId)).items.length, 2);
    await store.close();
  });

  test(`${name}: should leave out records about ids it never heard of, and kinds of a newer version`, async () => {
    const store = await open();
    const story = tellRun(start);
    story.taskState(idAt(start), "COMPLETED");
    story.flowState("FAILED", {}, idAt(start));
    story.add(JSON.parse('{"kind":"telepathy","id":"x","at":1}'));
    assert.equal((await store.applyRun(story.batch())).status, "applied");
    assert.equal((await store.flowRun(story.runId))?.state_type, "COMPLETED");
    assert.equal((await store.flowRuns({ include_subflows: true })).items.length, 1);
    await store.close();
  });
}

function slim(run: TaskRun): TaskRun {
  return { ...run, error: run.error === null ? null : (slimError(run.error) ?? null) };
}

const stories = fc.array(
  fc.record({
    what: fc.constantFrom("task", "state", "subflow", "flow-state", "again", "segment", "note", "set-aside"),
    which: fc.nat(5),
    type: fc.constantFrom<StateType>(...stateTypes),
    name: fc.constantFrom("fetch", "load", "fetch-17", "größe"),
    jump: fc.nat(2000),
    count: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    rest: fc.constantFrom({}, { message: "why" }, { details: { scheduled_time: start } }),
  }),
  { maxLength: 25 },
);

type Step = typeof stories extends fc.Arbitrary<(infer One)[]> ? One : never;

/**
 * Which task runs may still be told of: as the engine does it, one call has one task run at a time, and a later one
 * only after the one before has ended; what is told then is about the later one.
 */
function callsOf(story: Story) {
  const newest = new Map<string, string>();
  const ended = new Set<string>();
  const callOf = new Map<string, string>();
  return {
    current: (which: number) => [...newest.values()][which % Math.max(1, newest.size)],
    callOf: (task: string) => callOf.get(task) ?? "",
    fresh(wanted: string): string {
      const before = newest.get(wanted);
      return before === undefined || ended.has(before) ? wanted : `${wanted}-${callOf.size}`;
    },
    begun(task: string, call: string): void {
      newest.set(call, task);
      callOf.set(task, call);
    },
    told(task: string, type: StateType): void {
      if (isTerminal(type)) ended.add(task);
      else ended.delete(task);
    },
    /** A new segment, or the end of the root run, ends what was open. */
    settled(flowRun = story.runId, type: StateType = "CRASHED"): void {
      if (flowRun === story.runId && isTerminal(type)) for (const task of callOf.keys()) ended.add(task);
    },
  };
}

/** Plays the steps, cutting a batch after as many as `cuts` says, and one before each new segment. */
function act(steps: readonly Step[], cuts: readonly number[]): { story: Story; batches: RunBatch[] } {
  const story = tell();
  const batches: RunBatch[] = [];
  const tasks: string[] = [];
  const calls = callsOf(story);
  const flows = [story.flowRun({ parameters: { kind: "inline", data: [{ year: 1 }, 2021] }, tags: ["nightly"] })];
  let left = cuts[0] ?? 99;
  const remaining = [...cuts];
  for (const { what, which, type, name, jump, count, rest } of steps) {
    story.now += jump;
    const flow = flows[which % flows.length] ?? story.runId;
    const task = calls.current(which);
    const counted = count === undefined ? {} : { run_count: count };
    if (what === "task") {
      const call = calls.fresh(`call-${which % 3}`);
      tasks.push(
        story.taskRun({
          name,
          task_key: name === "fetch-17" ? "fetch" : name,
          flow_run_id: which === 5 ? idAt(start) : flow,
          call,
          dynamic_key: which % 2 === 0 ? String(which) : `a-${which}`,
          ...(task === undefined ? {} : { task_inputs: tasks.slice(-which - 1), parent_task_run_id: task }),
          ...(which === 1 ? { map: { id: "m", index: which, size: 3 }, tags: ["x"] } : {}),
          ...(which === 2 ? { source: { file: "/work/etl.ts", line: 3, column: 1 } } : {}),
        }),
      );
      calls.begun(tasks.at(-1) ?? "", call);
    } else if (what === "state" && task !== undefined) {
      const error = which === 3 ? { error: { name: "Error", message: "no", stack: "Error: no\n  at x" } } : {};
      const state = { type, name: "Running", timestamp: story.now } as const;
      if (which === 3) story.add({ kind: "task-run-state", id: task, state: { ...state, name: "TimedOut" }, ...error });
      else story.taskState(task, type, { ...rest, ...counted });
      calls.told(task, type);
    } else if (what === "again" && task !== undefined) {
      story.taskRun({ id: task, name, flow_run_id: flow, call: calls.callOf(task) });
      calls.told(task, "RUNNING");
    } else if (what === "subflow") {
      const parent = task === undefined ? {} : { parent_task_run_id: task };
      flows.push(story.flowRun({ id: idAt(story.now), name: `sub-${which}`, parent_flow_run_id: flow, ...parent }));
    } else if (what === "flow-state") {
      story.flowState(type, { ...rest, ...counted }, flow);
      calls.settled(flow, type);
    } else if (what === "note") {
      story.add({ kind: "note", flow_run_id: flow, message: "machine slept", at: story.now });
    } else if (what === "segment") {
      batches.push(story.batch());
      story.segment(which % 3 === 0 ? "retry" : "resume");
      calls.settled();
    } else if (what === "set-aside" && task !== undefined) {
      story.add({ kind: "invalidated", task_run_ids: [task], flow_run_ids: [], at: story.now });
    }
    if (--left <= 0) {
      batches.push(story.batch());
      remaining.shift();
      left = remaining[0] ?? 99;
    }
  }
  batches.push(story.batch());
  // A cut that nothing was told since is no batch.
  return { story, batches: batches.filter(({ fromOffset, toOffset }) => toOffset > fromOffset) };
}
