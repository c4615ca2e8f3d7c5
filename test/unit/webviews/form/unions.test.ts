import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Field, fieldsOf } from "../../../../webviews/form/fields.ts";
import { filterFields } from "../../../../webviews/form/filter.ts";
import { createForm, type Form } from "../../../../webviews/form/form-state.ts";
import { placedFields } from "../../../../webviews/form/problems.ts";
import type { JsonSchema } from "../../../../webviews/form/schema.ts";
import { splitSecrets, withoutSecrets } from "../../../../webviews/form/secrets.ts";
import { type UnionField, valueAs, variantOf } from "../../../../webviews/form/unions.ts";

const object = (properties: Record<string, JsonSchema>, required: readonly string[] = []): JsonSchema => ({
  type: "object",
  properties,
  required,
});
const text = { type: "string" };

/** As zod writes a discriminated union, with a kind that may be nothing. */
const target: JsonSchema = {
  oneOf: [
    object({ kind: { type: "string", const: "gcs" }, bucket: text, prefix: text }, ["kind", "bucket"]),
    object(
      {
        kind: { type: "string", const: "table", title: "A table" },
        bucket: text,
        rows: { type: "integer", minimum: 1 },
      },
      ["kind", "rows"],
    ),
    object({ kind: { type: "string", const: "none" } }, ["kind"]),
  ],
};

function union(schema: JsonSchema, required = true): UnionField {
  const field = fieldsOf(object({ it: schema }, required ? ["it"] : []))?.[0];
  assert.equal(field?.kind, "union");
  return field;
}

const labels = (field: UnionField): readonly string[] => field.variants.map(({ label }) => label);
const namesIn = (field: Field | undefined): readonly string[] =>
  field?.kind === "group" ? field.fields.map(({ name }) => name) : [];

function formOf(schema: JsonSchema, initial: Readonly<Record<string, unknown>> = {}): Form {
  return createForm({ schema: object({ it: schema }, ["it"]), initial, later: () => () => {} });
}

