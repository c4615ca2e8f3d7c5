import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { entryShape, scheduleShape } from "../../../runtime/protocol/declared.ts";
import { actionShapes, automationShape, triggerShapes } from "../../../runtime/protocol/declared-automations.ts";
import { tryParseDuration } from "../../../runtime/protocol/durations.ts";
import { stateNames, stateTypes } from "../../../runtime/protocol/states.ts";
import { projectRoot } from "../../support/places.ts";

const schema = JSON.parse(readFileSync(path.join(projectRoot, "schemas", "millrace.schema.json"), "utf8"));
const { deployment, schedule, duration } = schema.definitions;
const common = [
  ...["parameters", "active", "slug", "start_date", "end_date"],
  ...["missed", "missed_limit", "overlap"],
];

test("should have the fields that the language server helps with", () => {
  assert.deepEqual(deployment.required, ["flow", "name"]);
  const names = schedule.oneOf.map((one: { properties: object }) => Object.keys(one.properties));
  assert.deepEqual(names, [
    ["cron", "timezone", ...common],
    ["interval", "anchor_date", "timezone", ...common],
  ]);
});

test("should allow what the command reads from the file, and nothing else", () => {
  assert.deepEqual(Object.keys(deployment.properties).sort(), Object.keys(entryShape).sort());
  const fields = schedule.oneOf.flatMap((one: { properties: object }) => Object.keys(one.properties));
  assert.deepEqual([...new Set(fields)].sort(), Object.keys(scheduleShape).sort());
});

test("should allow what is read of automations, and nothing else", () => {
  const { automation, trigger, action, state } = schema.definitions;
  assert.deepEqual(Object.keys(automation.properties).sort(), Object.keys(automationShape).sort());
  for (const [definition, shapes] of [
    [trigger, triggerShapes],
    [action, actionShapes],
  ] as const) {
    const fields = definition.oneOf.map((one: { properties: { type: { const: string } } }) => [
      one.properties.type.const,
      Object.keys(one.properties).sort(),
    ]);
    const expected = Object.entries(shapes).map(([type, shape]) => [type, Object.keys(shape).sort()]);
    assert.deepEqual(fields, expected);
  }
  assert.deepEqual(state.enum, [...stateTypes, ...Object.values(stateNames).flat()]);
});

test("should describe every field", () => {
  const { automation, trigger, action } = schema.definitions;
  for (const owner of [deployment, ...schedule.oneOf, automation, ...trigger.oneOf, ...action.oneOf]) {
    for (const [name, field] of Object.entries<Record<string, unknown>>(owner.properties)) {
      const own = typeof field["$ref"] === "string" ? schema.definitions[field["$ref"].split("/").at(-1) ?? ""] : field;
      assert.equal(typeof own.description, "string", name);
    }
  }
});

test("should take the durations that the runtime takes, and references to flows", () => {
  const durationText = new RegExp(duration.anyOf[1].pattern);
  for (const text of ["10s", "1.5h", " 2 m ", "500ms", "1d", "10", "s", "1w", "1h 2m", "-1s", ""]) {
    assert.equal(durationText.test(text), tryParseDuration(text) !== undefined, text);
  }
  const reference = new RegExp(deployment.properties.flow.pattern);
  for (const text of ["etl.ts:etl", "flows/my etl.mts:default", "../a.cjs:f"]) assert.match(text, reference);
  for (const text of ["etl.ts", "etl:etl", "etl.ts:", ":etl", "etl.py:etl"]) assert.doesNotMatch(text, reference);
});
