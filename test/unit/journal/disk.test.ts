import assert from "node:assert/strict";
import { chmodSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { realDisk, replaceFile } from "../../../runtime/journal/disk.ts";
import type { Disk } from "../../../runtime/journal/types.ts";
import { temporaryFolder } from "../../support/places.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";

const disks: [name: string, make: () => Disk][] = [
  ["real", () => realDisk],
  ["simulated", () => simulatedDisk()],
];

for (const [name, make] of disks) {
  test(`should behave as a disk does: ${name}`, async (t) => {
    const disk = make();
    const root = temporaryFolder(t);
    const folder = path.join(root, "a", "b");
    disk.makeFolder(root);
    assert.deepEqual(disk.makeFolder(folder), [path.join(root, "a"), folder]);
    assert.deepEqual(disk.makeFolder(folder), []);
    const file = path.join(folder, "file");
    const opened = disk.createExclusive(file);
    assert.throws(() => disk.createExclusive(file), { code: "EEXIST" });
    opened.write(Buffer.from("hello world"), 0);
    opened.write(Buffer.from("HE"), 0);
    opened.write(Buffer.from("!"), 15);
    await opened.sync();
    assert.equal(Buffer.from(disk.readFile(file)).toString(), "HEllo world\0\0\0\0!");
    assert.equal(Buffer.from(disk.readRange(file, 6, 5)).toString(), "world");
    assert.equal(disk.readRange(file, 14, 100).length, 2);
    assert.equal(disk.readRange(file, 100, 5).length, 0);
    opened.truncate(5);
    assert.equal(disk.size(file), 5);
    opened.truncate(4096);
    assert.deepEqual([opened.size(), disk.readFile(file)[4095]], [4096, 0]);
    opened.close();
    await disk.syncFolder(folder);
    disk.rename(file, path.join(folder, "other"));
    assert.deepEqual([disk.exists(file), disk.list(folder)], [false, ["other"]]);
    const again = disk.open(path.join(folder, "other"));
    again.write(Buffer.from("X"), 4);
    again.close();
    assert.equal(disk.readFile(path.join(folder, "other"))[4], 0x58);
    disk.remove(path.join(folder, "other"));
    for (const missing of [
      () => disk.readFile(file),
      () => disk.open(file),
      () => disk.size(file),
      () => disk.remove(file),
      () => disk.list(path.join(root, "x")),
    ]) {
      assert.throws(missing, { code: "ENOENT" });
    }
  });

  test(`should replace a file whole and leave nothing beside it: ${name}`, async (t) => {
    const disk = make();
    const folder = temporaryFolder(t);
    disk.makeFolder(folder);
    const file = path.join(folder, "file");
    await replaceFile(disk, file, "one");
    await replaceFile(disk, file, "two");
    assert.equal(Buffer.from(disk.readFile(file)).toString(), "two");
    assert.deepEqual(disk.list(folder), ["file"]);
  });
}

test("should make files and folders for the user alone", { skip: process.platform === "win32" }, (t) => {
  const folder = path.join(temporaryFolder(t), "folder");
  realDisk.makeFolder(folder);
  realDisk.createExclusive(path.join(folder, "file")).close();
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(path.join(folder, "file")).mode & 0o777, 0o600);
});

test("should say of a folder that cannot be made why not", {
  skip: process.platform === "win32" || process.getuid?.() === 0,
}, (t) => {
  const above = path.join(temporaryFolder(t), "above");
  realDisk.makeFolder(above);
  chmodSync(above, 0o500);
  assert.throws(() => realDisk.makeFolder(path.join(above, "a", "b")), { code: "EACCES" });
});

test("should keep what replaced a file when the machine goes down", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const disk = simulatedDisk();
    for (const made of disk.makeFolder("/folder")) await disk.syncFolder(path.dirname(made));
    for (const content of ["one", "two"]) {
      await replaceFile(disk, "/folder/file", content);
      assert.equal(Buffer.from(disk.crash(seed).readFile("/folder/file")).toString(), content);
    }
  }
});
