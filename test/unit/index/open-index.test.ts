import assert from "node:assert/strict";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { lineBuffer } from "../../../runtime/journal/lines.ts";
import { type OpenIndex, openIndex, rebuildIndex } from "../../../runtime/orchestrator/index/open-index.ts";
import { readRunFrom } from "../../../runtime/orchestrator/index/read-run.ts";
import { schemaVersion } from "../../../runtime/orchestrator/index/sql/schema.ts";
import { homePaths, runPaths } from "../../../runtime/protocol/home.ts";
import { projectRoot, temporaryFolder } from "../../support/places.ts";
import { writeSyntheticHome } from "../../support/synthetic-home.ts";
import { type Story, start, tellRun } from "./story.ts";

const worker = path.join(projectRoot, "runtime/orchestrator/index/snapshot-worker.ts");

interface Opened {
  readonly index: OpenIndex;
  readonly log: readonly string[];
}

async function open(test: TestContext, home: string): Promise<Opened> {
  const log: string[] = [];
  const index = await openIndex(home, { worker, log: (message) => log.push(message) });
  test.after(() => index.close().catch(() => undefined));
  return { index, log };
}

/** Writes what the story has told as the run's journal. */
function write(home: string, story: Story): void {
  const folder = homePaths.run(home, story.runId);
  mkdirSync(folder, { recursive: true });
  for (const [segment, records] of Map.groupBy(story.records, ({ position }) => position.segment)) {
    const lines = lineBuffer();
    for (const { position, record } of records) lines.add(JSON.stringify(record), position.seq, position.seq);
    writeFileSync(runPaths.journal(folder, segment), Buffer.concat(lines.pieces()));
  }
}

async function fold(home: string, index: OpenIndex, runId: string): Promise<void> {
  const from = await index.store.folded(runId);
  for (const batch of readRunFrom(realDisk, runId, homePaths.run(home, runId), from, undefined, (problem) =>
    assert.fail(problem.message),
  )) {
    assert.equal((await index.store.applyRun(batch)).status, "applied");
  }
}

const runIds = async (index: OpenIndex): Promise<string[]> =>
  (await index.store.flowRuns({})).items.map(({ id }) => id);

test("should begin empty in a new home, without a word", async (context) => {
  const home = temporaryFolder(context);
  const { index, log } = await open(context, home);
  assert.deepEqual(await runIds(index), []);
  assert.equal(await index.hasChanged(), false);
  assert.deepEqual(log, []);
  assert.deepEqual(readdirSync(home), []);
});

test("should rebuild from the journals where there is no snapshot, say so, and then start from it", async (context) => {
  const home = temporaryFolder(context);
  const ids = writeSyntheticHome({ home, runs: 30, tasks: 5 });
  const first = await open(context, home);
  assert.deepEqual(await runIds(first.index), ids.toReversed());
  assert.match(first.log[0] ?? "", /rebuilt from the journals/);
  // Nothing but the snapshot can tell of a run whose folder is away.
  renameSync(homePaths.runs(home), path.join(home, "elsewhere"));
  const second = await open(context, home);
  assert.deepEqual(await runIds(second.index), ids.toReversed());
  assert.deepEqual(second.log, []);
});

test("should tell the runs read so far while it rebuilds", async (context) => {
  const home = temporaryFolder(context);
  writeSyntheticHome({ home, runs: 7, tasks: 1 });
  const seen: [number, number][] = [];
  assert.equal(await rebuildIndex(home, { worker, progress: (done, total) => seen.push([done, total]) }), 7);
  assert.deepEqual(seen.at(-1), [7, 7]);
});

test("should bring what was folded since into the next snapshot, and the runs that went out of it", async (context) => {
  const home = temporaryFolder(context);
  const [kept, gone] = writeSyntheticHome({ home, runs: 2, tasks: 2 });
  const { index } = await open(context, home);
  const story = tellRun(start, {}, 1, "RUNNING");
  write(home, story);
  await fold(home, index, story.runId);
  await index.store.deleteRun(gone ?? "");
  await index.store.putLimit({ name: "tag:db", limit: 2, active: true });
  await index.store.setLastSeq(41);
  assert.equal(await index.hasChanged(), true);
  assert.deepEqual(
    (await index.snapshot()).map(({ run_id }) => run_id),
    [story.runId],
  );
  assert.equal(await index.hasChanged(), false);

  story.segment("resume", { segment: 1, length: (await index.store.folded(story.runId))?.offset ?? 0 });
  story.flowState("COMPLETED");
  write(home, story);
  await fold(home, index, story.runId);
  await index.snapshot();

  const later = await open(context, home);
  assert.deepEqual(later.log, []);
  assert.deepEqual(new Set(await runIds(later.index)), new Set([kept, story.runId]));
  assert.deepEqual(await later.index.store.flowRun(story.runId), await index.store.flowRun(story.runId));
  assert.deepEqual(await later.index.store.taskRuns(story.runId), await index.store.taskRuns(story.runId));
  assert.deepEqual(await later.index.store.limits(), [{ name: "tag:db", limit: 2, active: true }]);
  assert.equal(await later.index.store.lastSeq(), 41);
});

