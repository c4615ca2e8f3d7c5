import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { countFields, type Field, fieldsOf } from "../../../../webviews/form/fields.ts";
import { filterFields } from "../../../../webviews/form/filter.ts";
import type { JsonSchema } from "../../../../webviews/form/schema.ts";

const object = (properties: Record<string, JsonSchema>, more: JsonSchema = {}): JsonSchema => ({
  type: "object",
  properties,
  ...more,
});

function only(schema: JsonSchema, more: JsonSchema = {}): Field {
  const field = fieldsOf(object({ it: schema }, more))?.[0];
  assert.ok(field);
  return field;
}

describe("fields from a JSON Schema", () => {
  it("should take title, description, default and whether it is required", () => {
    const field = only({ type: "string", title: "Name", description: "Of a person." }, { required: ["it"] });
    assert.deepEqual(
      [field.label, field.description, field.required, field.fallback],
      ["Name", "Of a person.", true, undefined],
    );
    // A default makes it optional for whoever fills in the form.
    assert.equal(only({ type: "string", default: "x" }, { required: ["it"] }).required, false);
    assert.equal(only({ type: "string" }).label, "it");
  });

  it("should know the kind of each", () => {
    const kinds: [JsonSchema, Field["kind"]][] = [
      [{ type: "string" }, "text"],
      [{ type: "integer" }, "number"],
      [{ type: "number" }, "number"],
      [{ type: "boolean", default: false }, "boolean"],
      [{ type: "string", enum: ["a", "b"] }, "choice"],
      [{ const: 3 }, "choice"],
      [{ anyOf: [{ const: "a" }, { const: "b" }] }, "choice"],
      [{ type: "string", format: "date" }, "date"],
      [{ type: "string", format: "date-time" }, "date-time"],
      [{ type: "array", items: { type: "integer" } }, "list"],
      [{ type: "array", items: { type: "string", enum: ["a"] } }, "list"],
      [object({ a: { type: "string" } }), "group"],
      [{ type: "array", items: object({ a: { type: "string" } }) }, "rows"],
      [{ anyOf: [{ type: "string" }, { type: "number" }] }, "union"],
      [{ type: ["string", "number", "null"] }, "union"],
      [{ anyOf: [{}, {}] }, "json"],
      [{ allOf: [object({ a: { type: "string" } }), object({ b: { type: "string" } })] }, "group"],
      [{ type: "object", additionalProperties: { type: "number" } }, "json"],
      [{ type: "array", prefixItems: [{ type: "string" }] }, "json"],
      [{ type: "array", items: { type: "array", items: { type: "string" } } }, "json"],
      [{}, "json"],
    ];
    for (const [schema, kind] of kinds) assert.equal(only(schema).kind, kind, JSON.stringify(schema));
  });

  it("should offer a third state for a yes or no that may be left out", () => {
    assert.equal(only({ type: "boolean" }).kind, "choice");
    assert.equal(only({ type: "boolean" }, { required: ["it"] }).kind, "boolean");
  });

  it("should take null for empty where null is allowed, in either spelling", () => {
    for (const schema of [{ type: ["number", "null"] }, { anyOf: [{ type: "number" }, { type: "null" }] }]) {
      const field = only(schema);
      assert.deepEqual([field.kind, field.nullable], ["number", true]);
    }
  });

  it("should mask passwords, give long texts room, and leave out bounds that only mean an integer", () => {
    assert.ok(Reflect.get(only({ type: "string", format: "password" }), "secret"));
    assert.ok(Reflect.get(only({ type: "string", writeOnly: true }), "secret"));
    assert.ok(Reflect.get(only({ type: "string", default: "two\nlines" }), "multiline"));
    const number = only({ type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 });
    assert.deepEqual([Reflect.get(number, "least"), Reflect.get(number, "most")], [null, null]);
    assert.equal(Reflect.get(only({ type: "integer", exclusiveMinimum: 0 }), "least"), 1);
  });

  it("should go two levels deep and show what is deeper as JSON", () => {
    const deep = object({ a: object({ b: object({ c: object({ d: { type: "string" } }) }) }) });
    const kinds: string[] = [];
    for (let fields = fieldsOf(deep); fields?.[0] !== undefined; ) {
      kinds.push(fields[0].kind);
      fields = fields[0].kind === "group" ? fields[0].fields : null;
    }
    assert.deepEqual(kinds, ["group", "group", "json"]);
  });

  it("should follow references, also those of a schema that contains itself", () => {
    const tree = object(
      { node: { $ref: "#/$defs/node" } },
      {
        $defs: { node: object({ name: { type: "string" }, next: { $ref: "#/$defs/node" } }) },
      },
    );
    const [node] = fieldsOf(tree) ?? [];
    assert.equal(node?.kind, "group");
    const self: JsonSchema = { type: "object", properties: { loop: { $ref: "#/properties/loop" } } };
    assert.equal(fieldsOf(self)?.[0]?.kind, "json");
  });

  it("should say that there are no fields for what is no object", () => {
    assert.equal(fieldsOf({ type: "array" }), null);
    assert.equal(fieldsOf({ anyOf: [object({}), object({})] }), null);
    assert.deepEqual(fieldsOf(object({})), []);
    assert.deepEqual(fieldsOf({ type: "object" }), []);
  });

  it("should make something of any schema, however odd", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.jsonValue({ maxDepth: 4 }), (text, properties) => {
        const schema: unknown = JSON.parse(text);
        const given = { type: "object", properties: { a: schema, ...Object(properties) } };
        const fields = fieldsOf(given);
        assert.ok(fields === null || countFields(fields) >= 0);
      }),
    );
  });

  it("should be found by name, label and help, in groups too", () => {
    const fields =
      fieldsOf(
        object({
          year: { type: "integer", description: "First year" },
          target: object({ table: { type: "string" }, bucket: { type: "string" } }),
        }),
      ) ?? [];
    assert.deepEqual(
      filterFields(fields, "first YEAR").map(({ name }) => name),
      ["year"],
    );
    const [group] = filterFields(fields, "buck");
    assert.deepEqual(group?.kind === "group" ? group.fields.map(({ name }) => name) : [], ["bucket"]);
    assert.equal(filterFields(fields, "").length, 2);
    assert.equal(filterFields(fields, "nothing").length, 0);
  });
});
