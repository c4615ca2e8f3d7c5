import assert from "node:assert/strict";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { listLiveRuns, readLiveEntry, removeLiveEntry, writeLiveEntry } from "../../../runtime/journal/live.ts";
import { prepareHome } from "../../../runtime/journal/prepare-home.ts";
import { diskResultCache } from "../../../runtime/journal/result-cache.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import { keepSources, readSource } from "../../../runtime/journal/sources.ts";
import { diskValueStore } from "../../../runtime/journal/value-store.ts";
import { homePaths, runPaths } from "../../../runtime/protocol/home.ts";
import { temporaryFolder } from "../../support/places.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { home, runFolder, runId, writer } from "./fixtures.ts";

const otherFolder = path.join(path.dirname(runFolder), "019a0000-0000-7000-8000-000000000002");
const origin = { flow_run_id: runId, task_run_id: "t" };

test("should write, list and remove entries of live runs", async () => {
  const disk = simulatedDisk();
  assert.deepEqual(listLiveRuns(disk, home), []);
  const entry = { run_id: runId, writer, socket: "s", token: "t", flow_name: "f", file: "/f.ts", started: 1 };
  await writeLiveEntry(disk, home, entry);
  assert.deepEqual(listLiveRuns(disk, home), [runId]);
  assert.deepEqual(readLiveEntry(disk, home, runId), entry);
  removeLiveEntry(disk, home, runId);
  removeLiveEntry(disk, home, runId);
  assert.equal(readLiveEntry(disk, home, runId), undefined);
  disk.createExclusive(homePaths.liveRun(home, runId)).write(Buffer.from('{"run_id":"'), 0);
  assert.equal(readLiveEntry(disk, home, runId), undefined, "an entry cut short is none");
});

test("should give a cached result until it expires, to whoever asks by the same key", async () => {
  const disk = simulatedDisk();
  const clock = { now: 1000 };
  const cache = diskResultCache(disk, home, { folder: runFolder, now: () => clock.now });
  assert.equal(await cache.get("k"), undefined);
  const value = { kind: "inline", data: [5] } as const;
  await cache.put("k", value, origin, 2000);
  assert.deepEqual(await cache.get("k"), { value, ...origin, expires: 2000 });
  assert.equal(await cache.get("K"), undefined);
  clock.now = 2000;
  assert.equal(await cache.get("k"), undefined);
  assert.deepEqual(disk.list(homePaths.cache(home)), [], "what expired is gone");
  await cache.put("k", { kind: "none", reason: "persist: false" }, origin, undefined);
  assert.equal(await cache.get("k"), undefined);
});

test("should carry large values from run to run, durably, and drop those that nothing refers to", async () => {
  const disk = simulatedDisk();
  const values = diskValueStore(disk, runFolder);
  const large = await values.keep("x".repeat(100_000), "result");
  assert.ok(large.kind === "file");
  await diskResultCache(disk, home, { folder: runFolder }).put("k", large, origin, undefined);
  disk.remove(runPaths.result(runFolder, large.hash));
  const other = diskResultCache(disk, home, { folder: otherFolder });
  disk.makeFolder(otherFolder);
  assert.deepEqual((await other.get("k"))?.value, large);
  assert.equal(diskValueStore(disk, otherFolder).read(large), "x".repeat(100_000));
  for (const each of [home, path.join(home, "runs"), path.dirname(otherFolder)]) await disk.syncFolder(each);
  await disk.syncFolder(path.dirname(home));
  for (let seed = 0; seed < 20; seed++) {
    assert.ok(
      diskValueStore(disk.crash(seed), otherFolder).verify(large),
      "the copy is as durable as its record will be",
    );
  }
  await other.put("k", { kind: "inline", data: [1] }, origin, undefined);
  assert.equal(disk.list(homePaths.cache(home)).length, 1);
});

test("should take a damaged cache for an empty one", async () => {
  const disk = simulatedDisk();
  const cache = diskResultCache(disk, home, { folder: runFolder });
  const large = await diskValueStore(disk, runFolder).keep("x".repeat(100_000), "result");
  await cache.put("k", large, origin, undefined);
  for (const name of disk.list(homePaths.cache(home))) {
    disk.damage(path.join(homePaths.cache(home), name), 0, Buffer.from("!!"));
    assert.equal(await cache.get("k"), undefined);
  }
});

