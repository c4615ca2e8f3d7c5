import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { isId } from "../../../runtime/protocol/ids.ts";
import { fakeClient, flowRun } from "../../support/fake-client.ts";
import { fakeExtension, fileFlows, flowSite } from "../../support/fake-extension.ts";
import { Uri } from "../../support/fake-vscode.ts";
import { until } from "../../support/until.ts";

const source =
  'import { flow } from "millrace";\nexport const etl = flow({});\n\n\n\n\n\nexport const load = flow({});\n';

function opened(
  t: Pick<TestContext, "after">,
  options: { trusted?: boolean; settings?: Record<string, unknown> } = {},
) {
  const client = fakeClient({
    "POST /api/flow_runs": ({ body }) => flowRun(String((body as { id: string }).id), { state_type: "PENDING" }),
    "POST /api/flow_runs/:id/cancel": ({ params }) => flowRun(params?.["id"] ?? ""),
    "POST /api/flow_runs/:id/resume": ({ params }) => flowRun(params?.["id"] ?? "", { state_type: "RUNNING" }),
    "POST /api/flow_runs/:id/plan": () => ({ run_id: "r", kept: [], runs_again: [], missing: [] }),
    "GET /api/flow_runs/:id": ({ params }) => flowRun(params?.["id"] ?? "", { flow_file: file }),
    "DELETE /api/flow_runs/:id": () => ({}),
  });
  const extension = fakeExtension(t, { client, running: true, ...options });
  const file = path.join(extension.folder, "etl.ts");
  writeFileSync(file, source);
  const uri = Uri.file(file).toString();
  const document = extension.fake.openDocument(file, source);
  extension.found(fileFlows(uri, [flowSite("etl", 1), flowSite("load", 7)]));
  extension.fake.showEditor(document, 2);
  const created = () => client.sent("POST /api/flow_runs") as Record<string, unknown>[];
  const pagesOpened = () =>
    extension.fake.executed.filter(({ command }) => command === "vscode.openWith").map(({ args }) => String(args[0]));
  return { ...extension, client, file, uri, document, created, pagesOpened };
}

test("should run the flow under the cursor: saved first, recorded as started in the editor, its page beside the code", async (t) => {
  const { fake, created, document, file, folder, pagesOpened } = opened(t);
  fake.edit(document, new fake.api.Range(0, 0, 0, 0) as never, "// edited\n");
  fake.moveCursor(8);
  await fake.run("millrace.run");
  assert.equal(document.saves, 1);
  const [body] = created();
  assert.ok(isId(String(body?.["id"])));
  assert.deepEqual({ ...body, id: "" }, { id: "", file, flow: "load", parameters: {}, cwd: folder, trigger: "editor" });
  assert.match(pagesOpened().join(), new RegExp(`millrace-run:/${body?.["id"]}/`));
  const shown = fake.executed.find(({ command }) => command === "vscode.openWith");
  assert.equal((shown?.args[2] as { preserveFocus: boolean }).preserveFocus, true);
});

test("should ask which flow when the cursor is in none, and do nothing when the question is closed", async (t) => {
  const { fake, created } = opened(t);
  fake.moveCursor(0);
  await fake.run("millrace.run");
  assert.equal(created().length, 0);
  assert.deepEqual(fake.messages, []);
  fake.state.onQuickPick = () => 1;
  await fake.run("millrace.run");
  assert.equal(created()[0]?.["flow"], "load");
});

test("should take the flow that a lens or a tree's element names", async (t) => {
  const { fake, created, uri } = opened(t);
  await fake.run("millrace.run", { uri, export: "load", name: "load" });
  await fake.run("millrace.run", { target: { uri, export: "etl", name: "etl" } });
  assert.deepEqual(
    created().map((body) => body["flow"]),
    ["load", "etl"],
  );
});

