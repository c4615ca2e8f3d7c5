import assert from "node:assert/strict";
import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { openCodeCache } from "../../../runtime/cli/code-cache.ts";
import { temporaryFolder } from "../../support/places.ts";

const importModule = (url: string) => import(url);

function place(t: TestContext) {
  const root = temporaryFolder(t);
  const file = path.join(root, "bundle.cjs");
  const folder = path.join(root, "cache", "bundles");
  const kept = (): string[] => {
    const names = readdirSync(folder).map((name) => path.join(folder, name));
    return names.sort();
  };
  const bundle = (answer: number, changed: number): void => {
    writeFileSync(file, `exports.answer = () => (() => ${answer})(); exports.place = [__filename, __dirname];`);
    utimesSync(file, changed, changed);
  };
  /** What another process gets. */
  const loaded = (): number => Reflect.get(Object(openCodeCache(folder, importModule).load(file)), "answer")();
  const keep = (): void => {
    const cache = openCodeCache(folder, importModule);
    Reflect.get(Object(cache.load(file)), "answer")();
    cache.keepCode();
  };
  return { root, file, folder, bundle, kept, loaded, keep };
}

test("should load a bundle as Node would, with its place, its siblings and what the boot file gives", async (t) => {
  const { root, folder } = place(t);
  const sibling = path.join(root, "sibling.cjs");
  const file = path.join(root, "first.cjs");
  writeFileSync(sibling, "exports.twice = (n) => 2 * n;");
  writeFileSync(
    file,
    [
      'exports.twice = require("./sibling.cjs").twice(21);',
      "exports.place = [__filename, __dirname, module.exports === exports];",
      "exports.importModule = __boot.importModule;",
      "exports.stack = () => new Error('here').stack;",
    ].join("\n"),
  );
  const exports = Object(openCodeCache(folder, importModule).load(file));
  assert.equal(exports.twice, 42);
  assert.deepEqual(exports.place, [file, root, true]);
  assert.equal((await exports.importModule("node:path")).sep, path.sep);
  assert.ok(exports.stack().includes(`${file}:4:`));
});

test("should keep code once, for the file as it is", (t) => {
  const { bundle, kept, loaded, keep } = place(t);
  bundle(1, 1000);
  keep();
  const [first = ""] = kept();
  const bytes = readFileSync(first);
  assert.equal(loaded(), 1);
  keep();
  assert.deepEqual(kept(), [first]);
  assert.ok(readFileSync(first).equals(bytes));
  // As long as before: V8 itself would take it for the same text.
  bundle(2, 2000);
  assert.equal(loaded(), 2);
  keep();
  assert.equal(kept().length, 2);
  assert.equal(loaded(), 2);
});

test("should pass over code that is cut off, changed or none, and put it right", (t) => {
  const { bundle, kept, loaded, keep } = place(t);
  bundle(7, 1000);
  keep();
  const [only = ""] = kept();
  const good = readFileSync(only);
  const damage: readonly (() => void)[] = [
    () => truncateSync(only, good.length - 100),
    () => writeFileSync(only, ""),
    () => writeFileSync(only, Buffer.alloc(good.length)),
    () => {
      const changed = Buffer.from(good);
      changed.writeUInt8((changed[changed.length >> 2] ?? 0) ^ 0x55, changed.length >> 2);
      writeFileSync(only, changed);
    },
  ];
  for (const harm of damage) {
    harm();
    assert.equal(loaded(), 7);
    keep();
    assert.ok(readFileSync(only).equals(good) || readFileSync(only).length === good.length);
    assert.equal(loaded(), 7);
  }
});

test("should load without a folder that can be written, and let old files go", (t) => {
  const { root, bundle, kept, loaded, keep } = place(t);
  bundle(3, 1000);
  writeFileSync(path.join(root, "cache"), "a file is in the way");
  keep();
  assert.equal(loaded(), 3);
  const elsewhere = place(t);
  for (let changed = 1; changed <= 45; changed++) {
    elsewhere.bundle(3, changed);
    elsewhere.keep();
  }
  assert.ok(elsewhere.kept().length <= 40, `${elsewhere.kept().length} files`);
  assert.equal(kept.length, 0);
});
