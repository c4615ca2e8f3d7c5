import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accept,
  flag,
  integer,
  isoTime,
  json,
  list,
  object,
  oneOf,
  optional,
  record,
  text,
} from "../../../runtime/orchestrator/api/validate.ts";
import { MillraceError } from "../../../runtime/protocol/errors.ts";

const check = object({
  name: text,
  count: optional(integer(1, 9)),
  when: optional(isoTime),
  kind: optional(oneOf(["a", "b"])),
  deep: optional(object({ items: list(object({ on: flag })) })),
  any: optional(record(json)),
});

function problems(value: unknown): readonly string[] {
  try {
    accept(check, value);
    return [];
  } catch (thrown) {
    assert.ok(thrown instanceof MillraceError);
    assert.equal(thrown.code, "bad-usage");
    return thrown.fields.map(({ path, message }) => `${path}: ${message}`);
  }
}

test("should take what fits and ignore fields that it does not know", () => {
  const body = {
    name: "x",
    count: 3,
    when: "2026-01-01T00:00:00Z",
    kind: "b",
    deep: { items: [{ on: true }] },
    new: 1,
  };
  assert.deepEqual(problems(body), []);
  assert.deepEqual(problems({ name: "x", count: null }), []);
});

test("should name each wrong field by its path and say what was expected", () => {
  assert.deepEqual(problems({ count: 10, when: "soon", kind: "c", deep: { items: [{ on: true }, { on: 1 }] } }), [
    "name: must be a text, it is missing",
    "count: must be a whole number from 1 to 9, not 10",
    'when: must be an ISO 8601 time, not "soon"',
    'kind: must be one of a, b, not "c"',
    "deep.items[1].on: must be true or false, not 1",
  ]);
});

test("should say that the body itself is wrong", () => {
  assert.deepEqual(problems([]), [": must be an object, not a list"]);
  assert.deepEqual(problems(null), [": must be an object, not null"]);
});
