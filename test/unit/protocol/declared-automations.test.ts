import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { automationSettings, readDeclaredAutomations } from "../../../runtime/protocol/declared-automations.ts";
import { addAutomation } from "../../../runtime/protocol/write-declared.ts";

const file = path.resolve("/work/project/millrace.json");
const read = (...entries: readonly object[]) => readDeclaredAutomations(JSON.stringify({ automations: entries }));
const actions = [{ type: "notification" }];

test("should read durations as seconds and mean the flows of its own folder", () => {
  const { automations, problems } = read(
    { name: "late", trigger: { type: "late", after: "5m", tags: ["prod"] }, actions },
    { name: "here", trigger: { type: "silence", within: "1d", folder: "flows" }, actions },
    { name: "everywhere", trigger: { type: "state", states: ["FAILED"], folder: null }, actions, enabled: false },
  );
  assert.deepEqual(problems, []);
  const folder = path.dirname(file);
  assert.deepEqual(
    // Without the prototypes of what the parser makes.
    JSON.parse(JSON.stringify(automations.map((one) => automationSettings(file, one)))),
    [
      { name: "late", trigger: { type: "late", after: 300, tags: ["prod"], folder }, actions, declared_in: file },
      {
        name: "here",
        trigger: { type: "silence", within: 86_400, folder: path.join(folder, "flows") },
        actions,
        declared_in: file,
      },
      {
        name: "everywhere",
        trigger: { type: "state", states: ["FAILED"] },
        actions,
        enabled: false,
        declared_in: file,
      },
    ],
  );
});

test("should say what is wrong and where, and read the rest", () => {
  const { automations, problems } = read(
    { name: "ok", trigger: { type: "state", states: ["FAILED"] }, actions },
    { name: "ok", trigger: { type: "state", states: ["FAILED"] }, actions },
    { name: "no actions", trigger: { type: "state" } },
    { name: "bad", trigger: { type: "late", after: "soon", with: 1 }, actions: [{ type: "slack", blok: "team" }] },
    { name: "odd", trigger: { type: "never" }, actions: [7] },
  );
  assert.equal(automations.length, 2);
  assert.deepEqual(
    problems.map(({ path: at }) => at),
    [
      "automations[2].actions",
      "automations[2].trigger.states",
      "automations[3].trigger.after",
      "automations[3].trigger.with",
      "automations[3].actions[0].block",
      "automations[3].actions[0].blok",
      "automations[4].actions",
      "automations[4].trigger.type",
      "automations[4].actions[0].type",
      "automations[1].name",
    ],
  );
  assert.match(problems.find(({ path: at }) => at.endsWith("blok"))?.message ?? "", /Did you mean "block"/);
});

test("should add one beside what stands there, comments and all, under a name of its own", () => {
  const entry = { trigger: { type: "state", states: ["FAILED"] }, actions };
  const first = addAutomation('{\n  // ours\n  "deployments": []\n}\n', entry, "a run fails");
  assert.match(first.text, /\/\/ ours/);
  const second = addAutomation(first.text, entry, "a run fails");
  const { automations } = readDeclaredAutomations(second.text);
  assert.deepEqual(
    automations.map(({ settings }) => settings.name),
    ["a run fails", "a run fails 2"],
  );
  const { offset, length } = second.nameAt;
  assert.equal(second.text.slice(offset, offset + length), "a run fails 2");
  assert.equal(readDeclaredAutomations(addAutomation(undefined, entry, "x").text).automations.length, 1);
});
