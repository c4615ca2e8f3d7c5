import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { thenChoices, whenChoices } from "../../../extension/automations/new-automation.ts";
import type { Delivery, EditorNotification } from "../../../runtime/protocol/automations.ts";
import { readDeclaredAutomations } from "../../../runtime/protocol/declared-automations.ts";
import { type FakeAnswers, fakeClient } from "../../support/fake-client.ts";
import { fakeExtension } from "../../support/fake-extension.ts";
import { Uri } from "../../support/fake-vscode.ts";
import { until } from "../../support/until.ts";

async function connected(t: TestContext, answers: FakeAnswers = {}) {
  const client = fakeClient(answers);
  const extension = fakeExtension(t, { client, running: true });
  await extension.context.service.client();
  const say = (more: Partial<EditorNotification> = {}) =>
    client.say({
      seq: 1,
      type: "notification",
      notification: {
        delivery_id: "d",
        automation_name: "failures",
        level: "error",
        text: "etl [failed](command:millrace.stopOrchestrator)",
        flow_run_id: "r-1",
        flow_file: path.join(extension.folder, "etl.ts"),
        ...more,
      },
    });
  return { ...extension, client, say };
}

test("should show what an automation says, in the window that has the flow", async (t) => {
  const { fake, say } = await connected(t);
  fake.state.focused = false;
  say({ flow_file: path.resolve("/elsewhere/etl.ts") });
  say();
  await until(() => fake.messages.length > 0);
  assert.deepEqual(
    fake.messages.map(({ level, text, buttons }) => [level, text, buttons]),
    // What a run has thrown is no link.
    [["error", "etl [failed] (command:millrace.stopOrchestrator) (automation failures)", ["Open Run"]]],
  );
  fake.state.focused = true;
  say({ flow_file: null, flow_run_id: null, level: "info" });
  await until(() => fake.messages.length === 2);
  assert.deepEqual([fake.messages[1]?.level, fake.messages[1]?.buttons], ["information", []]);
});

const delivery: Delivery = {
  id: "d",
  automation_id: "",
  automation_name: "failures",
  action: "slack",
  to: "slack-webhook/team",
  reason: "Test: the run is Failed",
  flow_run_id: null,
  text: "x",
  state: "delivered",
  attempts: 1,
  created: "",
  updated: "",
  next_attempt: null,
  message: "taken",
};

test("should test the automation as it is written, unsaved changes too, and tell how it went", async (t) => {
  const { fake, folder, client } = await connected(t, {
    "POST /api/automations/test": () => ({
      deliveries: [delivery, { ...delivery, action: "run-deployment", to: "etl/daily", state: "skipped" }],
    }),
  });
  const file = path.join(folder, "millrace.json");
  const uri = Uri.file(file).toString();
  fake.openDocument(
    file,
    `{ "automations": [
      { "name": "first" },
      { "name": "failures", "trigger": { "type": "state", "states": ["FAILED"] }, "actions": [{ "type": "slack", "block": "team" }] },
    ] }`,
    "jsonc",
  );
  await fake.run("millrace.testAutomation", uri, 1);
  assert.deepEqual(JSON.parse(JSON.stringify(client.sent("POST /api/automations/test"))), [
    {
      name: "failures",
      trigger: { type: "state", states: ["FAILED"], folder },
      actions: [{ type: "slack", block: "team" }],
      declared_in: file,
    },
  ]);
  assert.deepEqual(
    fake.messages.map(({ level, text }) => [level, text]),
    [
      [
        "information",
        "failures: slack slack-webhook/team delivered (taken); run-deployment etl/daily is left out by a test",
      ],
    ],
  );
  await fake.run("millrace.testAutomation", uri, 0);
  assert.match(fake.messages[1]?.text ?? "", /line 2: automations\[0\]\.trigger is missing/);
});

test("should send nothing that an untrusted folder asks for", async (t) => {
  const { fake, folder, client } = await connected(t);
  fake.state.trusted = false;
  await fake.run("millrace.testAutomation", Uri.file(path.join(folder, "millrace.json")).toString(), 0);
  assert.deepEqual(client.sent("POST /api/automations/test"), []);
  assert.match(fake.messages[0]?.text ?? "", /Restricted Mode/);
});

test("should write a new automation beside what stands in millrace.json", async (t) => {
  const { fake, folder } = await connected(t);
  const file = path.join(folder, "millrace.json");
  writeFileSync(file, '{\n  // ours\n  "deployments": []\n}\n');
  const answers = [3, 0];
  fake.state.onQuickPick = () => answers.shift();
  await fake.run("millrace.newAutomation");
  const edit = fake.opened.find(
    (one): one is { entries(): [unknown, { newText: string }[]][] } =>
      typeof one === "object" && one !== null && "entries" in one,
  );
  const text = edit?.entries()[0]?.[1][0]?.newText ?? "";
  assert.match(text, /\/\/ ours/);
  const { automations, problems } = readDeclaredAutomations(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(automations[0]?.settings.name, "a run is late");
  // Nothing is written behind the editor's back: it is an edit that can be undone.
  assert.match(readFileSync(file, "utf8"), /"deployments": \[\]\n\}/);
});

test("should offer only what millrace.json takes", () => {
  for (const when of whenChoices) {
    for (const then of thenChoices) {
      const entry = { name: "x", trigger: when.entry, actions: [then.entry] };
      assert.deepEqual(readDeclaredAutomations(JSON.stringify({ automations: [entry] })).problems, []);
    }
  }
});
