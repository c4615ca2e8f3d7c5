/** What GcsBucket does when the service or the network fails: every fault of a real service, one at a time. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { GcsBucket } from "../../runtime/blocks/index.ts";
import { flow, task } from "../../runtime/sdk/index.ts";
import { fakeClock, runFlow } from "../../runtime/testing/index.ts";
import { startCloud } from "../support/gcs.ts";
import { until } from "../support/until.ts";

const mebibyte = 1024 * 1024;

async function start(t: TestContext, settings: { retries?: number; timeoutSeconds?: number } = {}) {
  const { server, folder, credentials } = await startCloud(t);
  server.store.createBucket("trips-bucket");
  const bucket = new GcsBucket({
    bucket: "trips-bucket",
    gcpCredentials: credentials,
    endpoint: server.url,
    ...settings,
  });
  const content = randomBytes(7 * mebibyte + 123);
  const file = path.join(folder, "in.bin");
  writeFileSync(file, content);
  const stored = (name: string) => {
    const place = server.objectFile("trips-bucket", name);
    return place === undefined ? undefined : readFileSync(place);
  };
  const count = (operation: string) => server.requests.filter((request) => request.operation === operation).length;
  return { server, folder, credentials, bucket, content, file, stored, count };
}

for (const [operation, act] of [
  ["objects.media", (bucket: GcsBucket) => bucket.readPath("small")],
  ["objects.get", (bucket: GcsBucket) => bucket.readPath("small")],
  ["objects.list", (bucket: GcsBucket) => bucket.listBlobs()],
  ["objects.insert", (bucket: GcsBucket) => bucket.writePath("small", "new")],
  ["objects.delete", (bucket: GcsBucket) => bucket.delete("small")],
  ["resumable.start", (bucket: GcsBucket) => bucket.writePath("large", Buffer.alloc(6 * mebibyte))],
  ["resumable.write", (bucket: GcsBucket) => bucket.writePath("large", Buffer.alloc(6 * mebibyte))],
] as const) {
  test(`should try again after one 503 to ${operation}, and give up after many`, async (t) => {
    const { server, bucket, count } = await start(t, { retries: 2 });
    await bucket.writePath("small", "small");
    server.clear();
    server.fail({ operation, times: 1, status: 503 });
    await act(bucket);
    assert.ok(count(operation) >= 2);
    await bucket.writePath("small", "small");
    server.clear();
    server.fail({ operation, times: 100, status: 503 });
    await assert.rejects(act(bucket), { code: "not-answering", message: /503 every time; try again later/ });
    assert.equal(count(operation), 3);
  });
}

test("should wait as long as a 429 asks", async (t) => {
  const { server, bucket } = await start(t);
  await bucket.writePath("a", "a");
  server.fail({ operation: "objects.media", times: 1, status: 429, headers: { "retry-after": "1" } });
  const before = performance.now();
  assert.equal((await bucket.readPath("a")).toString(), "a");
  assert.ok(performance.now() - before >= 1000);
});

test("should go on where a cut connection has left an upload", async (t) => {
  const { server, bucket, content, file, stored, count } = await start(t);
  server.fail({ operation: "resumable.write", times: 2, cutAfter: 3 * mebibyte });
  const told: number[] = [];
  await bucket.uploadFromPath(file, "up.bin", { onProgress: ({ bytes }) => told.push(bytes) });
  assert.deepEqual(stored("up.bin"), content);
  const sent = server.requests.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(sent < content.length + mebibyte, `sent ${sent} bytes for ${content.length}`);
  assert.ok(count("resumable.status") >= 2);
  assert.equal(told.at(-1), content.length);
  assert.deepEqual(
    told.toSorted((a, b) => a - b),
    told,
  );
});

test("should keep a stream's block until the service has it", async (t) => {
  const { server, bucket, content, stored } = await start(t);
  const all = Buffer.concat([content, content, content]);
  server.fail({ operation: "resumable.write", times: 3, cutAfter: mebibyte + 5 });
  const pieces = Array.from({ length: Math.ceil(all.length / 100_000) }, (_, n) =>
    all.subarray(n * 100_000, (n + 1) * 100_000),
  );
  await bucket.uploadFromStream(Readable.from(pieces, { objectMode: false }), "stream.bin");
  assert.deepEqual(stored("stream.bin"), all);
});

test("should go on where a cut connection has left a download", async (t) => {
  const { server, bucket, content, file, folder } = await start(t);
  await bucket.uploadFromPath(file, "down.bin");
  server.clear();
  server.fail({ operation: "objects.media", times: 2, cutAfter: 2 * mebibyte });
  const target = path.join(folder, "out.bin");
  await bucket.downloadObjectToPath("down.bin", target);
  assert.deepEqual(readFileSync(target), content);
  const ranges = server.requests.filter(({ operation }) => operation === "objects.media");
  assert.equal(ranges.length, 3);
  for (const { headers } of ranges.slice(1)) assert.match(headers["range"] ?? "", /^bytes=[1-9]\d*-$/);
});

test("should not go on with another content than it has begun with", async (t) => {
  const { server, bucket, file, folder, content } = await start(t);
  await bucket.uploadFromPath(file, "down.bin");
  server.fail({ operation: "objects.media", times: 1, cutAfter: 2 * mebibyte });
  server.fail({ operation: "objects.media", times: 1, status: 429, headers: { "retry-after": "2" } });
  let replacing: Promise<unknown> | undefined;
  const onProgress = () => {
    replacing ??= bucket.writePath("down.bin", Buffer.alloc(content.length));
  };
  const target = path.join(folder, "out.bin");
  await assert.rejects(bucket.downloadObjectToPath("down.bin", target, { onProgress }), {
    code: "not-found",
    message: /removed or replaced meanwhile; run it again/,
  });
  await replacing;
  assert.equal(existsSync(target), false);
});

test("should leave no file and no part of one where a download does not come whole", async (t) => {
  const { server, bucket, file, folder } = await start(t, { retries: 1 });
  await bucket.uploadFromPath(file, "down.bin");
  const target = path.join(folder, "new", "out.bin");
  server.fail({ operation: "objects.media", times: 1, corrupt: true });
  await assert.rejects(bucket.downloadObjectToPath("down.bin", target), {
    code: "bad-file",
    message: /checksum .* the object has .*nothing was kept/,
  });
  server.fail({ operation: "objects.media", times: 10, cutAfter: 0 });
  await assert.rejects(bucket.downloadObjectToPath("down.bin", target), { code: "not-answering" });
  assert.equal(existsSync(target), false);
  assert.deepEqual(readdirSync(path.dirname(target)), []);
});

test("should sum a large download up in another thread, over a cut connection too, and see one wrong byte", async (t) => {
  const { server, folder, bucket } = await start(t);
  const content = randomBytes(33 * mebibyte + 77);
  const large = path.join(folder, "large.bin");
  writeFileSync(large, content);
  await bucket.uploadFromPath(large, "large");
  const target = path.join(folder, "out.bin");
  server.fail({ operation: "objects.media", times: 1, cutAfter: 20 * mebibyte + 5 });
  await bucket.downloadObjectToPath("large", target);
  assert.ok(readFileSync(target).equals(content));
  server.fail({ operation: "objects.media", times: 1, corrupt: true });
  await assert.rejects(bucket.downloadObjectToPath("large", target), { code: "bad-file", message: /checksum/ });
  assert.ok(readFileSync(target).equals(content));
});

test("should refuse what has changed on its way up, and keep what was there", async (t) => {
  const { server, bucket, file, stored } = await start(t);
  for (const operation of ["objects.insert", "resumable.write"] as const) {
    await bucket.writePath("up.bin", "before");
    server.fail({ operation, times: 1, corrupt: true });
    const upload =
      operation === "objects.insert" ? bucket.writePath("up.bin", "small") : bucket.uploadFromPath(file, "up.bin");
    await assert.rejects(upload, { message: /CRC32C .* doesn't match/ });
    assert.equal(stored("up.bin")?.toString(), "before");
  }
});

test("should know its own upload when only the answer was lost", async (t) => {
  const { server, bucket, content, file, stored, count } = await start(t);
  await bucket.writePath("small", "before");
  server.fail({ operation: "objects.insert", times: 1, loseAnswer: true });
  await bucket.writePath("small", "after");
  assert.equal(stored("small")?.toString(), "after");
  server.fail({ operation: "resumable.write", times: 2, loseAnswer: true });
  await bucket.uploadFromPath(file, "large");
  assert.deepEqual(stored("large"), content);
  server.clear();
  server.fail({ operation: "objects.delete", times: 1, loseAnswer: true });
  await bucket.delete("small");
  assert.equal(count("objects.delete"), 2);
});

test("should not overwrite what somebody else wrote between its look and its upload, but look again", async (t) => {
  const { server, bucket, stored } = await start(t);
  server.fail({ operation: "objects.insert", times: 1, delay: 300 });
  const first = bucket.writePath("a", "first");
  const second = bucket.writePath("a", "second");
  await Promise.all([first, second]);
  assert.equal(stored("a")?.toString(), "first");
  assert.ok(server.requests.some(({ status, operation }) => status === 412 && operation === "objects.insert"));
});

test("should sign in anew when a token is refused, in the middle of an upload too", async (t) => {
  const { server, bucket, credentials, content, file, stored, count } = await start(t);
  await bucket.writePath("a", "a");
  const token = await credentials.getAccessToken();
  server.signIn.expireTokens();
  assert.deepEqual(
    (await bucket.listBlobs()).map(({ name }) => name),
    ["a"],
  );
  assert.notEqual(await credentials.getAccessToken(), token);
  server.signIn.expireTokens();
  assert.equal((await bucket.readPath("a")).toString(), "a");
  const tokens = count("token");
  server.fail({ operation: "objects.media", times: 1, status: 401 });
  assert.equal((await bucket.readPath("a")).toString(), "a");
  assert.equal(count("token"), tokens + 1);
  server.fail({ operation: "resumable.write", times: 1, status: 401 });
  await bucket.uploadFromPath(file, "large");
  assert.deepEqual(stored("large"), content);
  server.signIn.expireTokens();
  server.signIn.removeKey(server.key.client_email);
  const before = count("token");
  await assert.rejects(bucket.listBlobs(), { code: "unauthorized", message: /account not found/ });
  await assert.rejects(bucket.writePath("b", "b"), { code: "unauthorized" });
  assert.ok(count("token") <= before + 4);
});

test("should end at once when its signal says so, and take its upload away", async (t) => {
  const { bucket, file, folder, count } = await start(t);
  await bucket.uploadFromPath(file, "down.bin");
  const stop = new AbortController();
  const reason = new Error("somebody has cancelled");
  const target = path.join(folder, "out.bin");
  const onProgress = () => stop.abort(reason);
  await assert.rejects(bucket.downloadObjectToPath("down.bin", target, { signal: stop.signal, onProgress }), reason);
  assert.equal(existsSync(target), false);
  const again = new AbortController();
  const upload = bucket.uploadFromPath(file, "up.bin", { signal: again.signal, onProgress: () => again.abort(reason) });
  await assert.rejects(upload, reason);
  assert.equal(await bucket.exists("up.bin"), false);
  assert.equal(count("resumable.cancel"), 1);
});

test("should end with the task that it works for", async (t) => {
  const { server, bucket } = await start(t);
  await bucket.writePath("a", "a");
  server.fail({ operation: "objects.media", times: 1, delay: 600_000 });
  let seen: unknown;
  const fetchTrips = task({
    name: "fetch",
    timeout: "500ms",
    persist: false,
    run: () =>
      bucket.readPath("a").catch((thrown: unknown) => {
        seen = thrown;
        throw thrown;
      }),
  });
  const clock = fakeClock();
  const running = runFlow(flow({ name: "f", run: async () => void (await fetchTrips()) }), undefined, { clock });
  await until(() => server.requests.some(({ operation }) => operation === "objects.media"));
  await clock.advance("1s");
  const { state } = await running;
  assert.equal(state.type, "FAILED");
  assert.match(String(await until(() => seen)), /TaskTimeout|timed? ?out|longer than/i);
});

test("should give up a connection on which nothing comes, and ask again", async (t) => {
  const { server, bucket, count, file, stored, content } = await start(t, { timeoutSeconds: 1 });
  await bucket.writePath("a", "a");
  for (const operation of ["objects.get", "objects.media", "resumable.write"] as const) {
    server.fail({ operation, times: 1, delay: 600_000 });
  }
  assert.equal((await bucket.readPath("a")).toString(), "a");
  assert.deepEqual([count("objects.media"), count("objects.get") >= 3], [2, true]);
  await bucket.uploadFromPath(file, "large");
  assert.deepEqual(stored("large"), content);
});
