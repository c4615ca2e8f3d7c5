import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  IndexStore,
  PoolSetting,
  QueueSetting,
  RunRequest,
} from "../../../../runtime/orchestrator/index/store.ts";
import { idAt, start, tell } from "../story.ts";
import { implementations } from "./stores.ts";

function request(more: Partial<RunRequest> = {}): RunRequest {
  return {
    id: idAt(start),
    work_pool: "default",
    queue: "default",
    due: start,
    created: start,
    flow: { name: "etl", file: "/work/etl.ts", export: "etl" },
    name: "quiet-otter",
    run: { file: "/work/etl.ts", flow: "etl", parameters: { year: 2021 }, trigger: "api", idempotency_key: "once" },
    ...more,
  };
}

function queue(name: string, more: Partial<QueueSetting> = {}): QueueSetting {
  return { name, priority: 1, is_paused: false, concurrency_limit: null, ...more };
}

function pool(queues: readonly QueueSetting[] = [queue("default")], more: Partial<PoolSetting> = {}): PoolSetting {
  return { name: "default", is_paused: false, concurrency_limit: null, queues, ...more };
}

async function claimed(store: IndexStore, worker: string, limit: number, more: object = {}): Promise<string[]> {
  const found = await store.claimRuns({ worker, pool: "default", limit, now: start, ...more });
  return found.map(({ id }) => id);
}

