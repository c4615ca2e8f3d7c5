import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { SecretText } from "../../../runtime/blocks/index.ts";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { homeKey, open, seal } from "../../../runtime/journal/secrets/box.ts";
import { takeKey } from "../../../runtime/journal/secrets/key.ts";
import { diskValueStore } from "../../../runtime/journal/value-store.ts";
import { homePaths, runPaths } from "../../../runtime/protocol/home.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import { rememberSecret } from "../../../runtime/system/redaction.ts";
import { temporaryFolder } from "../../support/places.ts";

function storeIn(home: string) {
  const folder = homePaths.run(home, newId());
  return { folder, store: diskValueStore(realDisk, folder) };
}

test("should keep a value with a secret sealed, and give it back exactly", async (t) => {
  const home = temporaryFolder(t);
  const { folder, store } = storeIn(home);
  rememberSecret("planted-4711-secret");
  const value = { text: "it is planted-4711-secret", at: new Date(5), list: [1] };
  const record = await store.keep(value, "result");
  assert.ok(record.kind === "file" && record.sealed === true);
  assert.equal(record.preview, "********");
  assert.deepEqual(store.read(record), value);
  assert.equal(store.verify(record), true);
  const file = runPaths.result(folder, record.hash);
  assert.ok(!readFileSync(file, "utf8").includes("planted"));
  // The same value is one file: values are known by their content.
  assert.deepEqual(await store.keep(value, "result"), record);
  assert.equal(readdirSync(runPaths.results(folder)).length, 1);
  assert.equal((await store.keep({ text: "nothing secret" }, "result")).kind, "inline");
});

test("should seal a secret text of any length", async (t) => {
  const { store } = storeIn(temporaryFolder(t));
  const record = await store.keep([new SecretText("ab")], "inputs");
  assert.ok(record.kind === "file" && record.sealed === true);
  const [read] = Array.from(Object(store.read(record)));
  assert.ok(read instanceof SecretText);
  assert.equal(read.get(), "ab");
});

test("should take what was sealed with another key for not kept", async (t) => {
  const home = temporaryFolder(t);
  const { store } = storeIn(home);
  rememberSecret("planted-4712-secret");
  const record = await store.keep("planted-4712-secret", "result");
  writeFileSync(homePaths.secretKey(home), `${Buffer.alloc(32, 3).toString("base64")}\n`);
  assert.equal(store.verify(record), false);
  assert.throws(() => store.read(record), { code: "not-found", message: /another key/ });
});

test("should open only what was sealed for the same purpose, with the same key, and not changed", () => {
  const key = homeKey(Buffer.alloc(32, 1));
  const sealed = seal(key, "hello", "secret a");
  assert.equal(open(key, sealed, "secret a"), "hello");
  assert.throws(() => open(key, sealed, "secret b"), { code: "journal-corrupt" });
  assert.throws(() => open(homeKey(Buffer.alloc(32, 2)), sealed, "secret a"), { code: "not-found" });
  const bytes = Buffer.from(sealed.box, "base64");
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
  assert.throws(() => open(key, { ...sealed, box: bytes.toString("base64") }, "secret a"), { code: "journal-corrupt" });
});

test("should give one key to all that ask at once, and refuse a key that is none", async (t) => {
  const home = temporaryFolder(t);
  const keys = await Promise.all(Array.from({ length: 8 }, () => takeKey(realDisk, home)));
  assert.equal(new Set(keys.map(({ id }) => id)).size, 1);
  assert.deepEqual(
    readdirSync(home).map((name) => path.basename(name)),
    ["secret.key"],
  );
  writeFileSync(homePaths.secretKey(home), "short");
  await assert.rejects(takeKey(realDisk, home), { code: "home-unusable", message: /is no key/ });
});
