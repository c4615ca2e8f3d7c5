import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "devalue";
import fc from "fast-check";
import { flowId, plainParameters, plainValue } from "../../../runtime/protocol/fold/index.ts";
import { isId } from "../../../runtime/protocol/ids.ts";

const inline = (value: unknown) => ({ kind: "inline", data: JSON.parse(stringify(value)) }) as const;

test("should show JSON values as they are", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // A key named __proto__ cannot be kept at all: that task fails with a message of its own.
      fc.pre(!JSON.stringify(value).includes('"__proto__"'));
      assert.deepEqual(plainValue(inline(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("should show what JSON has no form for in a form that reads well", () => {
  const at = new Date("2026-01-15T12:00:00Z");
  const value = {
    at,
    big: 12n,
    map: new Map([["a", new Set([1])]]),
    nothing: undefined,
    nan: Number.NaN,
    pattern: /a/g,
  };
  assert.deepEqual(plainValue(inline(value)), {
    at: "2026-01-15T12:00:00.000Z",
    big: "12",
    map: [["a", [1]]],
    nothing: null,
    nan: "NaN",
    pattern: "/a/g",
  });
});

test("should stop at a value that contains itself", () => {
  const value: Record<string, unknown> = { name: "x" };
  value["self"] = value;
  assert.deepEqual(plainValue(inline(value)), { name: "x", self: "[circular]" });
});

test("should show types that are not known here by what is in them", () => {
  assert.deepEqual(plainValue({ kind: "inline", data: [["Temperature", 1], { celsius: 2 }, 21] }), { celsius: 21 });
});

test("should give no parameters when they are no object or not at hand", () => {
  assert.deepEqual(plainParameters({ kind: "none", reason: "persist is false" }), {});
  assert.deepEqual(plainParameters({ kind: "file", hash: "x", size: 1 }), {});
  assert.deepEqual(plainParameters(inline([1])), {});
  assert.deepEqual(plainParameters(inline({ year: 2021 })), { year: 2021 });
});

test("should give a flow one id by file and export, whatever its name", () => {
  const flow = { name: "etl", file: "/work/etl.ts", export: "etl" };
  assert.match(flowId(flow), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(flowId(flow), flowId({ ...flow, name: "renamed", line: 4 }));
  assert.notEqual(flowId(flow), flowId({ ...flow, export: "other" }));
  assert.notEqual(flowId(flow), flowId({ ...flow, file: "/work/etl2.ts" }));
  assert.notEqual(flowId({ name: "a", file: "" }), flowId({ name: "b", file: "" }));
  assert.equal(isId(flowId(flow)), false, "it is made of no time");
});
