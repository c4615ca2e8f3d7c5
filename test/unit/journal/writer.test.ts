import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { readFailure } from "../../../runtime/journal/failure.ts";
import { readRun } from "../../../runtime/journal/reading.ts";
import { runPaths } from "../../../runtime/protocol/home.ts";
import { type SyncFate, simulatedDisk } from "../../support/simulated-disk.ts";
import { begin, note, notes, runFolder, settle } from "./fixtures.ts";

const journalFile = runPaths.journal(runFolder, 1);

/** A disk whose syncs of files wait until they are let go. */
function slowDisk() {
  const waiting: ((fate: SyncFate) => void)[] = [];
  const disk = simulatedDisk({
    onSync: ({ kind }) => (kind === "folder" ? "do" : new Promise<SyncFate>((resolve) => waiting.push(resolve))),
  });
  return { disk, waiting, let: (fate: SyncFate = "do") => waiting.shift()?.(fate) };
}

test("should give back what was committed, in order, with positions", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  await journal.commit(note("one"));
  journal.append(note("two"));
  await journal.commit(note("drei – ü"));
  await journal.close();
  const { records, problems, segments, runId } = readRun(disk, runFolder);
  assert.deepEqual(notes(records), ["one", "two", "drei – ü"]);
  assert.deepEqual(
    records.map(({ position }) => position.seq),
    [0, 1, 2, 3],
  );
  assert.deepEqual(problems, []);
  assert.equal(runId, journal.runId);
  assert.equal(segments[0]?.length, disk.size(journalFile), "a clean close cuts what was grown ahead");
});

test("should write each line as JSON of its own", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  await journal.commit(note("line\nbreak"));
  await journal.close();
  const lines = Buffer.from(disk.readFile(journalFile)).toString("utf8").trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.deepEqual(JSON.parse(lines[1] ?? "").message, "line\nbreak");
});

test("should have written a record when append returns: the task's code may block or end the process next", () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  for (const text of ["one", "two"]) {
    journal.append(note(text));
    assert.equal(notes(readRun(disk, runFolder).records).at(-1), text);
  }
});

test("should write what is queued with the next write, with the next record, or once it is much", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  const found = () => notes(readRun(disk, runFolder).records);
  journal.queue(note("one"));
  journal.queue(note("two"));
  assert.deepEqual(found(), []);
  journal.write();
  assert.deepEqual(found(), ["one", "two"]);
  journal.queue(note("three"));
  journal.append(note("four"));
  assert.deepEqual(found(), ["one", "two", "three", "four"]);
  const large = "x".repeat(20_000);
  for (let each = 0; each < 4; each++) journal.queue(note(large));
  assert.equal(found().length, 8);
  journal.queue(note("last"));
  await journal.close();
  assert.equal(found().at(-1), "last");
});

test("should make durable by itself what was queued and written", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  const synced = new Promise<void>((resolve) => journal.onSynced(() => resolve()));
  journal.queue(note("one"));
  journal.write();
  const alive = setTimeout(() => undefined, 5000);
  await synced;
  clearTimeout(alive);
  assert.deepEqual(notes(readRun(disk.crash(1), runFolder).records), ["one"]);
});

test("should keep what is queued for the next batch while a sync is under way", async () => {
  const slow = slowDisk();
  const journal = begin(slow.disk);
  const first = journal.commit(note("first"));
  await settle();
  journal.queue(note("next"));
  journal.write();
  assert.equal(Buffer.from(slow.disk.readFile(journalFile)).includes('"next"'), false);
  slow.let();
  await first;
  assert.ok(Buffer.from(slow.disk.readFile(journalFile)).includes('"next"'));
});

test("should not acknowledge before the sync returned", async () => {
  const slow = slowDisk();
  const journal = begin(slow.disk);
  let acknowledged = false;
  const commit = journal.commit(note("one")).then(() => {
    acknowledged = true;
  });
  await settle();
  assert.equal(acknowledged, false);
  assert.equal(journal.synced, 0);
  slow.let();
  await commit;
  assert.equal(acknowledged, true);
  assert.ok(journal.synced > 0);
});

test("should share one sync among all that arrive during a sync, and write them only after it returned", async () => {
  const slow = slowDisk();
  const journal = begin(slow.disk);
  const first = journal.commit(note("first"));
  await settle();
  const others = ["a", "b", "c"].map((each) => journal.commit(note(each)));
  journal.append(note("d"));
  await settle();
  assert.equal(
    Buffer.from(slow.disk.readFile(journalFile)).includes('"a"'),
    false,
    "the next batch is not written yet",
  );
  slow.let();
  await first;
  await settle();
  assert.ok(Buffer.from(slow.disk.readFile(journalFile)).includes('"d"'));
  assert.equal(slow.waiting.length, 1);
  slow.let();
  await Promise.all(others);
  assert.equal(slow.disk.syncs.filter(({ path: at }) => at === journalFile).length, 2);
});