test("should open the form instead of running when a parameter has no default", async (t) => {
  const { fake, created, found, uri, pagesOpened } = opened(t);
  const city = { name: "city", type: "string", required: true, default: null };
  found(fileFlows(uri, [flowSite("etl", 1, { parameters: [city] })]));
  await fake.run("millrace.run");
  assert.equal(created().length, 0);
  assert.match(pagesOpened()[0] ?? "", /^millrace-run:.*export%3Detl/);
});

test("should ask the runner about parameters that only running the schema's code can tell", async (t) => {
  const { fake, created, found, uri, client, file, pagesOpened } = opened(t);
  client.answers["POST /api/describe"] = () => ({
    file,
    flows: [{ name: "etl", export: "etl", file, parameters: {}, required: ["city"], tags: [] }],
  });
  found(fileFlows(uri, [flowSite("etl", 1, { parameters_complete: false })]));
  await fake.run("millrace.run");
  assert.equal(created().length, 0);
  assert.equal(pagesOpened().length, 1);
});

test("should run nothing in Restricted Mode, say why, and offer the way out", async (t) => {
  const { fake, created, client } = opened(t, { trusted: false });
  fake.state.onMessage = (message) => message.buttons[0];
  for (const command of ["run", "runWith", "debug"]) await fake.run(`millrace.${command}`);
  await fake.run("millrace.resumeRun", { run_id: "r" });
  assert.equal(created().length, 0);
  assert.equal(client.sent("POST /api/flow_runs/:id/resume").length, 0);
  assert.equal(client.sent("POST /api/prepare").length, 0);
  for (const message of fake.messages) {
    assert.match(message.text, /Restricted Mode/);
    assert.deepEqual(message.buttons, ["Manage Workspace Trust"]);
  }
  assert.equal(fake.messages.length, 4);
  assert.ok(fake.executed.some(({ command }) => command === "workbench.trust.manage"));
});

test("should refuse what a page asks for in Restricted Mode too", async (t) => {
  const { context, uri, created } = opened(t, { trusted: false });
  const target = { uri, export: "etl", name: "etl" };
  await assert.rejects(context.actions.startRun({ target, parameters: {} }), { name: "NotTrusted" });
  await assert.rejects(context.actions.runAgain({ run_id: "r" }), { name: "NotTrusted" });
  await assert.rejects(context.actions.rerunTask({ run_id: "r", task_run_id: "t" }), { name: "NotTrusted" });
  await assert.rejects(context.actions.continueRun({ run_id: "r" }), { name: "NotTrusted" });
  assert.equal(created().length, 0);
});

test("should say of a flow that is not exported what to write", async (t) => {
  const { fake, found, uri } = opened(t);
  found(fileFlows(uri, [flowSite("etl", 1, { export: null })]));
  await fake.run("millrace.run");
  assert.match(fake.messages[0]?.text ?? "", /not exported.*"export" before etl/);
});

test("should save an untitled file before running it, and not run when that is refused", async (t) => {
  const { fake, created, found } = opened(t);
  const untitled = fake.openDocument(Uri.from({ scheme: "untitled", path: "Untitled-1" }), source, "typescript");
  found(fileFlows(untitled.uri.toString(), [flowSite("etl", 1)]));
  fake.showEditor(untitled, 2);
  await fake.run("millrace.run");
  assert.equal(created().length, 0);
  assert.equal(fake.messages.at(-1)?.modal, true);
});

test("should hand the nearest variables file to the runner by its path, never its content", async (t) => {
  const { fake, created, folder } = opened(t);
  writeFileSync(path.join(folder, ".env"), "TOKEN=abc\n");
  const deep = path.join(folder, "team", "flows");
  mkdirSync(deep, { recursive: true });
  writeFileSync(path.join(folder, "team", "millrace.json"), "{}");
  writeFileSync(path.join(deep, "one.ts"), source);
  await fake.run("millrace.run");
  assert.deepEqual(created()[0]?.["environment"], { MILLRACE_ENV_FILE: path.join(folder, ".env") });
  const target = { uri: Uri.file(path.join(deep, "one.ts")).toString(), export: "etl", name: "etl" };
  await fake.run("millrace.run", target);
  assert.equal(created()[1]?.["environment"], undefined);
  writeFileSync(path.join(folder, "team", ".env"), "TOKEN=team\n");
  await fake.run("millrace.run", target);
  assert.deepEqual(created()[2]?.["environment"], { MILLRACE_ENV_FILE: path.join(folder, "team", ".env") });
});