test("should keep the texts of sources by content", async () => {
  const disk = simulatedDisk();
  const sources = [
    { file: "/a.ts", text: "export {};" },
    { file: "/b.ts", text: "export {};" },
    { file: "/c.ts", text: "ü" },
  ];
  const record = await keepSources(disk, runFolder, sources, 7);
  assert.equal(disk.list(runPaths.sources(runFolder)).length, 2);
  const texts = record.files.map(({ file, hash }) => ({ file, text: readSource(disk, runFolder, hash) }));
  assert.deepEqual(texts, sources);
  const first = record.files[0]?.hash ?? "";
  disk.damage(path.join(runPaths.sources(runFolder), first), 0, Buffer.from("!"));
  assert.equal(readSource(disk, runFolder, first), undefined);
  assert.equal(readSource(disk, runFolder, "../../../secret.key"), undefined);
});

test("should make a home for the user alone, once", async (t) => {
  const folder = path.join(temporaryFolder(t), "deep", "home");
  await prepareHome(realDisk, folder);
  await prepareHome(realDisk, folder);
  if (process.platform !== "win32") {
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(path.join(folder, "home.json")).mode & 0o777, 0o600);
  }
  assert.ok(statSync(homePaths.runs(folder)).isDirectory());
});

test("should say what is wrong with a home and how to choose another", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  const choose = /MILLRACE_HOME/;
  for (const place of [file, path.join(file, "below")]) {
    await assert.rejects(prepareHome(realDisk, place), { code: "home-unusable", message: /a file stands where/ });
  }
  const newer = path.join(folder, "newer");
  mkdirSync(newer);
  writeFileSync(path.join(newer, "home.json"), '{"version":99}');
  await assert.rejects(prepareHome(realDisk, newer), { code: "home-newer", message: choose });
  const damaged = path.join(folder, "damaged");
  mkdirSync(damaged);
  writeFileSync(path.join(damaged, "home.json"), "{");
  await assert.rejects(prepareHome(realDisk, damaged), { code: "home-unusable", message: /damaged/ });
  if (process.platform !== "win32" && process.getuid?.() !== 0) {
    const closed = path.join(folder, "closed");
    mkdirSync(closed, { mode: 0o500 });
    await assert.rejects(prepareHome(realDisk, closed), { code: "home-unusable", message: /may not be written/ });
    chmodSync(closed, 0o700);
    await prepareHome(realDisk, closed);
    chmodSync(closed, 0o500);
    await assert.rejects(prepareHome(realDisk, closed), { code: "home-unusable", message: /may not be written/ });
    chmodSync(closed, 0o700);
  }
  const full = simulatedDisk();
  full.freeSpace = 0;
  await assert.rejects(prepareHome(full, home), { code: "home-unusable", message: /the disk is full/ });
});

test("should refuse a network file system unless told otherwise, and warn then", async () => {
  const nfs = { fileSystem: () => 0x6969 };
  await assert.rejects(prepareHome(simulatedDisk(), home, { ...nfs, environment: {} }), {
    code: "home-unusable",
    message: /network file system \(NFS\).*MILLRACE_ALLOW_NETWORK_HOME=1/,
  });
  const warnings: string[] = [];
  const environment = { MILLRACE_ALLOW_NETWORK_HOME: "1" };
  await prepareHome(simulatedDisk(), home, { ...nfs, environment, warn: (message) => warnings.push(message) });
  assert.equal(warnings.length, 1);
  await prepareHome(simulatedDisk(), home, { fileSystem: () => 0xef53, environment: {} });
});

test("should have a home that outlives the machine, also when whoever began to make it was killed", async () => {
  for (let seed = 0; seed < 20; seed++) {
    for (const begun of [false, true]) {
      const disk = simulatedDisk();
      const nested = begun ? home : path.join(home, "of", "somebody");
      if (begun) disk.makeFolder(path.join(home, "runs"));
      await prepareHome(disk, nested);
      const folder = homePaths.run(nested, runId);
      await createSegment(disk, folder, runId, 1, { reason: "start", writer }).flush();
      assert.ok(disk.crash(seed).exists(runPaths.journal(folder, 1)));
    }
  }
});
