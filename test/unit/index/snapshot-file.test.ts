import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { lineBuffer } from "../../../runtime/journal/lines.ts";
import { prepareHome } from "../../../runtime/journal/prepare-home.ts";
import type { Disk } from "../../../runtime/journal/types.ts";
import { makeSnapshot } from "../../../runtime/orchestrator/index/make-snapshot.ts";
import { readSnapshotFile, writeSnapshotFile } from "../../../runtime/orchestrator/index/snapshot-file.ts";
import { schemaVersion } from "../../../runtime/orchestrator/index/sql/schema.ts";
import { createSqlStore } from "../../../runtime/orchestrator/index/sql-store.ts";
import { homePaths, runPaths } from "../../../runtime/protocol/home.ts";
import { type SyncEvent, simulatedDisk } from "../../support/simulated-disk.ts";
import { start, tellRun } from "./story.ts";

const home = path.resolve("/home");
const file = homePaths.snapshot(home, schemaVersion);
const first = Buffer.alloc(3000, "a");
const second = Buffer.alloc(5000, "b");

async function homeWith(onSync?: (event: SyncEvent) => "do" | "swallow") {
  let watched = false;
  const disk = simulatedDisk({ onSync: (event) => (watched ? (onSync?.(event) ?? "do") : "do") });
  await prepareHome(disk, home);
  await writeSnapshotFile(disk, file, first);
  watched = true;
  return disk;
}

const textOf = (disk: Disk): string => {
  const found = readSnapshotFile(disk, file);
  return found.bytes === undefined ? found.reason : Buffer.from(found.bytes).toString("latin1", 0, 1);
};

const seeds = Array.from({ length: 40 }, (_, seed) => seed);

test("should have a snapshot on the disk once it is written, so that entries of live/ may go", async () => {
  const disk = await homeWith();
  await writeSnapshotFile(disk, file, second);
  for (const seed of seeds) assert.equal(textOf(disk.crash(seed)), "b");
});

test("should lose a snapshot when either of its two syncs does nothing", async () => {
  for (const kind of ["file", "folder"] as const) {
    const disk = await homeWith((event) => (event.kind === kind ? "swallow" : "do"));
    await writeSnapshotFile(disk, file, second);
    const found = new Set(seeds.map((seed) => textOf(disk.crash(seed))));
    assert.notDeepEqual(found, new Set(["b"]), `without the sync of the ${kind}`);
  }
});

test("should have the old snapshot or the new one when the machine goes down while one is written", async () => {
  let midway = 0;
  const disk = await homeWith(() => {
    for (const seed of seeds) assert.match(textOf(disk.crash(seed)), /^[ab]$/);
    midway += 1;
    return "do";
  });
  await writeSnapshotFile(disk, file, second);
  assert.equal(midway, 2);
});

test("should leave the old snapshot and no remains when the disk is full", async () => {
  const disk = await homeWith();
  disk.freeSpace = 100;
  await assert.rejects(writeSnapshotFile(disk, file, second), { code: "ENOSPC" });
  assert.equal(textOf(disk), "a");
  assert.deepEqual(
    disk.list(home).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("should tell of a run from its snapshot although the machine went down when it was just made", async () => {
  const disk = await homeWith();
  const story = tellRun(start);
  const folder = homePaths.run(home, story.runId);
  disk.makeFolder(folder);
  const lines = lineBuffer();
  for (const { position, record } of story.records) lines.add(JSON.stringify(record), position.seq, position.seq);
  disk.createExclusive(runPaths.journal(folder, 1)).write(Buffer.concat(lines.pieces()), 0);
  await makeSnapshot(disk, { type: "rebuild", home }, () => undefined);
  for (const seed of [1, 2, 3, 4, 5]) {
    const { bytes } = readSnapshotFile(disk.crash(seed), file);
    assert.ok(bytes !== undefined);
    const store = await createSqlStore(bytes);
    assert.deepEqual(
      (await store.flowRuns({})).items.map(({ id }) => id),
      [story.runId],
    );
    await store.close();
  }
});
