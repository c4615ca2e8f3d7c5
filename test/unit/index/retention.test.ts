import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { createMemoryStore } from "../../../runtime/orchestrator/index/memory-store.ts";
import { type OpenIndex, openIndex } from "../../../runtime/orchestrator/index/open-index.ts";
import {
  emptyTrash,
  expiredRuns,
  forgetTrashed,
  type RetainedRun,
  removeRun,
  retainedRuns,
} from "../../../runtime/orchestrator/index/retention.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import { isTerminal, type StateType, stateTypes } from "../../../runtime/protocol/states.ts";
import { projectRoot, temporaryFolder } from "../../support/places.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { writeSyntheticHome } from "../../support/synthetic-home.ts";
import { idAt, start, tellRun } from "./story.ts";

const worker = path.join(projectRoot, "runtime/orchestrator/index/snapshot-worker.ts");
const day = 86_400_000;
const now = start + 100 * day;

function run(daysAgo: number, more: Partial<RetainedRun> = {}): RetainedRun {
  const ended = now - daysAgo * day;
  const times = { created: new Date(ended - 1000).toISOString(), end_time: new Date(ended).toISOString() };
  return {
    id: idAt(ended - 1000),
    flow_id: "etl",
    state_type: "COMPLETED",
    parent_flow_run_id: null,
    ...times,
    ...more,
  };
}

const nobody: ReadonlySet<string> = new Set();

test("should let go what ended longer ago than the policy says, oldest first", () => {
  const [recent, old, older] = [run(2), run(31), run(60)];
  assert.deepEqual(expiredRuns([old, recent, older], { olderThan: 30 * day }, nobody, now), [older.id, old.id]);
});

test("should keep the newest of each flow, whatever their age", () => {
  const etl = [run(40), run(50), run(60)];
  const report = [run(70, { flow_id: "report" })];
  assert.deepEqual(expiredRuns([...etl, ...report], { keep: 2 }, nobody, now), [etl[2]?.id]);
  assert.deepEqual(expiredRuns([...etl, ...report], { keep: 1, olderThan: 55 * day }, nobody, now), [etl[2]?.id]);
});

test("should let nothing go without a policy", () => {
  assert.deepEqual(expiredRuns([run(1000)], {}, nobody, now), []);
});

test("should never let go a run that goes on, is live, is a subflow, or is among the newest to keep", () => {
  const runs = fc.array(
    fc.record({
      daysAgo: fc.integer({ min: 1, max: 400 }),
      flow_id: fc.constantFrom("a", "b"),
      state_type: fc.constantFrom<StateType>(...stateTypes),
      parent_flow_run_id: fc.constantFrom(null, null, "parent"),
      live: fc.boolean(),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(runs, fc.nat(5), fc.integer({ min: 0, max: 300 }), (given, keep, days) => {
      const all = given.map(({ daysAgo, live, ...more }) => ({ live, ...run(daysAgo, more) }));
      const live = new Set(all.filter((each) => each.live).map(({ id }) => id));
      const gone = new Set(expiredRuns(all, { keep, olderThan: days * day }, live, now));
      for (const each of all) {
        if (!gone.has(each.id)) continue;
        const newer = all.filter(
          (other) => other.flow_id === each.flow_id && other.parent_flow_run_id === null && other.id > each.id,
        );
        assert.ok(isTerminal(each.state_type) && !live.has(each.id) && each.parent_flow_run_id === null);
        assert.ok(newer.length >= keep);
        assert.ok(Date.parse(each.end_time ?? "") < now - days * day);
      }
    }),
  );
});

test("should remove a run from the index and the disk, and nothing else", async (context) => {
  const home = temporaryFolder(context);
  const store = createMemoryStore();
  const [gone, kept] = [tellRun(start), tellRun(start + 1000)];
  for (const story of [gone, kept]) {
    mkdirSync(path.join(homePaths.run(home, story.runId), "results"), { recursive: true });
    await store.applyRun(story.batch());
  }
  await removeRun(realDisk, home, store, gone.runId);
  await removeRun(realDisk, home, store, gone.runId);
  assert.equal(existsSync(homePaths.run(home, gone.runId)), false);
  assert.deepEqual(readdirSync(homePaths.trash(home), { recursive: true }), [gone.runId]);
  assert.deepEqual(
    (await retainedRuns(store)).map(({ id }) => id),
    [kept.runId],
  );
  assert.equal(existsSync(homePaths.run(home, kept.runId)), true);
});

test("should remove a run that came back by import", async (context) => {
  const home = temporaryFolder(context);
  const store = createMemoryStore();
  const story = tellRun(start);
  for (let time = 0; time < 2; time++) {
    mkdirSync(path.join(homePaths.run(home, story.runId), "results"), { recursive: true });
    await removeRun(realDisk, home, store, story.runId);
    assert.equal(existsSync(homePaths.run(home, story.runId)), false);
  }
});

test("should not bring a removed run back when its removal is in no snapshot", async (context) => {
  const home = temporaryFolder(context);
  const [gone, kept] = writeSyntheticHome({ home, runs: 2, tasks: 1 });
  const listed = async (index: OpenIndex) => (await index.store.flowRuns({})).items.map(({ id }) => id);
  const before = await openIndex(home, { worker });
  await removeRun(realDisk, home, before.store, gone ?? "");
  await before.close();

  const after = await openIndex(home, { worker });
  context.after(() => after.close());
  assert.deepEqual(await listed(after), [kept]);
  await after.snapshot();
  assert.deepEqual(readdirSync(homePaths.trash(home)), []);
});

test("should finish a removal that a crash cut short", async (context) => {
  const home = temporaryFolder(context);
  const store = createMemoryStore();
  const story = tellRun(start);
  await store.applyRun(story.batch());
  mkdirSync(path.join(homePaths.trash(home), story.runId), { recursive: true });
  mkdirSync(path.join(homePaths.trash(home), "unknown", "results"), { recursive: true });
  await forgetTrashed(realDisk, home, store);
  assert.deepEqual(await retainedRuns(store), []);
  assert.deepEqual(readdirSync(homePaths.trash(home)), [story.runId]);
  await emptyTrash(home, [story.runId]);
  assert.deepEqual(readdirSync(homePaths.trash(home)), []);
});

test("should not forget a run that came back by import after its removal", async (context) => {
  const home = temporaryFolder(context);
  const store = createMemoryStore();
  const [unread, known] = [tellRun(start), tellRun(start + 1000)];
  for (const story of [unread, known]) {
    await store.applyRun(story.batch());
    mkdirSync(path.join(homePaths.trash(home), story.runId), { recursive: true });
    mkdirSync(homePaths.run(home, story.runId), { recursive: true });
  }
  mkdirSync(homePaths.live(home));
  writeFileSync(homePaths.liveRun(home, unread.runId), "");
  await forgetTrashed(realDisk, home, store);
  // The first is read anew from live/, the second is in a snapshot that was made since.
  assert.deepEqual(
    (await retainedRuns(store)).map(({ id }) => id),
    [known.runId],
  );
  assert.deepEqual(readdirSync(homePaths.trash(home)), []);
});

test("should remove a run so that it does not come back when the machine goes down", async () => {
  const home = "/simulated-home";
  const story = tellRun(start);
  for (let seed = 0; seed < 20; seed++) {
    const disk = simulatedDisk();
    const folder = homePaths.run(home, story.runId);
    for (const made of disk.makeFolder(folder)) await disk.syncFolder(path.dirname(made));
    await removeRun(disk, home, createMemoryStore(), story.runId);
    assert.equal(disk.crash(seed).exists(folder), false);
  }
});