test("should open no page by itself when the settings say so", async (t) => {
  const { fake, created, pagesOpened } = opened(t, { settings: { "millrace.run.openPage": "never" } });
  await fake.run("millrace.run");
  assert.equal(created().length, 1);
  assert.deepEqual(pagesOpened(), []);
});

test("should give a cancelled run the time to stop that the settings name", async (t) => {
  const { fake, client } = opened(t, { settings: { "millrace.cancel.killAfter": 1500 } });
  await fake.run("millrace.cancelRun", { run_id: "r" });
  assert.deepEqual(client.sent("POST /api/flow_runs/:id/cancel"), [
    { reason: "cancelled in the editor", grace_ms: 1500 },
  ]);
});

test("should resume at once when there is nothing to decide, and ask when kept work was done by other code", async (t) => {
  const { fake, client } = opened(t);
  await fake.run("millrace.resumeRun", { run_id: "r" });
  assert.deepEqual(client.sent("POST /api/flow_runs/:id/resume"), [{ mode: "resume" }]);
  const task = (name: string, changed: boolean) => ({
    ...{ task_run_id: name, name, task_key: name, state_name: "Completed" as const, changed },
  });
  client.answers["POST /api/flow_runs/:id/plan"] = () => ({
    ...{ run_id: "r", kept: [task("a", false), task("b", true)], runs_again: [], missing: [] },
  });
  await fake.run("millrace.resumeRun", { run_id: "r" });
  assert.equal(client.sent("POST /api/flow_runs/:id/resume").length, 1);
  fake.state.onQuickPick = (items) => [items[0]];
  await fake.run("millrace.resumeRun", { run_id: "r" });
  assert.deepEqual(client.sent("POST /api/flow_runs/:id/resume")[1], { mode: "resume", rerun: ["b"] });
});

test("should delete a run only when the question was answered", async (t) => {
  const { fake, client } = opened(t);
  await fake.run("millrace.deleteRun", { run_id: "r" });
  assert.equal(client.sent("DELETE /api/flow_runs/:id").length, 0);
  fake.state.onMessage = () => "Delete";
  await fake.run("millrace.deleteRun", { run_id: "r" });
  assert.equal(client.sent("DELETE /api/flow_runs/:id").length, 1);
  assert.equal(
    fake.messages.every((message) => message.modal),
    true,
  );
});

test("should say what stopping the service means before it does", async (t) => {
  const { fake, client, context } = opened(t);
  await context.service.client();
  client.answers["GET /api/health"] = () => ({ ...client.health, live_runs: 2 });
  client.answers["POST /api/shutdown"] = () => ({});
  await fake.run("millrace.stopOrchestrator");
  assert.match(fake.messages[0]?.detail ?? "", /^2 runs go on without it/);
  assert.equal(client.sent("POST /api/shutdown").length, 0);
  fake.state.onMessage = () => "Stop";
  await fake.run("millrace.stopOrchestrator");
  assert.equal(context.service.state, "stopped");
});

test("should tell of a failure here while its page is out of sight, once, with a way to the run", async (t) => {
  const { fake, client, created, context } = opened(t, { settings: { "millrace.run.openPage": "never" } });
  await fake.run("millrace.run");
  const id = String(created()[0]?.["id"]);
  const failed = flowRun(id, {
    state_type: "FAILED",
    error: { name: "Error", message: "too many rows\nof data" },
  });
  client.say({ seq: 1, type: "flow-run", flow_run: flowRun(id, { state_type: "RUNNING" }) });
  client.say({ seq: 2, type: "flow-run", flow_run: flowRun("other", { state_type: "FAILED" }) });
  client.say({ seq: 3, type: "flow-run", flow_run: failed });
  client.say({ seq: 4, type: "flow-run", flow_run: failed });
  assert.deepEqual(
    fake.messages.map(({ level, text, buttons }) => ({ level, text, buttons })),
    [{ level: "error", text: `etl · run-${id} failed: too many rows`, buttons: ["Open Run", "Resume"] }],
  );
  await context.actions.notifyWhenDone({ run_id: "other2", on: true });
  client.say({ seq: 5, type: "flow-run", flow_run: flowRun("other2") });
  assert.match(fake.messages[1]?.text ?? "", /other2 completed after 1\.2s/);
});

