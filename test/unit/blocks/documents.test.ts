import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { EmbeddedWarehouse, LocalBucket } from "../../../runtime/blocks/index.ts";
import { canonical } from "../../../runtime/engine/canonical.ts";
import { valueCodec } from "../../../runtime/journal/values.ts";
import { temporaryFolder } from "../../support/places.ts";

/** A home of its own for one test, with these block documents. */
function homeWith(t: TestContext, blocks?: Record<string, unknown> | string): string {
  const home = temporaryFolder(t);
  const before = process.env["MILLRACE_HOME"];
  process.env["MILLRACE_HOME"] = home;
  t.after(() => {
    if (before === undefined) delete process.env["MILLRACE_HOME"];
    else process.env["MILLRACE_HOME"] = before;
  });
  if (blocks !== undefined) {
    const text =
      typeof blocks === "string" ? blocks : JSON.stringify({ version: 1, limits: {}, variables: {}, blocks });
    writeFileSync(path.join(home, "published.json"), text);
  }
  return home;
}

test("should have a default bucket and a default warehouse in a home where nothing was saved", async (t) => {
  const home = homeWith(t);
  assert.equal((await LocalBucket.load("default")).basepath, path.join(home, "buckets", "default"));
  assert.equal((await EmbeddedWarehouse.load("default")).file, path.join(home, "warehouses", "default.sqlite"));
});

test("should load saved documents by name, also in the place of the defaults", async (t) => {
  const home = homeWith(t, {
    "local-bucket/default": { basepath: "/data/a" },
    "local-bucket/zoom": { basepath: "/data/b" },
    "embedded-warehouse/zoom": { file: "/data/c.sqlite" },
  });
  assert.equal((await LocalBucket.load("default")).basepath, path.resolve("/data/a"));
  assert.equal((await LocalBucket.load("zoom")).basepath, path.resolve("/data/b"));
  assert.equal((await EmbeddedWarehouse.load("zoom")).file, path.resolve("/data/c.sqlite"));
  assert.equal((await EmbeddedWarehouse.load("default")).file, path.join(home, "warehouses", "default.sqlite"));
});

test("should say which names there are when one is not", async (t) => {
  homeWith(t, { "local-bucket/zoom": { basepath: "/b" }, "embedded-warehouse/other": { file: "/c" } });
  await assert.rejects(LocalBucket.load("zom"), {
    code: "not-found",
    message: /no LocalBucket block named "zom" \(saved are "zoom"\)/,
  });
});

test("should name block and field of a document that does not fit", async (t) => {
  homeWith(t, { "local-bucket/zoom": { basepath: 5 }, "local-bucket/list": [] });
  await assert.rejects(LocalBucket.load("zoom"), {
    code: "bad-parameters",
    message: /LocalBucket "zoom": basepath: Invalid input: expected string/,
  });
  await assert.rejects(LocalBucket.load("list"), {
    code: "bad-file",
    message: /block "local-bucket\/list" is not an object/,
  });
});

test("should say that published.json is damaged", async (t) => {
  homeWith(t, "{");
  await assert.rejects(LocalBucket.load("default"), {
    code: "home-unusable",
    message: /published\.json: it is no JSON/,
  });
});

test("should record a block that was loaded by name as that name, and find it again where it is read", async (t) => {
  homeWith(t, { "local-bucket/zoom": { basepath: "/machine-a" } });
  const { data, text } = valueCodec.encode([await LocalBucket.load("zoom")], "inputs");
  assert.doesNotMatch(text, /machine-a/);
  homeWith(t, { "local-bucket/zoom": { basepath: "/machine-b" } });
  const read = valueCodec.decode(data);
  assert.ok(Array.isArray(read) && read[0] instanceof LocalBucket);
  assert.equal(read[0].basepath, path.resolve("/machine-b"));
});

test("should record a block that was made in code by its settings", () => {
  const { data } = valueCodec.encode(new EmbeddedWarehouse({ file: "/w.sqlite" }), "inputs");
  const read = valueCodec.decode(data);
  assert.ok(read instanceof EmbeddedWarehouse);
  assert.equal(read.file, path.resolve("/w.sqlite"));
});

test("should give blocks an identity: the same block the same, another one another", async (t) => {
  homeWith(t, { "local-bucket/zoom": { basepath: "/data/b" } });
  const identity = canonical(await LocalBucket.load("zoom"));
  assert.equal(identity.exact, true);
  assert.deepEqual(canonical(await LocalBucket.load("zoom")), identity);
  assert.notDeepEqual(canonical(await LocalBucket.load("default")), identity);
  assert.notDeepEqual(canonical(new LocalBucket({ basepath: "/data/b" })), identity);
});
