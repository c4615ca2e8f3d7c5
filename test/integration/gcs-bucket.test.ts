/** GcsBucket through the real client against the test server: what a flow does with a bucket. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Readable, Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Bucket, GcsBucket, LocalBucket } from "../../runtime/blocks/index.ts";
import { type Cloud, startCloud, takeSteps } from "../support/gcs.ts";
import { temporaryFolder } from "../support/places.ts";

const mebibyte = 1024 * 1024;

async function startBucket(t: TestContext, settings: { bucketFolder?: string } = {}) {
  const cloud = await startCloud(t);
  cloud.server.store.createBucket("trips-bucket");
  const bucket = gcsBucket(cloud, settings);
  t.after(() => assert.deepEqual(cloud.server.complaints, []));
  return { ...cloud, bucket };
}

function gcsBucket({ server, credentials }: Cloud, settings: { bucketFolder?: string } = {}) {
  return new GcsBucket({ bucket: "trips-bucket", gcpCredentials: credentials, endpoint: server.url, ...settings });
}

const kinds: readonly (readonly [string, (t: TestContext) => Promise<Bucket>])[] = [
  ["LocalBucket", async (t) => new LocalBucket({ basepath: path.join(temporaryFolder(t), "bucket") })],
  ["GcsBucket", async (t) => (await startBucket(t)).bucket],
  ["GcsBucket in a folder", async (t) => (await startBucket(t, { bucketFolder: "raw/2021" })).bucket],
];
for (const [kind, make] of kinds) {
  test(`${kind}: should do with objects and folders what every bucket does`, async (t) => {
    const bucket = await make(t);
    const folder = temporaryFolder(t);
    assert.deepEqual(await bucket.listBlobs(), []);
    assert.equal(await bucket.writePath("./yellow//a.csv", "ä,b"), "yellow/a.csv");
    assert.equal((await bucket.readPath("yellow/a.csv")).toString(), "ä,b");
    await bucket.writePath("yellow/a.csv", "");
    assert.equal((await bucket.readPath("yellow/a.csv")).length, 0);
    assert.deepEqual([await bucket.exists("yellow/a.csv"), await bucket.exists("yellow")], [true, false]);
    await bucket.delete("yellow/a.csv");
    await bucket.delete("yellow/a.csv");
    assert.equal(await bucket.exists("yellow/a.csv"), false);
    await assert.rejects(bucket.readPath("yellow/a.csv"), { code: "not-found", message: /no object "yellow\/a\.csv"/ });
    await assert.rejects(bucket.writePath("../out", "x"), { code: "bad-usage" });

    mkdirSync(path.join(folder, "local", "deep"), { recursive: true });
    writeFileSync(path.join(folder, "local", "a.txt"), "a");
    writeFileSync(path.join(folder, "local", "deep", "b.txt"), "bb");
    assert.equal(await bucket.uploadFromPath(path.join(folder, "local", "a.txt")), "a.txt");
    assert.equal(await bucket.uploadFromFolder(path.join(folder, "local"), "x/y"), 2);
    const blobs = (await bucket.listBlobs("x")).map(({ name, size }) => [name, size]);
    assert.deepEqual(blobs, [
      ["x/y/a.txt", 1],
      ["x/y/deep/b.txt", 2],
    ]);
    assert.deepEqual(await bucket.listFolders(), ["x", "x/y", "x/y/deep"]);
    assert.deepEqual(await bucket.listFolders("x/y"), ["x/y/deep"]);
    assert.equal(await bucket.downloadFolderToPath("x/y", path.join(folder, "back")), 2);
    assert.equal(readFileSync(path.join(folder, "back", "deep", "b.txt"), "utf8"), "bb");
    const target = path.join(folder, "new", "c.txt");
    assert.equal(await bucket.downloadObjectToPath("x/y/a.txt", target), target);
    assert.equal(readFileSync(target, "utf8"), "a");
    await assert.rejects(bucket.downloadObjectToPath("x/none", target), { code: "not-found" });
    assert.equal(readFileSync(target, "utf8"), "a");
  });

  test(`${kind}: should page through a list, and take and give streams with progress`, async (t) => {
    const bucket = await make(t);
    for (const name of ["b", "a", "c/d", "c/e", "f"]) await bucket.writePath(name, name);
    const pages: string[][] = [];
    let next: string | undefined;
    do {
      const page = await bucket.listPage("", { size: 2, next });
      pages.push(page.blobs.map(({ name }) => name));
      next = page.next;
    } while (next !== undefined);
    assert.deepEqual(pages, [["a", "b"], ["c/d", "c/e"], ["f"]]);

    const content = randomBytes(3 * mebibyte + 17);
    const told: number[] = [];
    const pieces = Readable.from([content.subarray(0, 1000), content.subarray(1000)]);
    await bucket.uploadFromStream(pieces, "s.bin", { onProgress: ({ bytes }) => told.push(bytes) });
    assert.equal(told.at(-1), content.length);
    const { name, size, open } = await bucket.source("s.bin");
    assert.deepEqual([name, size], ["s.bin", content.length]);
    assert.equal(hashOf(await collect(await open())), hashOf(content));
    const given: Buffer[] = [];
    const sink = new Writable({
      write(chunk, _encoding, done) {
        given.push(chunk);
        done();
      },
    });
    await bucket.downloadObjectToFileObject("s.bin", sink);
    assert.equal(hashOf(Buffer.concat(given)), hashOf(content));
    const broken = Readable.from(
      (async function* () {
        yield content;
        throw new Error("the source broke");
      })(),
    );
    await assert.rejects(bucket.uploadFromStream(broken, "broken.bin"), /the source broke/);
    assert.equal(await bucket.exists("broken.bin"), false);
    assert.match(await bucket.signedUrl("s.bin"), /s\.bin/);
    assert.ok((await bucket.createBucket()).created <= new Date());
  });
}

test("should send large files resumable and small ones at once, each with its checksum", async (t) => {
  const { server, bucket, folder } = await startBucket(t);
  for (const size of [0, 1, 5 * mebibyte - 1, 5 * mebibyte, 6 * mebibyte + 3, 8 * mebibyte]) {
    server.clear();
    const content = randomBytes(size);
    const file = path.join(folder, "data.bin");
    writeFileSync(file, content);
    const told: number[] = [];
    await bucket.uploadFromPath(file, "data.bin", {
      onProgress({ bytes, totalBytes }) {
        assert.equal(totalBytes, size);
        told.push(bytes);
      },
    });
    assert.equal(told.at(-1), size);
    assert.deepEqual(
      told.toSorted((a, b) => a - b),
      told,
    );
    const stored = server.objectFile("trips-bucket", "data.bin") ?? "";
    assert.equal(hashOf(readFileSync(stored)), hashOf(content));
    const sent = server.requests.filter(
      ({ operation }) => operation === "objects.insert" || operation.startsWith("res"),
    );
    if (size < 5 * mebibyte) {
      assert.deepEqual(
        sent.map(({ query, body }) => [query["uploadType"], typeof Reflect.get(Object(body), "crc32c")]),
        [["multipart", "string"]],
      );
    } else {
      assert.deepEqual(
        sent.map(({ operation }) => operation),
        ["resumable.start", "resumable.write", "resumable.write"],
      );
      assert.match(sent.at(-1)?.headers["x-goog-hash"] ?? "", /^crc32c=/);
    }
    for (const { query } of sent.slice(0, 1)) assert.match(query["ifGenerationMatch"] ?? "", /^\d+$/);
    const back = path.join(folder, "back.bin");
    await bucket.downloadObjectToPath("data.bin", back);
    assert.equal(hashOf(readFileSync(back)), hashOf(content));
  }
});

test("should send a stream whose end nobody knows in blocks that can be sent again", async (t) => {
  const { server, bucket } = await startBucket(t);
  const block = 8 * mebibyte;
  for (const size of [block, block + 1, 2 * block, 2 * block + 100]) {
    const content = randomBytes(size);
    await bucket.uploadFromStream(Readable.from([content], { objectMode: false }), "stream.bin");
    const stored = readFileSync(server.objectFile("trips-bucket", "stream.bin") ?? "");
    assert.equal(hashOf(stored), hashOf(content));
  }
});

test("should sign URLs that anybody can read for a while", async (t) => {
  const { server, bucket } = await startBucket(t);
  await bucket.writePath("a b/ü.txt", "signed");
  const url = await bucket.signedUrl("a b/ü.txt", { expires: "10m" });
  assert.ok(url.startsWith(server.url));
  const answer = await fetch(url);
  assert.equal(await answer.text(), "signed");
  const other = await fetch(url.replace("X-Goog-Expires=600", "X-Goog-Expires=604800"));
  assert.equal(other.status, 403);
  await other.body?.cancel();
});

test("should give what was packed for storage unpacked, and let no name out of the folder", async (t) => {
  const { server, bucket, folder } = await startBucket(t);
  const draft = await server.store.draft("trips-bucket");
  await draft.write(gzipSync("unpacked"));
  await draft.finish("packed.txt", { contentEncoding: "gzip" }, {});
  assert.equal((await bucket.readPath("packed.txt")).toString(), "unpacked");
  await bucket.downloadObjectToPath("packed.txt", path.join(folder, "packed.txt"));
  assert.equal(readFileSync(path.join(folder, "packed.txt"), "utf8"), "unpacked");
  const evil = await server.store.draft("trips-bucket");
  await evil.finish("../../evil.txt", {}, {});
  await assert.rejects(bucket.getDirectory("", path.join(folder, "down", "here")), /leads out of the folder/);
  assert.ok(!readdirSync(folder).includes("evil.txt"));
});

test("should create a bucket once, and say when there is none", async (t) => {
  const cloud = await startCloud(t);
  const bucket = gcsBucket(cloud);
  const missing = { code: "not-found", message: /bucket does not exist.*create it with createBucket\(\)/ };
  await assert.rejects(bucket.writePath("a", "a"), missing);
  await assert.rejects(bucket.readPath("a"), missing);
  await assert.rejects(bucket.listBlobs(), missing);
  await assert.rejects(bucket.getBucket(), missing);
  assert.equal((await bucket.createBucket({ location: "europe-west6" })).location, "EUROPE-WEST6");
  assert.equal((await bucket.createBucket()).location, "EUROPE-WEST6");
  assert.deepEqual(cloud.server.complaints, []);
});

test("should list what a test looked at, and exactly what is wrong", async (t) => {
  const { server, bucket, folder } = await startBucket(t);
  const steps = await takeSteps(bucket);
  assert.deepEqual(
    steps.map(({ name, state }) => `${name}: ${state}`),
    ["host: ok", "TLS: skipped", "sign in: ok", "bucket: ok", "permission: ok"],
  );
  assert.equal(steps.at(-1)?.message, "list, read, write and delete");
  server.deny("storage.buckets.get");
  server.deny("storage.objects.create");
  const denied = await takeSteps(bucket);
  assert.match(denied.at(-2)?.message ?? "", /is there/);
  assert.match(denied.at(-1)?.message ?? "", /storage\.objects\.create is missing; give the account the role/);
  await assert.rejects(bucket.writePath("a", "a"), {
    code: "unauthorized",
    message: /storage\.objects\.create access/,
  });
  const other = new GcsBucket({ ...bucket.settings, bucket: "nobodys-bucket" });
  assert.match((await takeSteps(other)).at(-1)?.message ?? "", /bucket does not exist/);
  const nowhere = new GcsBucket({ ...bucket.settings, endpoint: "http://gcs.invalid" });
  assert.match((await takeSteps(nowhere)).at(-1)?.message ?? "", /find the address of gcs\.invalid.*endpoint/);
  const shown = JSON.stringify([...steps, ...denied]);
  assert.ok(!shown.includes("PRIVATE KEY") && !shown.includes("ya29"), folder);
});

async function collect(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
