import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { registerClass } from "../../../runtime/journal/classes.ts";
import { diskValueStore, inlineLimit, memoryValueStore } from "../../../runtime/journal/value-store.ts";
import { valueCodec } from "../../../runtime/journal/values.ts";
import { runPaths } from "../../../runtime/protocol/home.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { runFolder } from "./fixtures.ts";

/** Through a journal: encoded, as JSON, decoded. */
function kept(value: unknown): unknown {
  return valueCodec.decode(JSON.parse(JSON.stringify(valueCodec.encode(value, "result").data)));
}

function newDisk() {
  const disk = simulatedDisk();
  disk.makeFolder(runFolder);
  return disk;
}

test("should keep the JavaScript types of values", () => {
  const values: unknown[] = [
    0,
    -0,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    "text",
    "",
    true,
    false,
    null,
    undefined,
    12345678901234567890n,
    [],
    {},
    [undefined, null],
    { a: undefined },
    [[1], [2]],
    { nested: [{ date: new Date(5) }] },
    new Map<unknown, unknown>([[{ key: 1 }, new Set([1, "1"])]]),
    new Set([new Date(1)]),
    /a+b/gi,
    new URL("https://example.com/a?b#c"),
    new Uint8Array([1, 2, 3]),
    new Float64Array([1.5, Number.NaN]),
    new BigInt64Array([-1n]),
    new Uint8Array([1, 2]).buffer,
    Object.assign(Object.create(null), { a: 1 }),
  ];
  for (const value of values) assert.deepStrictEqual(kept(value), value);
  assert.deepStrictEqual(kept(values), values);
  assert.ok(Number.isNaN(Number(kept(new Date(Number.NaN)))));
});

test("should keep any value of these types", () => {
  const anything = fc.anything({
    withBigInt: true,
    values: [fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.date({ noInvalidDate: true })],
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
  });
  fc.assert(
    fc.property(anything, (value) => {
      fc.pre(!JSON.stringify(value, (_, each) => (typeof each === "bigint" ? 0 : each))?.includes("__proto__"));
      assert.deepStrictEqual(kept(value), value);
    }),
    { numRuns: 300 },
  );
});

test("should keep cycles and objects in two places", () => {
  const shared = { n: 1 };
  const value: { a: unknown; b: unknown; self?: unknown } = { a: shared, b: shared };
  value.self = value;
  const plain = kept([shared, shared]);
  assert.ok(Array.isArray(plain));
  assert.equal(plain[0], plain[1]);
  const back = kept(value);
  assert.ok(typeof back === "object" && back !== null && "a" in back && "b" in back && "self" in back);
  assert.equal(back.a, back.b);
  assert.equal(back.self, back);
});

test("should keep errors with name, message, stack, cause and plain fields", () => {
  const cause = Object.assign(new RangeError("inner"), { code: "E1", response: new (class Response {})() });
  const back = kept(new TypeError("outer", { cause }));
  assert.ok(back instanceof TypeError && back.cause instanceof RangeError);
  assert.equal(back.message, "outer");
  assert.match(back.stack ?? "", /values\.test/);
  assert.equal(back.cause.message, "inner");
  assert.equal(Reflect.get(back.cause, "code"), "E1");
  assert.equal(Reflect.get(back.cause, "response"), undefined);
  class OwnError extends Error {
    override name = "OwnError";
  }
  const own = kept(new OwnError("x"));
  assert.ok(own instanceof Error);
  assert.equal(own.name, "OwnError");
  const all = kept(new AggregateError([new Error("a")], "many"));
  assert.ok(all instanceof AggregateError);
  assert.equal(all.errors[0].message, "a");
});

test("should keep buffers, and of a view only what it shows", () => {
  const secret = Buffer.from("before|shown|after");
  const view = new Uint8Array(secret.buffer, secret.byteOffset + 7, 5);
  for (const value of [view, secret.subarray(7, 12)]) {
    const text = JSON.stringify(valueCodec.encode(value, "result").data);
    assert.ok(!text.includes(Buffer.from("before").toString("base64")));
    const back = kept(value);
    assert.ok(back instanceof Uint8Array);
    assert.equal(Buffer.from(back).toString(), "shown");
    assert.equal(Buffer.isBuffer(back), Buffer.isBuffer(value));
  }
  assert.deepStrictEqual(kept(new Int16Array(new Int16Array([1, 2, 3]).buffer, 2, 1)), new Int16Array([2]));
});

class Money {
  readonly cents: bigint;
  constructor(cents: bigint) {
    this.cents = cents;
  }
}
class Euro extends Money {}

