import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { IndexStore } from "../../../../runtime/orchestrator/index/store.ts";
import type { FlowRun, FlowRunFilter } from "../../../../runtime/protocol/api.ts";
import { MillraceError } from "../../../../runtime/protocol/errors.ts";
import type { StateType } from "../../../../runtime/protocol/states.ts";
import { idAt, start, tell, tellRun } from "../story.ts";
import { implementations } from "./stores.ts";

const ends: readonly StateType[] = ["COMPLETED", "FAILED", "RUNNING"];

/** 30 runs a minute apart: three flows (two share a name), three states, some with subflows. Newest last. */
async function fill(store: IndexStore): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < 30; index++) {
    const place = index % 3;
    const story = tell(start + index * 60_000);
    story.flowRun({
      name: `Quiet-Otter-${index}`,
      flow: { name: place === 2 ? "report" : "etl", file: `/work/flow-${place}.ts`, export: "main" },
      parameters: { kind: "inline", data: [{ city: 1 }, index % 2 === 0 ? "Zürich" : "Malmö"] },
      ...(index % 5 === 0 ? { deployment_id: "d-1" } : {}),
      ...(index % 10 === 0 ? { idempotency_key: `key-${index % 20}` } : {}),
    });
    story.flowState("RUNNING", { run_count: 1 });
    if (index % 4 === 0) {
      const task = story.taskRun({ name: "child" });
      const sub = idAt(story.now);
      story.flowRun({ id: sub, name: "child", parent_flow_run_id: story.runId, parent_task_run_id: task });
      story.flowState("COMPLETED", {}, sub);
    }
    const end = ends[Math.floor(index / 3) % 3] ?? "COMPLETED";
    if (end !== "RUNNING") story.flowState(end);
    await store.applyRun(story.batch());
    ids.push(story.runId);
  }
  return ids;
}

async function all(store: IndexStore, filter: FlowRunFilter): Promise<FlowRun[]> {
  const runs: FlowRun[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await store.flowRuns(cursor === undefined ? filter : { ...filter, cursor });
    runs.push(...page.items);
    if (page.next_cursor === null) return runs;
    cursor = page.next_cursor;
  }
}

