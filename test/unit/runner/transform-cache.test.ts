import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import test from "node:test";
import fc from "fast-check";
import {
  type CompiledModule,
  decodeEntry,
  encodeEntry,
  openTransformCache,
  pruneTransforms,
  transformRevision,
} from "../../../runtime/runner/loader/transform-cache.ts";
import { temporaryFolder } from "../../support/places.ts";

const compiled: CompiledModule = { format: "module", code: "export const a = 1;\n", imports: ["./b", "zod"] };

test("should name the versions of the transformers that are installed", () => {
  const require = createRequire(import.meta.url);
  const version = (name: string): unknown => {
    const { version: installed }: { version: unknown } = require(`${name}/package.json`);
    return installed;
  };
  assert.match(transformRevision, /^\d+, /);
  assert.ok(transformRevision.includes(`esbuild ${version("esbuild")}`));
  assert.ok(transformRevision.includes(`sucrase ${version("sucrase")}`));
});

test("should give back what was put, and only for the same file, source and options", (t) => {
  const cache = openTransformCache(temporaryFolder(t));
  const key = cache.key("/w/a.ts", "export const a = 1", {});
  assert.equal(cache.get(key), undefined);
  cache.put(key, compiled);
  assert.deepEqual(cache.get(key), compiled);
  const others = [
    cache.key("/w/b.ts", "export const a = 1", {}),
    cache.key("/w/a.ts", "export const a = 2", {}),
    cache.key("/w/a.ts", "export const a = 1", { jsx: "react" }),
  ];
  assert.equal(new Set([key, ...others]).size, 4);
});

test("should give back any module as it was", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("module" as const, "commonjs" as const),
      fc.string({ unit: "grapheme" }),
      fc.array(fc.string({ unit: "grapheme" })),
      (format, code, imports) => {
        assert.deepEqual(decodeEntry(encodeEntry({ format, code, imports })), { format, code, imports });
      },
    ),
  );
});

test("should take an entry that was cut short at any place for none", () => {
  const whole = encodeEntry(compiled);
  for (let length = 0; length < whole.length; length++) {
    assert.equal(decodeEntry(whole.slice(0, length)), undefined, String(length));
    assert.equal(decodeEntry(whole.slice(0, length).padEnd(whole.length, "\0")), undefined, String(length));
  }
});

test("should write whole entries, that only their owner can read, and leave nothing else behind", (t) => {
  const home = temporaryFolder(t);
  const cache = openTransformCache(home);
  const key = cache.key("/w/a.ts", "", {});
  cache.put(key, compiled);
  assert.deepEqual(readdirSync(path.join(home, "transforms")), [key]);
  if (process.platform === "win32") return;
  assert.equal(statSync(path.join(home, "transforms")).mode & 0o777, 0o700);
  assert.equal(statSync(path.join(home, "transforms", key)).mode & 0o777, 0o600);
});

test("should only cost time when it can't be written", { skip: process.getuid?.() === 0 }, (t) => {
  const home = temporaryFolder(t);
  chmodSync(home, 0o500);
  const cache = openTransformCache(home);
  cache.put("key", compiled);
  assert.equal(cache.get("key"), undefined);
  chmodSync(home, 0o700);
});

test("should do without a folder that is no folder", (t) => {
  const home = temporaryFolder(t);
  writeFileSync(path.join(home, "transforms"), "in the way");
  const cache = openTransformCache(home);
  cache.put("key", compiled);
  assert.equal(cache.get("key"), undefined);
  assert.equal(readFileSync(path.join(home, "transforms"), "utf8"), "in the way");
});

test("should remove what nobody has used for long, looking once a day", (t) => {
  const home = temporaryFolder(t);
  const folder = path.join(home, "transforms");
  const day = 86_400_000;
  const now = Date.now();
  const put = (name: string, daysAgo: number): void => {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, name);
    writeFileSync(file, "x");
    utimesSync(file, new Date(now - daysAgo * day), new Date(now - daysAgo * day));
  };
  put("old", 31);
  put("recent", 29);
  assert.equal(pruneTransforms(home, 30 * day, now), 1);
  assert.ok(existsSync(path.join(folder, "recent")) && !existsSync(path.join(folder, "old")));
  put("old", 31);
  assert.equal(pruneTransforms(home, 30 * day, now + 1000), 0);
  assert.equal(pruneTransforms(home, 30 * day, now + 2 * day), 2);
  assert.equal(pruneTransforms(path.join(home, "not-there"), 30 * day, now), 0);
});