test("should keep instances of registered classes, and of those only", () => {
  assert.throws(() => valueCodec.encode({ price: new Money(5n) }, "result"), {
    code: "result-not-kept",
    message: /^result\.price is an instance of Money, .*registerClass.*persist: false/,
  });
  registerClass("Money", Money, {
    write: ({ cents }) => ({ cents }),
    read: (written) => {
      assert.ok(typeof written === "object" && written !== null && "cents" in written);
      return new Money(BigInt(String(written.cents)));
    },
  });
  const back = kept(new Map([["a", [new Money(5n)]]]));
  assert.deepStrictEqual(back, new Map([["a", [new Money(5n)]]]));
  assert.throws(() => valueCodec.encode([new Euro(1n)], "result"), { message: /^result\[0\] is an instance of Euro/ });
});

test("should name the path of what cannot be kept, and the way out", () => {
  class Socket {}
  const cases: [unknown, RegExp][] = [
    [
      { rows: [1, 2, 3, { socket: new Socket() }] },
      /^result\.rows\[3\]\.socket is an instance of Socket, .*persist: false/,
    ],
    [{ f: function work() {} }, /^result\.f is a function \(work\)/],
    [() => 1, /^result is a function/],
    [[Symbol("s")], /^result\[0\] is a symbol/],
    [new Map([["k", Promise.resolve()]]), /^result\.get\("k"\) is a promise: await it/],
    [{ a: { [Symbol("s")]: 1 } }, /^result\.a has symbols as keys/],
    [new WeakMap(), /^result is an instance of WeakMap/],
    [{ error: new Error("x", { cause: new Socket() }) }, /^result\.error\.cause is an instance of Socket/],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => valueCodec.encode(value, "result"), { code: "result-not-kept", message });
  }
});

test("should refuse what is nested too deeply, and cycles that could not be read again", () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 20_000; depth++) deep = [deep];
  assert.throws(() => valueCodec.encode(deep, "result"), { code: "result-not-kept", message: /too deeply/ });
  const error: Error & { cause?: unknown } = new Error("x");
  error.cause = { error };
  assert.throws(() => valueCodec.encode(error, "result"), { code: "result-not-kept" });
});

test("should not let later changes reach what was kept, nor what was read reach the record", () => {
  const value = { rows: [1] };
  const record = diskValueStore(newDisk(), runFolder).keep(value, "result");
  value.rows.push(2);
  assert.deepEqual(record, { kind: "inline", data: { json: { rows: [1] } } });
  assert.ok(!(record instanceof Promise));
  const store = memoryValueStore();
  const read = store.read(record);
  assert.ok(typeof read === "object" && read !== null && "rows" in read && Array.isArray(read.rows));
  read.rows.push(3);
  assert.deepEqual(store.read(record), { rows: [1] });
});

test("should put values above 64 KiB into files named by their content", async () => {
  const disk = newDisk();
  const store = diskValueStore(disk, runFolder);
  const fits = "x".repeat(inlineLimit - 4);
  assert.equal((await store.keep(fits, "result")).kind, "inline");
  const record = await store.keep(`${fits}y`, "result");
  assert.ok(record.kind === "file");
  assert.equal(record.size, inlineLimit + 1);
  assert.deepEqual(disk.list(runPaths.results(runFolder)), [record.hash]);
  assert.equal(store.read(record), `${fits}y`);
  assert.equal(store.verify(record), true);
  assert.deepEqual(await store.keep(`${fits}y`, "result"), record);
  assert.equal((await store.keep("ü".repeat(40_000), "result")).kind, "file", "bytes count, not characters");
});

test("should notice a kept file that is missing or damaged, and replace it when the value comes again", async () => {
  const disk = newDisk();
  const store = diskValueStore(disk, runFolder);
  const value = new Map([["k", "x".repeat(100_000)]]);
  const record = await store.keep(value, "result");
  assert.ok(record.kind === "file");
  disk.damage(runPaths.result(runFolder, record.hash), 50, Buffer.from("!"));
  assert.equal(store.verify(record), false);
  assert.throws(() => store.read(record), { code: "not-found", message: /damaged/ });
  await store.keep(value, "result");
  assert.deepEqual(store.read(record), value);
  disk.remove(runPaths.result(runFolder, record.hash));
  assert.equal(store.verify(record), false);
  assert.throws(() => store.read(record), { code: "not-found", message: /missing/ });
});

test("should say what is wrong when a value cannot be written", async () => {
  const disk = newDisk();
  disk.freeSpace = 1000;
  const store = diskValueStore(disk, runFolder);
  await assert.rejects(async () => store.keep("x".repeat(100_000), "result"), {
    code: "journal-failed",
    message: /the disk is full/,
  });
  assert.deepEqual(disk.list(runPaths.results(runFolder)), [], "no half file is left");
});

test("should keep in memory by the same rules", async () => {
  const store = memoryValueStore();
  for (const value of [new Date(3), "x".repeat(100_000), { a: [1n] }]) {
    const record = await store.keep(value, "result");
    assert.deepStrictEqual(store.read(record), value);
    assert.equal(store.verify(record), true);
  }
  assert.throws(() => store.keep(() => 1, "result"), { code: "result-not-kept" });
  assert.throws(() => store.read({ kind: "none", reason: "persist: false" }), {
    code: "not-found",
    message: /persist/,
  });
});
