import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { checkDocument, spellFields } from "../../../runtime/protocol/block-data.ts";
import type { BlockSchema } from "../../../runtime/protocol/blocks.ts";
import { checkJson } from "../../../runtime/protocol/json-schema-check.ts";

const check = (schema: z.ZodType, value: unknown, refuseUnknown = false) =>
  checkJson(z.toJSONSchema(schema, { io: "input" }), value, { refuseUnknown }).map(
    ({ path, message }) => `${path} ${message}`,
  );

test("should name each field that a schema refuses", () => {
  const schema = z.object({
    name: z.string().min(3),
    port: z.int().min(1).max(65_535),
    mode: z.enum(["fast", "careful"]),
    url: z.url().optional(),
    tags: z.array(z.string()).max(2).default([]),
    deep: z.object({ ratio: z.number().gt(0) }).optional(),
    limit: z.number().nullable().default(null),
  });
  assert.deepEqual(check(schema, { name: "abc", port: 1, mode: "fast", limit: null, deep: { ratio: 1 } }), []);
  const wrong = { name: "a", port: 1.5, mode: "fst", url: "x", tags: ["a", 2, "c"], deep: { ratio: 0 }, limit: "no" };
  assert.deepEqual(check(schema, wrong), [
    "name must have at least 3 characters",
    "port expected a whole number, got 1.5",
    'mode must be one of "fast", "careful", not "fst". Did you mean "fast"?',
    'url must be a URL, not "x"',
    "tags must have at most 2 items",
    "tags[1] expected a text, got 2",
    "deep.ratio must be more than 0, not 0",
    'limit expected a number or null, got "no"',
  ]);
  assert.deepEqual(check(z.union([z.string().min(2), z.number()]), true), [
    " expected a text, got true, or expected a number, got true",
  ]);
  assert.deepEqual(check(schema, {}), ["name is missing", "port is missing", "mode is missing"]);
  assert.deepEqual(check(schema, 5), [" expected an object, got 5"]);
});

test("should find the problem inside the choice that was meant", () => {
  const schema = z.object({ to: z.union([z.string(), z.object({ host: z.string(), port: z.number() })]) });
  assert.deepEqual(check(schema, { to: { host: "a", port: "b" } }), ['to.port expected a number, got "b"']);
  assert.deepEqual(check(schema, { to: "a" }), []);
});

test("should refuse fields that are not there only where nothing says that there may be more", () => {
  const schema = z.object({ headers: z.record(z.string(), z.string()), region: z.string().optional() });
  const given = { headers: { any: "thing" }, regoin: "eu" };
  assert.deepEqual(check(schema, given, true), ['regoin there is no such field. Did you mean "region"?']);
  assert.deepEqual(check(schema, given), []);
  assert.deepEqual(check(z.looseObject({ a: z.string() }), { a: "b", c: 1 }, true), []);
  assert.deepEqual(check(z.strictObject({ name: z.string() }), { name: "b", c: 1 }), ["c there is no such field."]);
});

test("should follow a schema that refers to itself", () => {
  const tree: z.ZodType = z.object({
    name: z.string(),
    get children() {
      return z.array(tree).default([]);
    },
  });
  assert.deepEqual(check(tree, { name: "a", children: [{ name: "b", children: [{ name: 3 }] }] }), [
    "children[0].children[0].name expected a text, got 3",
  ]);
});

const bucket: BlockSchema = {
  checksum: "",
  version: "",
  secret_fields: [],
  block_references: {},
  fields: {
    type: "object",
    properties: {
      bucketFolder: { type: "string" },
      token: { type: "string", format: "password", writeOnly: true },
      login: { type: "object", block_type_slug: "login" },
      inner: { type: "object", properties: { maxRows: { type: "integer" } } },
    },
  },
};

test("should take references and variables for what they stand for", () => {
  const problems = (data: Record<string, unknown>) =>
    checkDocument(bucket, data, { refuseUnknown: true }).map(({ path, message }) => `${path} ${message}`);
  assert.deepEqual(
    problems({ token: { $secret: "1" }, login: { $block: "login/a" }, bucketFolder: { $env: "X" } }),
    [],
  );
  assert.deepEqual(problems({ login: { $block: "other/a" } }), ["login expected a block of type login, not other/a"]);
  assert.deepEqual(problems({ login: "a" }), ['login expected a reference to a block, as { "$block": "login/NAME" }']);
  assert.deepEqual(problems({ bucketFolder: { $block: "login/a" } }), [
    "bucketFolder the field takes no reference to a block",
  ]);
  assert.deepEqual(problems({ bucketFolder: { $secret: "1" } }), [
    "bucketFolder holds a secret, and the field is none any more",
  ]);
});

test("should spell fields as the schema does, at every depth", () => {
  const given = { bucket_folder: "a", inner: { max_rows: 5 }, no_such: 1 };
  assert.deepEqual(spellFields(bucket.fields, given), { bucketFolder: "a", inner: { maxRows: 5 }, no_such: 1 });
});
