import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fieldsOf } from "../../../../webviews/form/fields.ts";
import {
  mergeProblems,
  messageText,
  ownProblems,
  placedFields,
  placeProblems,
} from "../../../../webviews/form/problems.ts";

const fields =
  fieldsOf({
    type: "object",
    properties: {
      name: { type: "string" },
      count: { type: "integer", minimum: 1, maximum: 9, default: 1 },
      months: { type: "array", items: { type: "integer" } },
      target: { type: "object", properties: { table: { type: "string" } }, required: ["table"] },
      sources: { type: "array", items: { type: "object", properties: { url: { type: "string" } }, required: ["url"] } },
    },
    required: ["name"],
  }) ?? [];
const values = { sources: [{ url: "a" }, {}] };
const keys = placedFields(fields, values).map(({ key }) => key);

describe("problems of a form", () => {
  it("should know each field by its place, a row's with its number", () => {
    assert.deepEqual(keys, [
      "name",
      "count",
      "months",
      "target",
      "target.table",
      "sources",
      "sources[0].url",
      "sources[1].url",
    ]);
  });

  it("should stand under the field whose path begins theirs, the longest one", () => {
    const { byField, others } = placeProblems(keys, [
      { path: "months[1]", message: "too big" },
      { path: "target.table", message: "too short" },
      { path: "sources[1].url", message: "no url" },
      { path: "namesake", message: "unknown" },
      { path: "", message: "both or none" },
    ]);
    assert.deepEqual(byField.get("months"), [{ message: "too big", within: "[1]" }]);
    assert.deepEqual(byField.get("target.table"), [{ message: "too short", within: "" }]);
    assert.deepEqual(byField.get("sources[1].url"), [{ message: "no url", within: "" }]);
    assert.deepEqual(
      others.map(({ path }) => path),
      ["namesake", ""],
    );
  });

  it("should all be told, under a field or above the form", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ path: fc.string(), message: fc.string() })), (problems) => {
        const { byField, others } = placeProblems(keys, problems);
        const placed = [...byField.values()].reduce((sum, list) => sum + list.length, 0);
        assert.equal(placed + others.length, problems.length);
      }),
    );
  });

  it("should name what is missing, but not within an object that may be left out", () => {
    assert.deepEqual(ownProblems(fields, {}), [{ path: "name", message: "A value is needed." }]);
    assert.deepEqual(
      ownProblems(fields, { name: "x", target: {}, ...values }).map(({ path }) => path),
      ["target.table", "sources[1].url"],
    );
  });

  it("should say what is wrong with a number in plain words", () => {
    const told = (count: unknown) => ownProblems(fields, { name: "x", count })[0]?.message;
    assert.equal(told(0), "Must be 1 or more.");
    assert.equal(told(10), "Must be 9 or less.");
    assert.equal(told(1.5), "A whole number is needed.");
    assert.equal(told(null), "A number is needed.");
    assert.equal(told(5), undefined);
  });

  it("should be said once, in plain words where there are some", () => {
    const own = [{ path: "name", message: "A value is needed." }];
    const told = [
      { path: "name", message: "Invalid input: expected string, received undefined" },
      { path: "count", message: "odd" },
    ];
    assert.deepEqual(mergeProblems(own, told), [own[0], told[1]]);
  });

  it("should count items as people do", () => {
    assert.equal(messageText({ message: "no", within: "[0]" }), "1st: no");
    assert.equal(messageText({ message: "no", within: "[11]" }), "12th: no");
    assert.equal(messageText({ message: "no", within: "[21]" }), "22nd: no");
    assert.equal(messageText({ message: "no", within: ".deep.a" }), "deep.a: no");
  });
});