for (const { name, open } of implementations) {
  test(`${name}: should give each due request to one worker, by priority, then due time`, async () => {
    const store = await open();
    await store.putWorkPool(pool([queue("default", { priority: 2 }), queue("slow", { priority: 3 })]));
    const late = request({ queue: "slow", due: start - 5 });
    const second = request({ due: start });
    const first = request({ due: start - 1 });
    const future = request({ due: start + 1 });
    const elsewhere = request({ work_pool: "gpu" });
    const unknown = request({ queue: "no such" });
    for (const each of [late, second, first, future, elsewhere, unknown]) await store.requestRun(each);
    const query = { pool: "default", limit: 2, now: start };
    const [one, two] = await Promise.all([
      store.claimRuns({ ...query, worker: "w1" }),
      store.claimRuns({ ...query, worker: "w2" }),
    ]);
    assert.deepEqual(
      one.map(({ id }) => id),
      [first.id, second.id],
    );
    assert.deepEqual(one[0]?.claimed, { worker: "w1", at: start });
    assert.deepEqual(
      two.map(({ id }) => id),
      [late.id],
    );
    assert.deepEqual(await claimed(store, "w3", 9), []);
    assert.equal(await store.nextDue(start), start + 1);
    assert.deepEqual(await claimed(store, "w3", 9, { now: start + 1 }), [future.id]);
    assert.equal(await store.nextDue(start), undefined);
    await store.close();
  });

  test(`${name}: should take queues of one priority as one line`, async () => {
    const store = await open();
    await store.putWorkPool(pool([queue("a"), queue("b"), queue("c", { priority: 2 })]));
    const [third, first, second, last] = [
      request({ queue: "a", due: start - 1 }),
      request({ queue: "b", due: start - 3 }),
      request({ queue: "a", due: start - 2 }),
      request({ queue: "c", due: start - 9 }),
    ];
    for (const each of [third, first, second, last]) await store.requestRun(each);
    assert.deepEqual(await claimed(store, "w", 2), [first.id, second.id]);
    assert.deepEqual(await claimed(store, "w", 9, { queues: ["c"] }), [last.id]);
    assert.deepEqual(await claimed(store, "w", 9), [third.id]);
    await store.close();
  });

  test(`${name}: should pass no limit of a pool or a queue, and count a run until its place is free`, async () => {
    const store = await open();
    const narrow = queue("narrow", { concurrency_limit: 1 });
    await store.putWorkPool(pool([queue("wide", { priority: 2 }), narrow], { concurrency_limit: 3 }));
    const narrows = [0, 1, 2].map((n) => request({ queue: "narrow", due: start - 10 + n }));
    const wides = [0, 1, 2].map((n) => request({ queue: "wide", due: start - 20 + n }));
    for (const each of [...narrows, ...wides]) await store.requestRun(each);
    const ids = (list: readonly RunRequest[]) => list.map(({ id }) => id);
    const [one, two] = await Promise.all([claimed(store, "w1", 2), claimed(store, "w2", 9)]);
    assert.deepEqual([...one, ...two], ids([narrows[0], wides[0], wides[1]].flatMap((each) => each ?? [])));
    assert.deepEqual(await claimed(store, "w1", 9), []);
    // That its run began leaves the place taken.
    await store.endRequest(narrows[0]?.id ?? "");
    assert.deepEqual(await claimed(store, "w1", 9), []);
    assert.equal((await store.places()).length, 3);
    assert.equal(await store.freePlace(wides[0]?.id ?? ""), true);
    assert.deepEqual(await claimed(store, "w1", 9), [wides[2]?.id]);
    await store.freePlace(narrows[0]?.id ?? "");
    assert.deepEqual(await claimed(store, "w1", 9), [narrows[1]?.id]);
    assert.equal(await store.freePlace("gone"), false);
    await store.close();
  });

  test(`${name}: should give out nothing of a paused pool or queue, or of one it does not know`, async () => {
    const store = await open();
    const one = request();
    await store.requestRun(one);
    assert.deepEqual(await claimed(store, "w", 9), []);
    await store.putWorkPool(pool([queue("default")], { is_paused: true }));
    assert.deepEqual(await claimed(store, "w", 9), []);
    await store.putWorkPool(pool([queue("default", { is_paused: true })]));
    assert.deepEqual(await claimed(store, "w", 9), []);
    await store.putWorkPool(pool([queue("default", { concurrency_limit: 0 })]));
    assert.deepEqual(await claimed(store, "w", 9), []);
    assert.equal(await store.deleteWorkPool("default"), true);
    assert.equal(await store.deleteWorkPool("default"), false);
    assert.deepEqual(await claimed(store, "w", 9), []);
    await store.putWorkPool(pool());
    assert.deepEqual(await claimed(store, "w", 9), [one.id]);
    await store.close();
  });

  test(`${name}: should show what nobody took as late, once and with the reason`, async () => {
    const store = await open();
    await store.putWorkPool(pool());
    const [waiting, early, taken] = [request(), request({ id: idAt(start + 1), due: start + 5000 }), request()];
    await store.requestRun(taken);
    await claimed(store, "w", 1);
    await store.requestRun(waiting);
    await store.requestRun(early);
    const why = ({ queue: name }: RunRequest) => `nobody polls ${name}`;
    assert.deepEqual(await store.markLate(start, start + 15_000, why), [waiting.id]);
    assert.deepEqual(await store.markLate(start, start + 20_000, why), []);
    const late = await store.flowRun(waiting.id);
    assert.equal(late?.state_name, "Late");
    assert.equal(late?.state_type, "SCHEDULED");
    assert.equal(late?.state.message, "nobody polls default");
    assert.equal((await store.flowRun(taken.id))?.state_name, "Pending");
    assert.deepEqual(await claimed(store, "w", 1), [waiting.id]);
    await store.close();
  });

  test(`${name}: should show no more runs as late at once than it is asked to, and each once`, async () => {
    const store = await open();
    await store.putWorkPool(pool());
    const all = [0, 1, 2].map((n) => request({ id: idAt(start + n) }));
    await store.requestRuns(all);
    const mark = () => store.markLate(start + 10, start + 15_000, () => "nobody polls", 2);
    assert.deepEqual(await mark(), [all[0]?.id, all[1]?.id]);
    assert.deepEqual(await mark(), [all[2]?.id]);
    assert.deepEqual(await mark(), []);
    await store.close();
  });

  test(`${name}: should hand out again what a worker gives back`, async () => {
    const store = await open();
    const [one, two] = [request(), request()];
    await store.putWorkPool(pool());
    await store.requestRun(one);
    await store.requestRun(two);
    await claimed(store, "w1", 2);
    assert.deepEqual(await store.releaseClaims("w2"), []);
    assert.deepEqual(await store.releaseClaims("w1", [two.id]), [two.id]);
    assert.equal((await store.places()).length, 1);
    assert.deepEqual(await claimed(store, "w2", 2), [two.id]);
    assert.deepEqual(await store.releaseClaims("w1"), [one.id]);
    assert.equal((await store.requests()).filter(({ claimed }) => claimed !== undefined).length, 1);
    await store.close();
  });

  test(`${name}: should list a requested run until its journal takes over`, async () => {
    const store = await open();
    const now = request();
    const later = request({ id: idAt(start + 1), due: start + 60_000 });
    await store.requestRun(now);
    await store.requestRun(later);
    const waiting = await store.flowRun(now.id);
    assert.equal(waiting?.state_name, "Pending");
    assert.deepEqual(waiting?.parameters, { year: 2021 });
    assert.equal(waiting?.work_queue_name, "default");
    assert.equal((await store.flowRun(later.id))?.state_type, "SCHEDULED");
    assert.equal((await store.flowRun(later.id))?.expected_start_time, new Date(start + 60_000).toISOString());
    assert.equal(await store.runByIdempotencyKey("/work/etl.ts", "once"), later.id);

    const story = tell(start + 50, now.id);
    story.flowRun({ parameters: { kind: "inline", data: [{ year: 1 }, 2022] } });
    story.flowState("RUNNING", { run_count: 1 });
    await store.applyRun(story.batch());
    assert.equal(await store.endRequest(now.id), true);
    assert.equal(await store.endRequest(now.id), false);
    const begun = await store.flowRun(now.id);
    assert.equal(begun?.state_type, "RUNNING");
    assert.deepEqual(begun?.parameters, { year: 2022 });
    assert.deepEqual(
      (await store.requests()).map(({ id }) => id),
      [later.id],
    );
    await store.close();
  });

  test(`${name}: should forget a request that was cancelled before its run began, but no run`, async () => {
    const store = await open();
    const [never, begun] = [request(), request({ id: idAt(start + 1) })];
    await store.requestRun(never);
    await store.requestRun(begun);
    const story = tell(start + 50, begun.id);
    story.flowRun();
    await store.applyRun(story.batch());
    await store.endRequest(never.id, { forget: true });
    await store.endRequest(begun.id, { forget: true });
    assert.deepEqual(
      (await store.flowRuns({})).items.map(({ id }) => id),
      [begun.id],
    );
    await store.close();
  });

  test(`${name}: should keep variables and limits by name`, async () => {
    const store = await open();
    const variable = { name: "season", value: { month: 1 }, tags: ["x"], updated: "2026-01-15T12:00:00.000Z" };
    await store.putVariable({ ...variable, value: 1 });
    await store.putVariable(variable);
    await store.putVariable({ ...variable, name: "a" });
    assert.deepEqual(await store.variables(), [{ ...variable, name: "a" }, variable]);
    assert.equal(await store.deleteVariable("a"), true);
    assert.equal(await store.deleteVariable("a"), false);
    await store.putLimit({ name: "tag:db", limit: 3, active: true });
    await store.putLimit({ name: "tag:db", limit: 4, active: false });
    assert.deepEqual(await store.limits(), [{ name: "tag:db", limit: 4, active: false }]);
    assert.equal(await store.deleteLimit("tag:db"), true);
    assert.deepEqual(await store.limits(), []);
    await store.close();
  });

  test(`${name}: should take over the system's state from elsewhere`, async () => {
    const store = await open();
    const [old, next] = [request(), request({ id: idAt(start + 1) })];
    await store.requestRun(old);
    await store.putLimit({ name: "x", limit: 1, active: true });
    const state = {
      variables: [{ name: "v", value: [1], tags: [], updated: "2026-01-15T12:00:00.000Z" }],
      limits: [{ name: "tag:db", limit: 3, active: true }],
      requests: [{ ...next, claimed: { worker: "w", at: start } }],
      pools: [pool([queue("default"), queue("big", { priority: 3, concurrency_limit: 2 })])],
      places: [{ run_id: next.id, pool: "default", queue: "default" }],
    };
    await store.restoreSystem(state);
    assert.deepEqual(await store.systemState(), state);
    assert.deepEqual(
      (await store.flowRuns({})).items.map(({ id }) => id),
      [next.id],
    );
    await store.close();
  });

  test(`${name}: should remember the number of the last event`, async () => {
    const store = await open();
    assert.equal(await store.lastSeq(), 0);
    await store.setLastSeq(3_000_000_017);
    assert.equal(await store.lastSeq(), 3_000_000_017);
    await store.close();
  });
}