test("should open the page of a run that failed here when the settings ask for that", async (t) => {
  const { fake, client, created, pagesOpened } = opened(t, { settings: { "millrace.run.openPage": "onFailure" } });
  await fake.run("millrace.run");
  const id = String(created()[0]?.["id"]);
  assert.deepEqual(pagesOpened(), []);
  client.say({ seq: 1, type: "flow-run", flow_run: flowRun(id, { state_type: "FAILED" }) });
  await until(() => pagesOpened().length === 1);
  assert.deepEqual(fake.messages, []);
  await fake.run("millrace.run");
  const other = String(created()[1]?.["id"]);
  const paused = flowRun(other, { state_type: "PAUSED" });
  client.say({ seq: 2, type: "flow-run", flow_run: paused });
  client.say({ seq: 3, type: "flow-run", flow_run: { ...paused, task_run_counts: { COMPLETED: 1 } } });
  assert.equal(pagesOpened().length, 2);
});

test("should open a link to a run, and nothing else that a link may say", (t) => {
  const { fake, pagesOpened } = opened(t);
  const id = "0199a3a0-1111-7111-8111-111111111111";
  for (const address of [`/run/${id}`, "/run/../../etc", `/start/${id}`]) {
    fake.uriHandlers[0]?.handleUri(Uri.from({ scheme: "vscode", authority: "millrace.millrace", path: address }));
  }
  assert.equal(pagesOpened().length, 1);
});

test("should report what went wrong with the log behind a button", async (t) => {
  const { fake, client } = opened(t);
  client.answers["POST /api/flow_runs"] = () => {
    throw new Error("the disk is full");
  };
  await fake.run("millrace.run");
  assert.equal(fake.messages[0]?.text, "Running the flow: the disk is full");
  assert.deepEqual(fake.messages[0]?.buttons, ["Show Log"]);
});

test("should report the same again when it happens again, but not twice for one click", async (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const { fake, client } = opened(t);
  client.answers["POST /api/flow_runs"] = () => {
    throw new Error("the disk is full");
  };
  // Nobody answers: the message is hidden, not closed.
  fake.state.onMessage = () => new Promise<undefined>(() => {});
  await Promise.all([fake.run("millrace.run"), fake.run("millrace.run")]);
  assert.equal(fake.messages.length, 1);
  t.mock.timers.tick(5000);
  await fake.run("millrace.run");
  assert.equal(fake.messages.length, 2);
});

test("should make no link of what an error says: the editor would run the command in it", async (t) => {
  const { fake, client, created } = opened(t, { settings: { "millrace.run.openPage": "never" } });
  const evil = "[details](command:workbench.action.terminal.new)";
  await fake.run("millrace.run");
  const id = String(created()[0]?.["id"]);
  client.say({ seq: 1, type: "flow-run", flow_run: flowRun(id, { state_type: "RUNNING" }) });
  const error = { name: "Error", message: evil };
  client.say({ seq: 2, type: "flow-run", flow_run: flowRun(id, { state_type: "FAILED", error }) });
  client.answers["POST /api/flow_runs"] = () => {
    throw new Error(evil);
  };
  await fake.run("millrace.run");
  assert.equal(fake.messages.length, 2);
  for (const { text } of fake.messages) {
    assert.ok(!text.includes("]("), text);
    assert.ok(text.includes("workbench.action.terminal.new"), text);
  }
});
