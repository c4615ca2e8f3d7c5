import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRequest } from "../../../../runtime/orchestrator/index/store.ts";
import { idAt, start, tell } from "../story.ts";
import { implementations } from "./stores.ts";

function request(more: Partial<RunRequest> = {}): RunRequest {
  return {
    id: idAt(start),
    queue: "default",
    priority: 1,
    due: start,
    created: start,
    flow: { name: "etl", file: "/work/etl.ts", export: "etl" },
    name: "quiet-otter",
    run: { file: "/work/etl.ts", flow: "etl", parameters: { year: 2021 }, trigger: "api", idempotency_key: "once" },
    ...more,
  };
}

for (const { name, open } of implementations) {
  test(`${name}: should give each due request to one worker, by priority, then due time`, async () => {
    const store = await open();
    const late = request({ priority: 2, due: start - 5 });
    const second = request({ due: start });
    const first = request({ due: start - 1 });
    const future = request({ due: start + 1 });
    const elsewhere = request({ queue: "gpu" });
    for (const each of [late, second, first, future, elsewhere]) await store.requestRun(each);
    const [one, two] = await Promise.all([
      store.claimRuns("w1", "default", 2, start),
      store.claimRuns("w2", "default", 2, start),
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
    assert.deepEqual(await store.claimRuns("w3", "default", 9, start), []);
    assert.deepEqual(
      (await store.claimRuns("w3", "default", 9, start + 1)).map(({ id }) => id),
      [future.id],
    );
    await store.close();
  });

  test(`${name}: should hand out again what a worker gives back`, async () => {
    const store = await open();
    const [one, two] = [request(), request()];
    await store.requestRun(one);
    await store.requestRun(two);
    await store.claimRuns("w1", "default", 2, start);
    assert.deepEqual(await store.releaseClaims("w2"), []);
    assert.deepEqual(await store.releaseClaims("w1", [two.id]), [two.id]);
    assert.deepEqual(
      (await store.claimRuns("w2", "default", 2, start)).map(({ id }) => id),
      [two.id],
    );
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
