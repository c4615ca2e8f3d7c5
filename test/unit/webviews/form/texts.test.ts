import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fieldsOf } from "../../../../webviews/form/fields.ts";
import { describeProblem } from "../../../../webviews/form/flow-form.ts";
import { readItems } from "../../../../webviews/form/lists.ts";
import { fromLocalInput, isDateText, toLocalInput } from "../../../../webviews/form/moments.ts";
import { schemaOfSites } from "../../../../webviews/form/static-schema.ts";

describe("items of a list", () => {
  it("should be read from commas, lines, quotes and JSON", () => {
    assert.deepEqual(readItems("a, b\nc", "text").items, ["a", "b", "c"]);
    assert.deepEqual(readItems('"a, b",c', "text").items, ["a, b", "c"]);
    assert.deepEqual(readItems('["x", "y,z"]', "text").items, ["x", "y,z"]);
    assert.deepEqual(readItems("[1, 2]", "number").items, [1, 2]);
    assert.deepEqual(readItems(" , ,", "text").items, []);
  });

  it("should be numbers where numbers are wanted, and give back what is none", () => {
    assert.deepEqual(readItems("1, x, 2.5, 1e3", "number"), { items: [1, 2.5, 1000], wrong: ["x"] });
  });

  it("should never be lost: every number that was written is read", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.constantFrom(",", "\n", ", ", "\r\n"),
        (numbers, between) => {
          assert.deepEqual(readItems(numbers.join(between), "number"), { items: numbers, wrong: [] });
        },
      ),
    );
  });
});

describe("times in a form", () => {
  it("should come back from the input as they went in, to the second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const iso = new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
        const local = toLocalInput(iso);
        assert.ok(local !== null);
        assert.equal(new Date(fromLocalInput(local)).getTime(), new Date(local).getTime());
        // An hour that the clock went through twice has one name for both.
        assert.ok(Math.abs(Date.parse(fromLocalInput(local)) - seconds * 1000) <= 3_600_000);
      }),
    );
    assert.equal(toLocalInput("next week"), null);
    assert.equal(fromLocalInput(""), "");
    assert.ok(isDateText("2026-11-21") && isDateText("") && !isDateText("21.11.2026"));
  });
});

describe("a schema from the source", () => {
  it("should read types and literal defaults, and leave open what it cannot read", () => {
    const schema = schemaOfSites([
      { name: "months", type: "number[]", required: false, default: "[1, 2]" },
      { name: "color", type: "enum (yellow, green)", required: false, default: "'yellow'" },
      { name: "name", type: "string", required: true, default: null },
      { name: "when", type: "z.custom()", required: false, default: "new Date()" },
    ]);
    const fields = fieldsOf(schema) ?? [];
    assert.deepEqual(
      fields.map(({ name, kind, required, fallback }) => [name, kind, required, fallback]),
      [
        ["months", "list", false, [1, 2]],
        ["color", "choice", false, "yellow"],
        ["name", "text", true, undefined],
        ["when", "json", false, undefined],
      ],
    );
  });
});

describe("why a flow could not be described", () => {
  it("should be told with its place, which may be on Windows", () => {
    assert.deepEqual(describeProblem("/w/a b.ts:5:32: loading failed: Error: no token\n  5 | if\n    | ^"), {
      message: "Error: no token",
      location: { file: "/w/a b.ts", line: 5, column: 32 },
      excerpt: "  5 | if\n    | ^",
    });
    assert.deepEqual(describeProblem("C:\\w\\a.ts:1:2: loading failed: x").location, {
      file: "C:\\w\\a.ts",
      line: 1,
      column: 2,
    });
    assert.deepEqual(describeProblem("It took longer than 5 s."), {
      message: "It took longer than 5 s.",
      location: null,
      excerpt: "",
    });
  });
});