test("should make durable by itself what nobody commits", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  await journal.commit(note("one"));
  const offsets: number[] = [];
  const synced = new Promise<void>((resolve) =>
    journal.onSynced((offset) => {
      offsets.push(offset);
      resolve();
    }),
  );
  journal.append(note("two"));
  const alive = setTimeout(() => undefined, 5000);
  await synced;
  clearTimeout(alive);
  assert.deepEqual(notes(readRun(disk.crash(1), runFolder).records), ["one", "two"]);
  assert.equal(offsets[0], journal.synced);
});

test("should resolve flush when what is under way is durable, and at once when all is", async () => {
  const slow = slowDisk();
  const journal = begin(slow.disk);
  void journal.commit(note("one"));
  let flushed = false;
  const flush = journal.flush().then(() => {
    flushed = true;
  });
  await settle();
  assert.equal(flushed, false);
  slow.let();
  await flush;
  await journal.flush();
  assert.equal(slow.disk.syncs.filter(({ kind }) => kind === "file").length, 1);
});

test("should never acknowledge after a failed sync, not sync again, and say why in the failure file", async () => {
  let fail = false;
  const disk = simulatedDisk({ onSync: ({ path: at }) => (fail && at === journalFile ? "fail" : "do") });
  const journal = begin(disk);
  await journal.commit(note("one"));
  fail = true;
  const heard: Error[] = [];
  journal.onFailed((error) => heard.push(error));
  const failed = { code: "journal-failed", message: /could not be synced.*EIO.*resume the run/ };
  await assert.rejects(journal.commit(note("two")), failed);
  fail = false;
  await assert.rejects(journal.commit(note("three")), failed);
  assert.throws(() => journal.append(note("four")), failed);
  await assert.rejects(journal.flush(), failed);
  await assert.rejects(journal.close(), failed);
  await settle();
  assert.equal(disk.syncs.filter(({ path: at }) => at === journalFile).length, 2);
  assert.equal(heard.length, 1);
  assert.match(readFailure(disk, runFolder, 1)?.message ?? "", /EIO/);
  const contents = readRun(disk, runFolder);
  assert.match(contents.segments[0]?.failure ?? "", /EIO/);
  // The bytes of "two" can be read here, but nobody knows whether they ever come to the disk.
  assert.ok(Buffer.from(disk.readFile(journalFile)).includes("two"));
  assert.deepEqual(notes(contents.records), ["one"]);
  assert.deepEqual(contents.problems, []);
});

test("should fail for good on a full disk and still have room for the reason", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  await journal.commit(note("one"));
  disk.freeSpace = 50;
  await assert.rejects(journal.commit(note("two")), { code: "journal-failed", message: /the disk is full; free/ });
  disk.freeSpace = 1_000_000;
  assert.throws(() => journal.append(note("three")), { code: "journal-failed" });
  const contents = readRun(disk, runFolder);
  assert.deepEqual(notes(contents.records), ["one"]);
  assert.deepEqual(contents.problems, []);
  assert.match(contents.segments[0]?.failure ?? "", /disk is full/);
});

test("should acknowledge nothing once the next segment exists, also what was synced", async () => {
  const slow = slowDisk();
  const journal = begin(slow.disk);
  const first = journal.commit(note("one"));
  await settle();
  slow.disk.createExclusive(runPaths.journal(runFolder, 2));
  const queued = journal.commit(note("two"));
  slow.let();
  await assert.rejects(first, { code: "journal-lost" });
  await assert.rejects(queued, { code: "journal-lost" });
  const length = slow.disk.size(journalFile);
  await assert.rejects(journal.close(), { code: "journal-lost" });
  assert.equal(slow.disk.size(journalFile), length, "a sealed segment is not cut");
});

test("should write without a sync when durability is process, and still notice that it was sealed", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk, { durability: "process" });
  await journal.commit(note("one"));
  assert.equal(disk.syncs.length, 0);
  assert.deepEqual(notes(readRun(disk, runFolder).records), ["one"]);
  disk.createExclusive(runPaths.journal(runFolder, 2));
  await assert.rejects(journal.commit(note("two")), { code: "journal-lost" });
});

test("should refuse a segment that exists and leave no failure file behind a clean close", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  assert.throws(() => begin(disk), { code: "conflict", message: /already being executed/ });
  await journal.close();
  assert.deepEqual(disk.list(runFolder), [path.basename(journalFile)]);
});

test("should leave no folder that looks like a run when there is no room for its first line", () => {
  for (const freeSpace of [0, 100, 1024, 1100]) {
    const disk = simulatedDisk();
    disk.freeSpace = freeSpace;
    assert.throws(() => begin(disk));
    assert.equal(disk.exists(runFolder), false);
  }
});
