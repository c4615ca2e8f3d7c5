import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonical, findInexact } from "../../../runtime/engine/canonical.ts";
import { registerClass } from "../../../runtime/journal/classes.ts";

const text = (value: unknown) => canonical(value).text;

test("should tell values apart that differ only in type or sign", () => {
  const values = [
    0,
    -0,
    "0",
    0n,
    null,
    undefined,
    false,
    "",
    [],
    {},
    [undefined],
    [null],
    { a: undefined },
    new Date(0),
    new Map(),
    new Set(),
    new Uint8Array(2),
    new Uint16Array(1),
    Number.NaN,
    "NaN",
    new URL("https://a/"),
    "https://a/",
    /a/,
    "/a/",
    [[1], 2],
    [1, [2]],
    { a: { b: 1 } },
    { a: '{"b":1}' },
    new Map([["a", 1]]),
    { a: 1 },
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is told apart here
    [,],
    new Error("a"),
    new TypeError("a"),
    new Error("a", { cause: 1 }),
    new Error("a", { cause: new Error("b") }),
    Object.assign(new Error("a"), { code: "E" }),
    new AggregateError([1], "a"),
    new AggregateError([2], "a"),
    Object.assign(new Error("https://a/"), { name: "URL" }),
  ];
  const texts = values.map(text);
  assert.equal(new Set(texts).size, values.length);
});

test("should tell maps and sets apart by their order, which who walks over them sees", () => {
  const entries: readonly (readonly [string, number])[] = [
    ["a", 1],
    ["b", 2],
  ];
  assert.notEqual(text(new Map(entries)), text(new Map(entries.toReversed())));
  assert.notEqual(text(new Set(["a", "b"])), text(new Set(["b", "a"])));
  assert.equal(text(new Map(entries)), text(new Map(entries)));
});

test("should not call exact what holds more than is compared", () => {
  class Tagged extends Map<string, number> {
    tag = "x";
  }
  class Rows extends Array<number> {}
  class HttpError extends Error {}
  for (const value of [
    { [Symbol("hidden")]: 1 },
    [{ rows: { [Symbol.for("known")]: 1 } }],
    new Tagged(),
    new Rows(),
    /a(b)/.exec("ab"),
    Object.assign(new Error("a"), { agent: () => 1 }),
    new Error("a", { cause: Symbol("s") }),
  ]) {
    assert.equal(canonical(value).exact, false);
    assert.equal(typeof findInexact(value), "string");
  }
  assert.equal(findInexact([{ rows: { [Symbol("hidden")]: 1 } }]), "[0].rows");
  for (const value of [
    {},
    [],
    new Map(),
    new TypeError("a"),
    new HttpError("a"),
    Buffer.from("a"),
    new DOMException("a"),
  ]) {
    assert.equal(canonical(value).exact, true);
  }
});

test("should give equal values one text, whatever the order of keys", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(text(turned), text(value));
      assert.equal(text(structuredClone(value)), text(value));
    }),
  );
});

test("should give different JSON values different texts", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const same = text(a) === text(b);
      try {
        assert.deepStrictEqual(a, b);
        assert.ok(same);
      } catch (error) {
        if (same) throw error;
      }
    }),
  );
});

test("should end for a value that contains itself", () => {
  const value: { self?: unknown; n: number } = { n: 1 };
  value.self = value;
  assert.equal(text(value), '{"n":1,"self":^1}');
});

test("should name the place of what cannot be compared, and take registered classes apart", () => {
  class Point {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
  }
  const value = [{ rows: new Map([["a", [1, new Point(2)]]]) }];
  assert.equal(canonical(value).exact, false);
  assert.equal(findInexact(value), '[0].rows.get("a")[1]');
  registerClass("canonical-test-point", Point, { write: ({ x }) => x, read: (x) => new Point(Number(x)) });
  assert.equal(canonical(value).exact, true);
  assert.notEqual(text(new Point(1)), text(new Point(2)));
  assert.equal(findInexact(value), undefined);
});
