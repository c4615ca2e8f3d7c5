import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bucketKey } from "../../../runtime/blocks/bucket-keys.ts";
import { LocalBucket } from "../../../runtime/blocks/index.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import { temporaryFolder } from "../../support/places.ts";

test("should write objects under keys and read them back", async (t) => {
  const bucket = new LocalBucket({ basepath: path.join(temporaryFolder(t), "not", "there", "yet") });
  assert.deepEqual(await bucket.listBlobs(), []);
  assert.equal(await bucket.writePath("./yellow//a.csv", "ä,b"), "yellow/a.csv");
  assert.equal((await bucket.readPath("yellow/a.csv")).toString(), "ä,b");
  assert.equal(await bucket.exists("yellow/a.csv"), true);
  assert.equal(await bucket.exists("yellow"), false);
  assert.equal(readFileSync(fileURLToPath(bucket.uri("yellow/a.csv")), "utf8"), "ä,b");
  await bucket.delete("yellow/a.csv");
  await bucket.delete("yellow/a.csv");
  assert.equal(await bucket.exists("yellow/a.csv"), false);
  await assert.rejects(bucket.readPath("yellow/a.csv"), { code: "not-found", message: /no object "yellow\/a\.csv"/ });
});

test("should upload and download files and folders", async (t) => {
  const folder = temporaryFolder(t);
  const bucket = new LocalBucket({ basepath: path.join(folder, "bucket") });
  mkdirSync(path.join(folder, "local", "deep"), { recursive: true });
  writeFileSync(path.join(folder, "local", "a.txt"), "a");
  writeFileSync(path.join(folder, "local", "deep", "b.txt"), "bb");
  assert.equal(await bucket.uploadFromPath(path.join(folder, "local", "a.txt")), "a.txt");
  assert.equal(await bucket.putDirectory(path.join(folder, "local"), "x/y"), 2);
  const blobs = (await bucket.listBlobs("x")).map(({ name, size }) => [name, size]);
  assert.deepEqual(blobs, [
    ["x/y/a.txt", 1],
    ["x/y/deep/b.txt", 2],
  ]);
  assert.deepEqual(await bucket.listFolders(), ["x", "x/y", "x/y/deep"]);
  assert.deepEqual(await bucket.listFolders("x/y"), ["x/y/deep"]);
  assert.equal(await bucket.getDirectory("x/y", path.join(folder, "back")), 2);
  assert.equal(readFileSync(path.join(folder, "back", "deep", "b.txt"), "utf8"), "bb");
  const target = path.join(folder, "new", "c.txt");
  assert.equal(await bucket.downloadObjectToPath("x/y/a.txt", target), target);
  assert.equal(readFileSync(target, "utf8"), "a");
  await assert.rejects(bucket.downloadObjectToPath("x/none", target), { code: "not-found" });
});

for (const key of ["../out", "a/../../out", "/etc/passwd", "C:\\out", "..\\out", "a\0b", "\\\\server\\share"]) {
  test(`should refuse the key ${JSON.stringify(key)}`, async (t) => {
    const bucket = new LocalBucket({ basepath: path.join(temporaryFolder(t), "bucket") });
    const refused = { code: "bad-usage", message: /bucket key/ };
    await assert.rejects(bucket.writePath(key, "x"), refused);
    await assert.rejects(bucket.readPath(key), refused);
    await assert.rejects(bucket.listBlobs(key), refused);
    await assert.rejects(bucket.delete(key), refused);
    await assert.rejects(bucket.uploadFromPath("package.json", key), refused);
    await assert.rejects(bucket.downloadObjectToPath(key, path.join(bucket.basepath, "x")), refused);
    assert.equal(existsSync(bucket.basepath), false);
  });
}

test("should refuse on Windows what cannot be a file there, and nothing else", () => {
  for (const key of ["a/b.csv:stream", "nul", "com1.txt", "a/what?", "dot.", "blank /x"]) {
    assert.throws(() => bucketKey(key, "win32"), /cannot be the name of a file on Windows/, key);
    assert.equal(bucketKey(key, "linux"), key);
  }
  for (const key of ["console/nullable.csv", "a.b/c d.csv"]) assert.equal(bucketKey(key, "win32"), key);
});

test("should not follow a symbolic link out of the bucket", async (t) => {
  const folder = temporaryFolder(t);
  const bucket = new LocalBucket({ basepath: path.join(folder, "bucket") });
  mkdirSync(path.join(folder, "outside"));
  writeFileSync(path.join(folder, "outside", "secret.txt"), "secret");
  await bucket.writePath("inside/a.txt", "a");
  symlinkSync(path.join(folder, "outside"), path.join(bucket.basepath, "link"), "junction");
  symlinkSync(path.join(bucket.basepath, "inside"), path.join(bucket.basepath, "within"), "junction");
  await assert.rejects(bucket.readPath("link/secret.txt"), /a symbolic link leads out/);
  await assert.rejects(bucket.writePath("link/new.txt", "x"), /a symbolic link leads out/);
  assert.equal(existsSync(path.join(folder, "outside", "new.txt")), false);
  assert.equal((await bucket.readPath("within/a.txt")).toString(), "a");
});

test("should show an object when it is whole and never before", async (t) => {
  const bucket = new LocalBucket({ basepath: temporaryFolder(t) });
  await bucket.writePath("a.txt", "old");
  async function* pieces() {
    yield "new";
    assert.equal((await bucket.readPath("a.txt")).toString(), "old");
    assert.deepEqual(
      (await bucket.listBlobs()).map(({ name }) => name),
      ["a.txt"],
    );
    yield "er";
  }
  await bucket.uploadFromStream(Readable.from(pieces()), "a.txt");
  assert.equal((await bucket.readPath("a.txt")).toString(), "newer");
  async function* broken() {
    yield "half";
    throw new Error("the line went dead");
  }
  await assert.rejects(bucket.uploadFromStream(Readable.from(broken()), "a.txt"), /the line went dead/);
  await assert.rejects(bucket.uploadFromPath(path.join(bucket.basepath, "none"), "b.txt"), { code: "ENOENT" });
  assert.equal((await bucket.readPath("a.txt")).toString(), "newer");
  assert.deepEqual(
    (await bucket.listBlobs()).map(({ name }) => name),
    ["a.txt"],
  );
});

test("should remove what a killed process left behind a day ago, and not what another one writes now", async (t) => {
  const basepath = temporaryFolder(t);
  const [old, young] = [".01890a5d-ac96-774b-bcce-b302099a8057.part", `.${newId()}.part`];
  for (const name of [old, young]) writeFileSync(path.join(basepath, name), "half");
  await new LocalBucket({ basepath }).writePath("a.txt", "a");
  assert.deepEqual(readdirSync(basepath).sort(), [young, "a.txt"]);
});

test("should name the setting that is missing", () => {
  assert.throws(() => new LocalBucket({ basepath: "" }), { code: "bad-parameters", message: /LocalBucket: basepath/ });
});
