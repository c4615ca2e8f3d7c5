import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalHash } from "../../../runtime/journal/canonical.ts";
import { registerClass } from "../../../runtime/journal/classes.ts";
import { valueCodec } from "../../../runtime/journal/values.ts";

test("should not depend on the order of keys or of a set's items", () => {
  assert.equal(canonicalHash({ a: 1, b: [{ c: 2, d: 3 }] }), canonicalHash({ b: [{ d: 3, c: 2 }], a: 1 }));
  assert.equal(canonicalHash(new Set([1, "1", 2])), canonicalHash(new Set([2, 1, "1"])));
  assert.match(canonicalHash(1), /^[0-9a-f]{32}$/);
});

test("should tell apart what is not the same", () => {
  const values: unknown[] = [
    1,
    "1",
    1n,
    0,
    -0,
    Number.NaN,
    "NaN",
    null,
    undefined,
    "",
    true,
    "true",
    [],
    [1],
    [1, 2],
    [2, 1],
    [[1], 2],
    [1, [2]],
    ["12"],
    ["1", "2"],
    [undefined],
    new Array(1),
    {},
    { a: undefined },
    { a: 1 },
    { b: 1 },
    { a: { b: 1 } },
    { "a:1": 1 },
    new Date(1),
    new Date(2),
    new Date(Number.NaN),
    new Map(),
    new Map([[1, 2]]),
    new Map([
      [1, 2],
      [3, 4],
    ]),
    new Map([
      [3, 4],
      [1, 2],
    ]),
    new Set(),
    new Set([1]),
    new Uint8Array([1]),
    new Uint8Array([2]),
    new Int8Array([1]),
    Buffer.from([1]),
    new Uint8Array([1]).buffer,
    /a/,
    /a/g,
    new URL("https://a/"),
    "https://a/",
    new Error("x"),
    new TypeError("x"),
    new Error("x", { cause: 1 }),
    Object(1),
  ];
  const seen = new Map<string, unknown>();
  for (const value of values) {
    const hash = canonicalHash(value);
    assert.ok(!seen.has(hash), `${String(value)} and ${String(seen.get(hash))} have one hash`);
    seen.set(hash, value);
  }
});

test("should give what was kept the hash of what it was", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(anything, (value) => {
      fc.pre(!JSON.stringify(value, (_, each) => (typeof each === "bigint" ? 0 : each))?.includes("__proto__"));
      const { data } = valueCodec.encode(value, "value");
      assert.equal(canonicalHash(valueCodec.decode(JSON.parse(JSON.stringify(data)))), canonicalHash(value));
    }),
    { numRuns: 300 },
  );
});

test("should come to an end with cycles", () => {
  const one: { self?: unknown; n: number } = { n: 1 };
  one.self = one;
  const other: { self?: unknown; n: number } = { n: 1 };
  other.self = other;
  assert.equal(canonicalHash(one), canonicalHash(other));
  assert.notEqual(canonicalHash(one), canonicalHash({ n: 1 }));
});

test("should name the path of what has no hash", () => {
  class Socket {}
  const cases: [unknown, string, RegExp][] = [
    [{ rows: [{ socket: new Socket() }] }, "rows[0].socket", /is an instance of Socket/],
    [[() => 1], "[0]", /is a function/],
    [{ "odd key": Symbol("s") }, '["odd key"]', /is a symbol/],
    [Promise.resolve(), "", /the value is a promise/],
    [{ a: { [Symbol("s")]: 1 } }, "a", /has symbols as keys/],
  ];
  for (const [value, path, message] of cases) {
    assert.throws(() => canonicalHash(value), { name: "UnhashableError", path, message });
  }
});

test("should hash instances of registered classes by what is written of them", () => {
  class Point {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
  }
  registerClass("Point", Point, { write: ({ x }) => x, read: (x) => new Point(Number(x)) });
  assert.equal(canonicalHash(new Point(1)), canonicalHash(new Point(1)));
  assert.notEqual(canonicalHash(new Point(1)), canonicalHash(new Point(2)));
  assert.notEqual(canonicalHash(new Point(1)), canonicalHash(1));
});