describe("unions in forms", () => {
  it("should call the variants by title, discriminator or kind, and ask for what differs", () => {
    const field = union(target);
    assert.deepEqual(labels(field), ["gcs", "A table", "none"]);
    assert.deepEqual(
      field.variants.map((variant) => namesIn(variant.field)),
      [["bucket", "prefix"], ["bucket", "rows"], []],
    );
    assert.deepEqual(
      field.variants.map(({ fixed }) => fixed["kind"]),
      ["gcs", "table", "none"],
    );
    assert.deepEqual(labels(union({ anyOf: [text, { type: "integer" }, { type: "boolean" }] })), [
      "text",
      "whole number",
      "yes or no",
    ]);
    assert.deepEqual(labels(union({ anyOf: [{ ...text, title: "By name" }, object({ a: text, b: text })] })), [
      "By name",
      "a, b",
    ]);
    assert.deepEqual(labels(union({ anyOf: [text, text] })), ["text", "text (2)"]);
  });

  it("should let a union be nothing where null is one of its kinds", () => {
    assert.equal(union({ anyOf: [text, { type: "number" }, { type: "null" }] }).nullable, true);
    assert.equal(union({ type: ["string", "number", "null"] }).nullable, true);
    assert.equal(union({ anyOf: [text, { type: "number" }] }).nullable, false);
  });

  it("should show a value as the variant that it is of", () => {
    const field = union(target);
    const of = (value: unknown) => variantOf(field, value, undefined)?.label;
    assert.equal(of({ kind: "table", rows: 3 }), "A table");
    assert.equal(of({ kind: "none" }), "none");
    assert.equal(of({ bucket: "b", rows: 3 }), "A table");
    assert.equal(of({ kind: "else" }), undefined);
    assert.equal(of(undefined), undefined);
    const scalar = union({ anyOf: [text, { type: "number" }, { type: "array", items: text }] });
    assert.deepEqual(
      ["a", 1, ["a"], [1]].map((value) => variantOf(scalar, value, undefined)?.label),
      ["text", "number", "list", undefined],
    );
    // What is chosen counts where the value does not tell.
    assert.equal(variantOf(scalar, undefined, 1)?.label, "number");
    assert.equal(variantOf(scalar, null, 1)?.label, "number");
    assert.equal(variantOf(scalar, "a", 1)?.label, "text");
  });

  it("should begin another variant with what it has in common with the one before", () => {
    const field = union(target);
    const [gcs, table] = field.variants;
    assert.ok(gcs !== undefined && table !== undefined);
    assert.deepEqual(valueAs(table, { kind: "gcs", bucket: "b", prefix: "p" }, gcs), { kind: "table", bucket: "b" });
    assert.deepEqual(valueAs(gcs, undefined, undefined), { kind: "gcs" });
    const [word, number, list] = union({ anyOf: [text, { type: "number" }, { type: "array", items: text }] }).variants;
    assert.ok(word !== undefined && number !== undefined && list !== undefined);
    assert.deepEqual(
      [valueAs(word, 3, number), valueAs(number, "a", word), valueAs(number, 3, word), valueAs(list, 3, number)],
      ["", null, 3, []],
    );
  });

  it("should send what the chosen variant holds, and tell problems at its own fields", async () => {
    const form = formOf(target);
    assert.equal(await form.submit(), null);
    assert.equal(form.firstBad.value, "it");
    form.choose(["it"], 1, { kind: "table" });
    assert.deepEqual([...form.problems.value.byField.keys()], ["it.rows"]);
    form.set(["it", "rows"], 0);
    assert.equal(form.problems.value.byField.get("it.rows")?.[0]?.message, "Must be 1 or more.");
    form.set(["it", "rows"], 5);
    assert.deepEqual(await form.submit(), { it: { kind: "table", rows: 5 } });
    form.choose(["it"], 2, { kind: "none" });
    assert.deepEqual(await form.submit(), { it: { kind: "none" } });
  });

  it("should check a number as one, and forget half of one with its variant", async () => {
    const form = formOf({ anyOf: [text, { type: "integer", maximum: 9 }] });
    form.choose(["it"], 1, null);
    assert.equal(await form.submit(), null);
    assert.equal(form.problems.value.byField.get("it")?.[0]?.message, "A value is needed.");
    form.set(["it"], 12);
    assert.equal(await form.submit(), null);
    assert.equal(form.problems.value.byField.get("it")?.[0]?.message, "Must be 9 or less.");
    form.setDraft("it", "This is no number.");
    form.choose(["it"], 0, undefined);
    form.set(["it"], "a");
    assert.deepEqual(await form.submit(), { it: "a" });
  });

  it("should begin an object that may be null with null, and ask for nothing in it", async () => {
    const form = formOf({ anyOf: [object({ a: text }, ["a"]), { type: "null" }] });
    assert.deepEqual(await form.submit(), { it: null });
    form.set(["it"], {});
    assert.equal(await form.submit(), null);
    assert.equal(form.firstBad.value, "it.a");
  });

  it("should draw a list of objects of several kinds, each row as its own", () => {
    const schema = { type: "array", items: target };
    const [field] = fieldsOf(object({ it: schema })) ?? [];
    assert.equal(field?.kind, "rows");
    const rows = [{ kind: "none" }, { kind: "table", rows: 1 }];
    assert.deepEqual(
      placedFields(field === undefined ? [] : [field], { it: rows }).map(({ key }) => key),
      ["it", "it[0]", "it[1]", "it[1].bucket", "it[1].rows"],
    );
    const scalars = fieldsOf(object({ it: { type: "array", items: { anyOf: [text, { type: "number" }] } } }));
    assert.equal(scalars?.[0]?.kind, "json");
  });

  it("should end with unions that contain themselves or each other", () => {
    const json: JsonSchema = {
      ...object({ it: { $ref: "#/$defs/a" } }),
      $defs: {
        a: { anyOf: [{ $ref: "#/$defs/b" }, text, { type: "array", items: { $ref: "#/$defs/a" } }] },
        b: { anyOf: [{ $ref: "#/$defs/a" }, object({ next: { $ref: "#/$defs/b" } })] },
      },
    };
    assert.equal(fieldsOf(json)?.[0]?.kind, "union");
  });

  it("should keep the secrets of a variant secret", () => {
    const password = { type: "string", format: "password" };
    const schema = {
      oneOf: [object({ kind: { const: "key" }, key: password }, ["kind"]), object({ kind: { const: "no" } }, ["kind"])],
    };
    const fields = fieldsOf(object({ it: schema, many: { type: "array", items: schema } })) ?? [];
    const values = { it: { kind: "key", key: "hush" }, many: [{ kind: "no" }, { kind: "key", key: "psst" }] };
    const { data, secrets } = splitSecrets(fields, values);
    assert.deepEqual(secrets, { "it.key": "hush", "many[1].key": "psst" });
    assert.doesNotMatch(JSON.stringify(data), /hush|psst/);
    assert.deepEqual(withoutSecrets(fields, values), { it: { kind: "key" }, many: [{ kind: "no" }, { kind: "key" }] });
    // As the Flow view keeps values: nothing that has no field.
    const isUnknown = (field: Field | undefined) => field === undefined;
    assert.deepEqual(withoutSecrets(fields, { it: { kind: "key", more: "hush" } }, isUnknown), { it: { kind: "key" } });
    const either = fieldsOf(object({ it: { anyOf: [password, { type: "number" }] } })) ?? [];
    assert.deepEqual(withoutSecrets(either, { it: "hush" }), {});
    assert.deepEqual(splitSecrets(either, { it: "hush" }).secrets, { it: "hush" });
  });

  it("should be found by what its variants ask for", () => {
    const fields = fieldsOf(object({ it: target, other: text })) ?? [];
    assert.deepEqual(
      filterFields(fields, "prefix").map(({ name }) => name),
      ["it"],
    );
    assert.equal(filterFields(fields, "nowhere").length, 0);
  });
});
