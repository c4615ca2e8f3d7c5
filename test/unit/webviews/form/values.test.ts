import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { pathText as enginePathText } from "../../../../runtime/engine/schema.ts";
import { fieldsOf } from "../../../../webviews/form/fields.ts";
import {
  changeAt,
  defaultAt,
  getAt,
  givenValues,
  initialOf,
  type Path,
  pathText,
  sameJson,
  setAt,
  shownValues,
  unknownNames,
  valueAt,
} from "../../../../webviews/form/values.ts";

const fields =
  fieldsOf({
    type: "object",
    properties: {
      year: { type: "integer", default: 2021 },
      name: { type: "string" },
      dry: { type: "boolean" },
      target: {
        type: "object",
        properties: { table: { type: "string", default: "own" }, limit: { type: "integer", default: 5 } },
        default: { table: "trips" },
      },
    },
    required: ["name", "dry"],
  }) ?? [];
const field = (name: string) => {
  const found = fields.find((one) => one.name === name);
  assert.ok(found);
  return found;
};
const inner = (name: string) => {
  const group = field("target");
  const found = group.kind === "group" ? group.fields.find((one) => one.name === name) : undefined;
  assert.ok(found);
  return found;
};

const key = fc.oneof(fc.string({ minLength: 1, maxLength: 4 }), fc.constant("__proto__"), fc.constant("toString"));
const path = fc.array(fc.oneof(key, fc.nat(3)), { minLength: 1, maxLength: 4 });

describe("values of a form", () => {
  it("should send only what was given and differs from the default", () => {
    const values = { year: 2021, name: "Ada", target: { table: "trips" } };
    assert.deepEqual(givenValues(fields, values), { name: "Ada" });
    assert.deepEqual(givenValues(fields, { ...values, year: 2022 }), { name: "Ada", year: 2022 });
  });

  it("should send values that no field stands for, and name them", () => {
    assert.deepEqual(givenValues(fields, { extra: 1 }), { extra: 1 });
    assert.deepEqual(unknownNames(fields, { extra: 1, year: 2 }), ["extra"]);
  });

  it("should say no for a required box that nobody has ticked", () => {
    assert.deepEqual(initialOf(fields), { dry: false });
  });

  it("should show defaults where nothing is given, those of an object around before a field's own", () => {
    assert.equal(valueAt(fields, {}, ["year"], field("year")), 2021);
    assert.equal(valueAt(fields, {}, ["target", "table"], inner("table")), "trips");
    assert.equal(valueAt(fields, {}, ["target", "limit"], inner("limit")), 5);
    assert.equal(defaultAt(fields, ["target", "table"], inner("table")), "trips");
    assert.equal(valueAt(fields, { year: null }, ["year"], field("year")), null);
  });

  it("should keep the rest of an object's default when one of its fields is changed", () => {
    assert.deepEqual(changeAt(fields, {}, ["target", "limit"], 9), { target: { table: "trips", limit: 9 } });
    assert.deepEqual(changeAt(fields, { target: { limit: 1 } }, ["target", "limit"], undefined), { target: {} });
  });

  it("should show everything with its defaults, unknown keys too", () => {
    assert.deepEqual(shownValues(fields, { extra: 1 }), { year: 2021, target: { table: "trips" }, extra: 1 });
  });

  it("should read back what was set, at any path, and change nothing else", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), path, fc.jsonValue(), (root, at, value) => {
        const before = structuredClone(root);
        const after = setAt(root, at, value);
        assert.deepEqual(root, before);
        // A list has no holes: what is set beyond its end stands at its end.
        const isDense = at.every((part, depth) => {
          const around = getAt(root, at.slice(0, depth));
          return typeof part !== "number" || (Array.isArray(around) ? part <= around.length : part === 0);
        });
        const isNumbered = at.some(
          (part, depth) => typeof part === "string" && Array.isArray(getAt(root, at.slice(0, depth))),
        );
        if (isDense && !isNumbered) assert.deepEqual(getAt(after, at), value);
      }),
    );
  });

  it("should take a key or an item away", () => {
    assert.deepEqual(setAt({ a: { b: 1, c: 2 } }, ["a", "b"], undefined), { a: { c: 2 } });
    assert.deepEqual(setAt([1, 2, 3], [1], undefined), [1, 3]);
    assert.equal(getAt({}, ["toString"]), undefined);
  });

  it("should know equal JSON whatever the order of keys", () => {
    assert.ok(sameJson({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }));
    assert.ok(!sameJson({ a: 1 }, { a: 1, b: undefined }));
    assert.ok(!sameJson([], {}));
    fc.assert(fc.property(fc.jsonValue(), (value) => sameJson(value, structuredClone(value))));
  });

  it("should write paths as the runner does in its problems", () => {
    fc.assert(
      fc.property(path, (at: Path) => {
        assert.equal(pathText(at), enginePathText(at));
      }),
    );
  });
});
