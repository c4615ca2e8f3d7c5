/** Rules of the Cloud Storage test server that its requests stand on. */
import assert from "node:assert/strict";
import { createSign } from "node:crypto";
import path from "node:path";
import { test } from "node:test";
import { rangeOf } from "../../services/gcs/downloads.ts";
import { type ListQuery, listPage } from "../../services/gcs/listing.ts";
import { routeOf } from "../../services/gcs/routes.ts";
import { startGcsServer } from "../../services/gcs/server.ts";
import { parseRange } from "../../services/gcs/uploads.ts";
import { temporaryFolder } from "../../support/places.ts";

const all: ListQuery = { prefix: "", delimiter: "", maxResults: 1000, after: "", startOffset: "", endOffset: "" };
const objects = ["a", "b/1", "b/2", "c/d/1", "c/e", "é", "😀"].map((name) => ({ name }));

test("should list names in the order of their bytes, with prefixes where there is a delimiter", () => {
  const names = ({ items, prefixes, last }: ReturnType<typeof listPage<{ name: string }>>) => [
    items.map(({ name }) => name),
    prefixes,
    last,
  ];
  assert.deepEqual(names(listPage(objects.toReversed(), all)), [objects.map(({ name }) => name), [], undefined]);
  assert.deepEqual(names(listPage(objects, { ...all, delimiter: "/", maxResults: 2 })), [["a"], ["b/"], "b/"]);
  const second = listPage(objects, { ...all, delimiter: "/", maxResults: 2, after: "b/" });
  assert.deepEqual(names(second), [["é"], ["c/"], "é"]);
  assert.deepEqual(names(listPage(objects, { ...all, prefix: "c/", delimiter: "/" })), [["c/e"], ["c/d/"], undefined]);
});

test("should read ranges of uploads and downloads as the service does", () => {
  assert.deepEqual(parseRange("bytes 0-99/200", "100"), { first: 0, last: 99, total: 200, isOpen: false });
  assert.deepEqual(parseRange("bytes 5-*/*", undefined), { first: 5, last: undefined, total: undefined, isOpen: true });
  assert.deepEqual(parseRange("bytes */200", "0"), { first: undefined, last: undefined, total: 200, isOpen: false });
  assert.deepEqual(parseRange(undefined, "7"), { first: 0, last: undefined, total: 7, isOpen: true });
  assert.throws(() => parseRange("bytes 0..9", "10"), /Bad Content-Range/);
  assert.deepEqual(
    [rangeOf("bytes=5-", 10), rangeOf("bytes=-3", 10), rangeOf("bytes=2-90", 10), rangeOf("bytes=10-", 10)],
    [[5, 9], [7, 9], [2, 9], "none"],
  );
  assert.equal(rangeOf(undefined, 10), undefined);
});

test("should know what each request is", () => {
  const operation = (method: string, address: string, range?: string) =>
    routeOf(method, new URL(address, "http://127.0.0.1"), range).operation;
  assert.equal(operation("GET", "/storage/v1/b/trips/o/a%2Fb?alt=media"), "objects.media");
  assert.equal(operation("GET", "/storage/v1/b/trips/o/a%2Fb"), "objects.get");
  assert.equal(operation("GET", "/storage/v1/b/trips/o"), "objects.list");
  assert.equal(operation("POST", "/upload/storage/v1/b/trips/o?uploadType=resumable&name=a"), "resumable.start");
  const session = "/upload/storage/v1/b/trips/o?uploadType=resumable&upload_id=1";
  assert.equal(operation("PUT", session, "bytes */*"), "resumable.status");
  assert.equal(operation("PUT", session, "bytes 0-1/2"), "resumable.write");
  assert.equal(operation("PUT", "/storage/v1/b/trips"), "unknown");
});

test("should let in only who has a token that was issued for a signature and holds", async (t) => {
  const server = await startGcsServer({ folder: path.join(temporaryFolder(t), "cloud") });
  t.after(() => server.stop());
  server.store.createBucket("trips");
  const list = async (token: string) => {
    const answer = await fetch(`${server.url}/storage/v1/b/trips/o`, { headers: { authorization: `Bearer ${token}` } });
    await answer.body?.cancel();
    return answer.status;
  };
  const ask = async (changes: Record<string, unknown>) => {
    const now = Math.floor(Date.now() / 1000);
    const { client_email: iss, private_key } = server.key;
    const scope = "https://www.googleapis.com/auth/cloud-platform";
    const claims = { iss, scope, aud: server.tokenUri, iat: now, exp: now + 3600, ...changes };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${part({ alg: "RS256" })}.${part(claims)}`;
    const assertion = `${text}.${createSign("RSA-SHA256").update(text).sign(private_key, "base64url")}`;
    const body = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
    const answer = await fetch(server.tokenUri, { method: "POST", body });
    const told: { access_token?: string; error_description?: string } = JSON.parse(await answer.text());
    return told;
  };
  assert.equal(await list("made-up"), 401);
  const { access_token = "" } = await ask({});
  assert.equal(await list(access_token), 200);
  server.signIn.expireTokens();
  assert.equal(await list(access_token), 401);
  server.signIn.lifetimeSeconds = 0;
  assert.equal(await list((await ask({})).access_token ?? ""), 401);
  for (const [changes, reason] of [
    [{ aud: "https://elsewhere.example/token" }, /audience/],
    [{ exp: Math.floor(Date.now() / 1000) + 90_000 }, /short-lived/],
    [{ iss: "nobody@nowhere.example" }, /account not found/],
    [{ scope: "" }, /scope/],
  ] as const) {
    assert.match((await ask(changes)).error_description ?? "", reason);
  }
});

test("should find objects again that an earlier server of the folder has taken", async (t) => {
  const folder = path.join(temporaryFolder(t), "cloud");
  const first = await startGcsServer({ folder });
  first.store.createBucket("trips");
  const draft = await first.store.draft("trips");
  await draft.write(Buffer.from("kept"));
  await draft.finish("a/b", { contentType: "text/plain" }, {});
  await first.stop();
  const second = await startGcsServer({ folder });
  t.after(() => second.stop());
  assert.equal(second.store.object("trips", "a/b").contentType, "text/plain");
  assert.equal(second.objectFile("trips", "a/b"), first.objectFile("trips", "a/b"));
  assert.equal(second.objectFile("trips", "none") ?? second.objectFile("none", "a"), undefined);
});