test("should put into a snapshot no byte behind what the serving index had folded", async (context) => {
  const home = temporaryFolder(context);
  const story = tellRun(start, {}, 1, "COMPLETED");
  write(home, story);
  const { index } = await open(context, home);
  const unsynced = tellRun(start + 1000, {}, 3, "COMPLETED");
  write(home, unsynced);
  const [whole] = [
    ...readRunFrom(
      realDisk,
      unsynced.runId,
      homePaths.run(home, unsynced.runId),
      undefined,
      undefined,
      () => undefined,
    ),
  ];
  assert.ok(whole !== undefined);
  const half = whole.records.slice(0, 4);
  const offset = lengthOf(home, unsynced.runId, 4);
  await index.store.applyRun({ ...whole, toOffset: offset, records: half });
  await index.snapshot();
  const later = await open(context, home);
  assert.equal((await later.index.store.folded(unsynced.runId))?.offset, offset);
  assert.equal((await later.index.store.flowRun(unsynced.runId))?.state_type, "RUNNING");
});

for (const [what, damage] of [
  ["torn", (file: string) => truncateSync(file, Math.floor(readFileSync(file).length / 2))],
  ["empty", (file: string) => truncateSync(file, 0)],
  ["damaged in one byte", flipByte],
  ["no snapshot at all", (file: string) => writeFileSync(file, "what?")],
] as const) {
  test(`should rebuild when the snapshot is ${what}, and say so`, async (context) => {
    const home = temporaryFolder(context);
    const ids = writeSyntheticHome({ home, runs: 5, tasks: 2 });
    await rebuildIndex(home, { worker });
    damage(homePaths.snapshot(home, schemaVersion));
    const { index, log } = await open(context, home);
    assert.deepEqual(await runIds(index), ids.toReversed());
    assert.equal(log.length, 1);
    assert.match(log[0] ?? "", /rebuilt.*checksum/);
  });
}

test("should rebuild, not migrate, when the snapshot is of another schema, and clear it away", async (context) => {
  const home = temporaryFolder(context);
  const ids = writeSyntheticHome({ home, runs: 3, tasks: 1 });
  await rebuildIndex(home, { worker });
  const other = homePaths.snapshot(home, schemaVersion + 1);
  renameSync(homePaths.snapshot(home, schemaVersion), other);
  writeFileSync(`${homePaths.snapshot(home, schemaVersion)}.77.1.tmp`, "left by a killed worker");
  const { index } = await open(context, home);
  assert.deepEqual(await runIds(index), ids.toReversed());
  assert.deepEqual(
    readdirSync(home).filter((name) => name.startsWith("state.")),
    [path.basename(homePaths.snapshot(home, schemaVersion))],
  );
});

test("should make a whole snapshot when the file that it would build on is gone", async (context) => {
  const home = temporaryFolder(context);
  const ids = writeSyntheticHome({ home, runs: 4, tasks: 1 });
  const { index, log } = await open(context, home);
  rmSync(homePaths.snapshot(home, schemaVersion));
  const story = tellRun(start);
  write(home, story);
  await fold(home, index, story.runId);
  await index.snapshot();
  assert.match(log.at(-1) ?? "", /made anew/);
  const later = await open(context, home);
  assert.deepEqual(new Set(await runIds(later.index)), new Set([...ids, story.runId]));
});

test("should leave runs in live/ to those who know what of them is synced", async (context) => {
  const home = temporaryFolder(context);
  const [live, done] = writeSyntheticHome({ home, runs: 2, tasks: 1 });
  mkdirSync(homePaths.live(home));
  writeFileSync(homePaths.liveRun(home, live ?? ""), "{}");
  const { index } = await open(context, home);
  assert.deepEqual(await runIds(index), [done]);
});

test("should keep a run in debt whose journal could not be read, and name it", async (context) => {
  const home = temporaryFolder(context);
  writeSyntheticHome({ home, runs: 1, tasks: 1 });
  const { index, log } = await open(context, home);
  const [away, there] = [tellRun(start), tellRun(start + 1000)];
  for (const story of [away, there]) {
    write(home, story);
    await fold(home, index, story.runId);
  }
  const folder = homePaths.run(home, away.runId);
  renameSync(path.join(folder, "journal.1.ndjson"), path.join(folder, "away"));
  assert.deepEqual(
    (await index.snapshot()).map(({ run_id }) => run_id),
    [there.runId],
  );
  renameSync(path.join(folder, "away"), path.join(folder, "journal.1.ndjson"));
  assert.deepEqual(
    (await index.snapshot()).map(({ run_id }) => run_id),
    [away.runId],
  );
  assert.deepEqual(log.slice(1), []);
});