for (const { name, open } of implementations) {
  test(`${name}: should list runs newest first, in pages that stay stable while runs are added`, async () => {
    const store = await open();
    const ids = await fill(store);
    const first = await store.flowRuns({ limit: 7 });
    await store.applyRun(tellRun(start + 99 * 60_000).batch());
    const rest = await store.flowRuns({ limit: 100, cursor: first.next_cursor ?? "" });
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ id }) => id),
      ids.toReversed(),
    );
    assert.equal(rest.next_cursor, null);
    await store.close();
  });

  test(`${name}: should filter by flow, file, state, time, deployment, text and id, alone and together`, async () => {
    const store = await open();
    const ids = await fill(store);
    const count = async (filter: FlowRunFilter): Promise<number> =>
      (await store.flowRuns({ limit: 100, ...filter })).items.length;
    assert.equal(await count({}), 30);
    assert.equal(await count({ flow_name: "etl" }), 20);
    assert.equal(await count({ flow_name: "etl", flow_file: "/work/flow-0.ts" }), 10);
    assert.equal(await count({ flow_file: "/work/flow-2.ts" }), 10);
    assert.equal(await count({ flow_name: "unknown" }), 0);
    assert.equal(await count({ state_types: ["FAILED"] }), 9);
    assert.equal(await count({ state_types: ["FAILED", "RUNNING"] }), 18);
    assert.equal(await count({ state_types: [] }), 0);
    assert.equal(await count({ flow_name: "report", state_types: ["FAILED"] }), 3);
    assert.equal(await count({ deployment_id: "d-1" }), 6);
    assert.equal(await count({ text: "otter-1" }), 11);
    assert.equal(await count({ text: "REPORT" }), 10);
    assert.equal(await count({ text: "zÜRICH" }), 15);
    assert.equal(await count({ text: "%" }), 0);
    assert.equal(await count({ include_subflows: true }), 38);
    assert.equal(await count({ include_subflows: true, text: "child" }), 8);
    const after = new Date(start + 10 * 60_000).toISOString();
    const before = new Date(start + 20 * 60_000).toISOString();
    assert.equal(await count({ after }), 20);
    assert.equal(await count({ before }), 20);
    assert.equal(await count({ after, before }), 10);
    assert.equal(await count({ ids: [ids[3] ?? "", ids[4] ?? "", idAt(start)] }), 2);
    assert.equal(await count({ ids: [ids[3] ?? "", ids[4] ?? ""], state_types: ["FAILED"] }), 2);
    await store.close();
  });

  test(`${name}: should page through any filter without losing or doubling a run`, async () => {
    const store = await open();
    await fill(store);
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const whole = await all(store, { ...filter, limit: 1000 });
        assert.deepEqual(
          (await all(store, filter)).map(({ id }) => id),
          whole.map(({ id }) => id),
        );
        const counts = await store.countFlowRuns(filter);
        const byType = [...Map.groupBy(whole, (run) => run.state_type)].map(([type, runs]) => [type, runs.length]);
        assert.deepEqual({ ...counts }, Object.fromEntries(byType));
      }),
      { numRuns: name.includes("reopened") ? 5 : 50 },
    );
    await store.close();
  });

  test(`${name}: should find the one run meant among thousands, without keeping others waiting`, async () => {
    const store = await open();
    const stories = Array.from({ length: 4100 }, (_, index) => {
      const story = tell(start + index * 1000);
      story.flowRun(index === 7 ? { name: "needle" } : {});
      return story;
    });
    await store.applyRuns(stories.map((story) => story.batch()));
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 0);
    const found = await store.flowRuns({ text: "NEEDLE" });
    clearInterval(ticking);
    assert.deepEqual(
      found.items.map(({ id }) => id),
      [stories[7]?.runId],
    );
    assert.equal(found.next_cursor, null);
    // Maps are quick; a walk over tables yields between slices.
    if (name === "sql.js") assert.ok(turns > 0);
    await store.close();
  });

  test(`${name}: should list the runs of one export, and of the flows that lie in given folders`, async () => {
    const store = await open();
    const places: readonly (readonly [file: string, exported: string])[] = [
      ["/work/a/etl.ts", "one"],
      ["/work/a/etl.ts", "two"],
      ["/work/a/deep/er/etl.ts", "one"],
      ["/work/ab/etl.ts", "one"],
      ["/home/etl.ts", "one"],
    ];
    for (const [place, [file, exported]] of places.entries()) {
      const story = tellRun(start + place * 1000, { flow: { name: "etl", file, export: exported } });
      await store.applyRun(story.batch());
    }
    const listed = async (filter: FlowRunFilter): Promise<string[]> => {
      const runs = await all(store, { limit: 2, ...filter });
      const counts = Object.values(await store.countFlowRuns(filter)).reduce((sum, count) => sum + count, 0);
      assert.equal(counts, runs.length);
      return runs.map(({ flow_file, flow_export }) => `${flow_file}:${flow_export}`);
    };
    const inA = ["/work/a/deep/er/etl.ts:one", "/work/a/etl.ts:two", "/work/a/etl.ts:one"];
    assert.deepEqual(await listed({ under: ["/work/a"] }), inA);
    assert.deepEqual(await listed({ under: ["/work/a/"] }), inA);
    assert.deepEqual(await listed({ under: ["/work/b", "/work/x/../a"] }), inA);
    assert.deepEqual(await listed({ under: ["/work/a/deep", "/home"] }), [
      "/home/etl.ts:one",
      "/work/a/deep/er/etl.ts:one",
    ]);
    assert.equal((await listed({ under: ["/"] })).length, 5);
    assert.deepEqual(await listed({ under: [] }), []);
    assert.deepEqual(await listed({ flow_file: "/work/a/etl.ts", flow_export: "two" }), ["/work/a/etl.ts:two"]);
    assert.deepEqual(await listed({ flow_export: "two" }), ["/work/a/etl.ts:two"]);
    assert.deepEqual(await listed({ under: ["/work/a"], state_types: ["FAILED"] }), []);
    const ids = (await all(store, {})).map(({ id }) => id);
    assert.deepEqual(await listed({ under: ["/work/ab"], ids }), ["/work/ab/etl.ts:one"]);
    await store.close();
  });

  test(`${name}: should name the field of a filter that makes no sense`, async () => {
    const store = await open();
    const bad: readonly [FlowRunFilter, string][] = [
      [{ after: "yesterday" }, "after"],
      [{ before: "x" }, "before"],
      [{ cursor: "2" }, "cursor"],
      [{ limit: 0 }, "limit"],
      [{ limit: 1.5 }, "limit"],
    ];
    for (const [filter, field] of bad) {
      await assert.rejects(
        () => store.flowRuns(filter),
        (error: unknown) =>
          error instanceof MillraceError && error.code === "bad-parameters" && error.fields[0]?.path === field,
      );
    }
    await assert.rejects(() => store.taskRuns(idAt(start), { cursor: "x" }), MillraceError);
    await store.close();
  });

  test(`${name}: should page through task runs in the order they came into being`, async () => {
    const store = await open();
    const story = tell();
    story.flowRun();
    const subflow = story.flowRun({ id: idAt(start), parent_flow_run_id: story.runId });
    const inner = story.flowRun({ id: idAt(start), parent_flow_run_id: subflow });
    const ids: { readonly id: string; readonly of: string }[] = [];
    for (let index = 0; index < 12; index++) {
      const of = [story.runId, subflow, inner][index % 3] ?? story.runId;
      ids.push({ id: story.taskRun({ flow_run_id: of, dynamic_key: String(index) }), of });
    }
    await store.applyRun(story.batch());
    const listed = async (flowRunId: string, include_subflows: boolean): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await store.taskRuns(flowRunId, {
          limit: 3,
          include_subflows,
          ...(cursor === undefined ? {} : { cursor }),
        });
        found.push(...page.items.map(({ id }) => id));
        if (page.next_cursor === null) return found;
        cursor = page.next_cursor;
      }
    };
    const of = (...runs: string[]): string[] => ids.filter((each) => runs.includes(each.of)).map(({ id }) => id);
    assert.deepEqual(await listed(story.runId, false), of(story.runId));
    assert.deepEqual(await listed(story.runId, true), of(story.runId, subflow, inner));
    assert.deepEqual(await listed(subflow, false), of(subflow));
    assert.deepEqual(await listed(subflow, true), of(subflow, inner));
    assert.deepEqual(await listed(idAt(start), true), []);
    await store.close();
  });

  test(`${name}: should find the root run of a run, a subflow run and a task run`, async () => {
    const store = await open();
    const story = tell();
    story.flowRun();
    const subflow = story.flowRun({ id: idAt(start), parent_flow_run_id: story.runId });
    const task = story.taskRun({ flow_run_id: subflow });
    await store.applyRun(story.batch());
    for (const id of [story.runId, subflow, task]) assert.equal(await store.rootOf(id), story.runId);
    assert.equal(await store.rootOf(idAt(start)), undefined);
    await store.close();
  });

  test(`${name}: should list the flows that have runs, with their newest run`, async () => {
    const store = await open();
    const ids = await fill(store);
    const flows = await store.flows();
    assert.deepEqual(
      flows
        .map(({ name, file, runs, last_run_id }) => ({ name, file, runs, last_run_id }))
        .sort((a, b) => (a.file < b.file ? -1 : 1)),
      [
        { name: "etl", file: "/work/flow-0.ts", runs: 10, last_run_id: ids[27] },
        { name: "etl", file: "/work/flow-1.ts", runs: 10, last_run_id: ids[28] },
        { name: "report", file: "/work/flow-2.ts", runs: 10, last_run_id: ids[29] },
      ],
    );
    await store.close();
  });

  test(`${name}: should know a flow by file and export when a resume finds it under another name`, async () => {
    const store = await open();
    const [old, story] = [tellRun(start), tellRun(start + 1000)];
    await store.applyRuns([old.batch(), story.batch()]);
    story.segment("resume");
    story.flowRun({ flow: { name: "etl-renamed", file: "/work/etl.ts", export: "etl" } });
    await store.applyRun(story.batch());
    const flows = await store.flows();
    assert.deepEqual(
      flows.map(({ name, runs, last_run_id }) => [name, runs, last_run_id]),
      [["etl-renamed", 2, story.runId]],
    );
    await store.close();
  });

  test(`${name}: should give the facts of every run that a filter matches`, async () => {
    const store = await open();
    await fill(store);
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const whole = await all(store, { ...filter, limit: 1000 });
        const facts = await store.runFacts(filter);
        const asText = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();
        assert.deepEqual(
          asText(facts),
          asText(
            whole.map(({ created, state_type, total_run_time }) => ({
              created: Date.parse(created),
              state_type,
              duration: total_run_time,
            })),
          ),
        );
      }),
      { numRuns: name.includes("reopened") ? 5 : 50 },
    );
    await store.close();
  });

  test(`${name}: should give the facts of more runs than are read in one go`, async () => {
    const store = await open();
    const stories = Array.from({ length: 4100 }, (_, index) => {
      const story = tell(start + index * 1000);
      story.flowRun();
      return story;
    });
    await store.applyRuns(stories.map((story) => story.batch()));
    assert.equal(new Set((await store.runFacts({})).map(({ created }) => created)).size, 4100);
    const after = new Date(start + 2000 * 1000).toISOString();
    assert.equal((await store.runFacts({ after, flow_name: "etl" })).length, 2100);
    await store.close();
  });

  test(`${name}: should give a flow run's task runs in groups, without what was made anew`, async () => {
    const store = await open();
    const story = tell();
    story.flowRun();
    story.flowState("RUNNING", { run_count: 1 });
    const source = { file: "/work/etl.ts", line: 3, column: 5 };
    const failed = story.taskRun({ name: "load-0", task_key: "load", call: "l.0", source });
    story.taskState(failed, "FAILED");
    const ids = [0, 1, 2].map((index) => {
      const id = story.taskRun({ name: `fetch-${index}`, task_key: "fetch", call: `f.${index}`, source });
      if (index < 2) story.taskState(id, "COMPLETED");
      return id;
    });
    const subflow = story.flowRun({ id: idAt(start), parent_flow_run_id: story.runId });
    const inner = story.taskRun({ flow_run_id: subflow, task_key: "inner", call: "i.0" });
    const again = story.taskRun({ name: "load-1", task_key: "load", call: "l.0", source });
    story.taskState(again, "COMPLETED");
    await store.applyRun(story.batch());
    const groups = (await store.taskGroups(story.runId)).map((group) => [
      group.task_key,
      group.state_type,
      group.count,
      group.task_run_id,
      group.source?.line,
      group.duration > 0,
    ]);
    assert.deepEqual(groups, [
      ["fetch", "COMPLETED", 2, ids[1], 3, true],
      ["fetch", "RUNNING", 1, ids[2], 3, false],
      ["load", "COMPLETED", 1, again, 3, true],
    ]);
    assert.deepEqual(
      (await store.taskGroups(subflow)).map((group) => [group.task_key, group.task_run_id, group.source]),
      [["inner", inner, null]],
    );
    assert.deepEqual(await store.taskGroups(idAt(start)), []);
    await store.close();
  });

  test(`${name}: should find the newest run of each flow in a file, also one that only runs in others`, async () => {
    const store = await open();
    const file = "/work/etl.ts";
    const [old, story] = [tellRun(start), tell(start + 1000)];
    story.flowRun({ flow: { name: "parent", file: "/work/parent.ts", export: "parent" } });
    const task = story.taskRun({ name: "child" });
    const sub = story.flowRun({
      id: idAt(story.now),
      flow: { name: "child", file, export: "child" },
      parent_flow_run_id: story.runId,
      parent_task_run_id: task,
    });
    await store.applyRuns([old.batch(), story.batch()]);
    const found = async (of: string) => (await store.lastRunsOf(of)).map(({ id }) => id);
    assert.deepEqual(await found(file), [sub, old.runId]);
    assert.deepEqual(await found("/work/parent.ts"), [story.runId]);
    assert.deepEqual(await found("/work/none.ts"), []);
    await store.close();
  });

  test(`${name}: should find the newest run of a file that was started with an idempotency key`, async () => {
    const store = await open();
    const ids = await fill(store);
    assert.equal(await store.runByIdempotencyKey("/work/flow-0.ts", "key-0"), ids[0]);
    assert.equal(await store.runByIdempotencyKey("/work/flow-2.ts", "key-0"), ids[20]);
    assert.equal(await store.runByIdempotencyKey("/work/flow-1.ts", "key-99"), undefined);
    await store.close();
  });
}

const filters: fc.Arbitrary<FlowRunFilter> = fc.record(
  {
    flow_name: fc.constantFrom("etl", "report"),
    flow_file: fc.constantFrom("/work/flow-0.ts", "/work/flow-1.ts"),
    flow_export: fc.constantFrom("main", "other"),
    under: fc.constantFrom(["/work"], ["/home", "/work/"], ["/elsewhere"]),
    state_types: fc.subarray<StateType>(["COMPLETED", "FAILED", "RUNNING", "CRASHED"]),
    text: fc.constantFrom("otter-2", "malmö", "child"),
    after: fc.nat(30).map((minutes) => new Date(start + minutes * 60_000).toISOString()),
    before: fc.nat(30).map((minutes) => new Date(start + minutes * 60_000).toISOString()),
    deployment_id: fc.constant("d-1"),
    include_subflows: fc.boolean(),
    limit: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: [] },
);