test("should leave out a run that a newer version wrote, name it, and take all others", async (context) => {
  const home = temporaryFolder(context);
  const ids = writeSyntheticHome({ home, runs: 3, tasks: 1 });
  const newer = tellRun(start);
  const [header] = newer.records;
  assert.ok(header?.record.kind === "segment");
  Object.assign(header.record, { version: { major: 99, minor: 0 } });
  write(home, newer);
  const { index, log } = await open(context, home);
  assert.deepEqual(await runIds(index), ids.toReversed());
  assert.ok(log.some((line) => line.includes(newer.runId) && line.includes("newer")));
});

test("should give calls during a snapshot the next one, which holds what came in meanwhile", async (context) => {
  const home = temporaryFolder(context);
  const { index } = await open(context, home);
  const [one, two] = [tellRun(start), tellRun(start + 1000)];
  write(home, one);
  await fold(home, index, one.runId);
  const first = index.snapshot();
  write(home, two);
  await fold(home, index, two.runId);
  const [second, third] = [index.snapshot(), index.snapshot()];
  assert.notEqual(second, first);
  assert.equal(third, second);
  assert.deepEqual(
    (await first).map(({ run_id }) => run_id),
    [one.runId],
  );
  assert.deepEqual(
    (await second).map(({ run_id }) => run_id),
    [two.runId],
  );
  const later = await open(context, home);
  assert.deepEqual(await runIds(later.index), [two.runId, one.runId]);
});

test("should fold again what a resume made void after the last snapshot", async (context) => {
  const home = temporaryFolder(context);
  const story = tellRun(start, {}, 2, "RUNNING");
  write(home, story);
  const { index } = await open(context, home);
  // The runner of segment 1 was gone when its last line was written: segment 2 counts it out.
  story.segment("resume", { segment: 1, length: lengthOf(home, story.runId, 6) });
  story.flowState("CANCELLED");
  write(home, story);
  await index.store.deleteRun(story.runId);
  await fold(home, index, story.runId);
  await index.snapshot();
  const later = await open(context, home);
  assert.deepEqual(await later.index.store.flowRun(story.runId), await index.store.flowRun(story.runId));
  assert.deepEqual((await later.index.store.flowRun(story.runId))?.task_run_counts, { CRASHED: 1, COMPLETED: 1 });
});

test("should leave no file behind but the snapshot", async (context) => {
  const home = temporaryFolder(context);
  writeSyntheticHome({ home, runs: 2, tasks: 1 });
  await rebuildIndex(home, { worker });
  assert.deepEqual(readdirSync(home).sort(), ["runs", path.basename(homePaths.snapshot(home, schemaVersion))]);
  assert.ok(existsSync(homePaths.snapshot(home, schemaVersion)));
});

/** Bytes of the first `count` lines of a run's first segment. */
function lengthOf(home: string, runId: string, count: number): number {
  const text = readFileSync(runPaths.journal(homePaths.run(home, runId), 1), "utf8");
  return Buffer.byteLength(
    text
      .split("\n")
      .slice(0, count)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

function flipByte(file: string): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, "\u0001", 5000);
  closeSync(descriptor);
}

test("should leave out a folder that was copied by hand under another id, and say whose it is", async (context) => {
  const home = temporaryFolder(context);
  const ids = writeSyntheticHome({ home, runs: 2, tasks: 1 });
  const story = tellRun(start);
  write(home, story);
  const copy = tellRun(start + 5000);
  mkdirSync(path.dirname(homePaths.run(home, copy.runId)), { recursive: true });
  cpSync(homePaths.run(home, story.runId), homePaths.run(home, copy.runId), { recursive: true });
  const { index, log } = await open(context, home);
  assert.deepEqual(new Set(await runIds(index)), new Set([...ids, story.runId]));
  assert.ok(log.some((line) => line.includes(copy.runId) && line.includes(`belongs to run ${story.runId}`)));
});

test("should lose no other run to one whose task runs have the ids of another's", async (context) => {
  const home = temporaryFolder(context);
  const [story, thief, other] = [tellRun(start, {}, 1), tellRun(start + 1000, {}, 0), tellRun(start + 2000, {}, 1)];
  const taken = story.records.find(({ record }) => record.kind === "task-run");
  assert.ok(taken !== undefined);
  thief.add(taken.record);
  for (const each of [story, thief, other]) write(home, each);
  const { index, log } = await open(context, home);
  assert.deepEqual(await runIds(index), [other.runId, story.runId]);
  assert.ok(log.some((line) => line.includes(`run ${thief.runId} is left out`)));
});
