import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type * as Vscode from "vscode";
import { nodeConfiguration, runField } from "../../../extension/debug/configuration.ts";
import { expand, readFlowText } from "../../../extension/debug/flow-text.ts";
import { debugRequestVariable, decodeDebugRequest } from "../../../runtime/protocol/debugging.ts";
import { isId, newId } from "../../../runtime/protocol/ids.ts";
import type { ParameterSite } from "../../../runtime/protocol/language.ts";
import { fakeClient, flowRun } from "../../support/fake-client.ts";
import { fakeExtension, fileFlows, flowSite } from "../../support/fake-extension.ts";
import type { Uri } from "../../support/fake-vscode.ts";
import { until } from "../../support/until.ts";

/** As it stands in a launch.json: a text here, no template. */
const variable = (name: string): string => `$\{${name}}`;

test("should read the file and the flow of a launch configuration", () => {
  const at = { folder: path.resolve("/work"), activeFile: path.resolve("/work/flows/my etl.ts") };
  const of = (text: string) => readFlowText(text, at);
  assert.deepEqual(of("flows/etl.ts:etlParent"), { file: path.resolve("/work/flows/etl.ts"), flow: "etlParent" });
  assert.deepEqual(of(variable("file")), { file: at.activeFile, flow: undefined });
  assert.deepEqual(of(`${variable("workspaceFolder")}/a.mts:x`), { file: path.resolve("/work/a.mts"), flow: "x" });
  assert.deepEqual(of(`${variable("relativeFile")}:daily report`), { file: at.activeFile, flow: "daily report" });
  assert.equal(of("notes.md"), undefined);
  assert.equal(of(""), undefined);
  assert.equal(expand(variable("env:HOME"), at), variable("env:HOME"));
});

const launch = {
  request: { home: "/home", run_id: "r1", file: "/w/etl.ts", parameters: { text: variable("file") }, cwd: "/w" },
  name: "Millrace: etl",
  runtime: "/ho[m]e/runtime/1",
  node: "/usr/bin/node",
  electron: false,
} as const;

test("should start the runner under the JavaScript debugger, with what no editor expands", () => {
  const configuration = nodeConfiguration({ ...launch, env: { A: "1", B: null } });
  assert.equal(configuration.type, "node");
  assert.equal(configuration["program"], "/ho[m]e/runtime/1/millrace.cjs");
  assert.equal(configuration["runtimeExecutable"], "/usr/bin/node");
  const { [debugRequestVariable]: request, ...env } = configuration["env"];
  assert.deepEqual(env, { A: "1", B: null, ELECTRON_RUN_AS_NODE: null });
  assert.deepEqual(decodeDebugRequest(request), launch.request);
  assert.doesNotMatch(JSON.stringify(configuration), /\$\{/);
  assert.deepEqual(configuration["skipFiles"], ["<node_internals>/**", "/ho?m?e/runtime/1/**"]);
  assert.equal(configuration[runField], "r1");
  assert.equal(nodeConfiguration({ ...launch, electron: true })["env"].ELECTRON_RUN_AS_NODE, "1");
});

interface Started {
  readonly folder: { readonly uri: Uri };
  readonly configuration: Vscode.DebugConfiguration;
}

function opened(
  t: Parameters<typeof fakeExtension>[0],
  options: { parameters?: readonly ParameterSite[]; trusted?: boolean } = {},
) {
  const client = fakeClient({});
  const extension = fakeExtension(t, { client, running: true, trusted: options.trusted ?? true });
  const file = path.join(extension.folder, "flows", "etl.ts");
  mkdirSync(path.dirname(file), { recursive: true });
  const text = 'import { flow } from "millrace";\nexport const etl = flow({});\n\n\n\n\n';
  writeFileSync(file, text);
  const document = extension.fake.openDocument(file, text);
  extension.found(fileFlows(document.uri.toString(), [flowSite("etl", 1, { parameters: options.parameters ?? [] })]));
  extension.fake.showEditor(document, 2);
  const requests = () =>
    (extension.fake.debugSessions as Started[]).map(({ configuration }) =>
      decodeDebugRequest(configuration["env"][debugRequestVariable]),
    );
  return { ...extension, file, document, requests };
}

test("should debug the flow under the cursor, saved first, and give back the run's id", async (t) => {
  const { fake, file, folder, home, document, requests } = opened(t);
  fake.edit(document, new fake.api.Range(0, 0, 0, 0) as never, "// edited\n");
  const id = await fake.run("millrace.debug");
  assert.equal(document.saves, 1);
  assert.ok(isId(String(id)));
  assert.deepEqual(requests(), [{ home, run_id: id, file, flow: "etl", parameters: {}, cwd: folder }]);
});

test("should take the run's id and parameters that a page gives", async (t) => {
  const { fake, document, requests } = opened(t);
  const target = { uri: document.uri.toString(), export: "etl", name: "etl" };
  assert.equal(await fake.run("millrace.debug", target, { parameters: { n: 1 }, run_id: "chosen" }), "chosen");
  assert.deepEqual([requests()[0]?.run_id, requests()[0]?.parameters], ["chosen", { n: 1 }]);
});

test("should ask for parameters that have no default, and start nothing when the question is closed", async (t) => {
  const required = { name: "url", type: "string", required: true, default: null };
  const { fake, requests } = opened(t, { parameters: [required] });
  await fake.run("millrace.debug");
  assert.deepEqual(requests(), []);
  assert.deepEqual(fake.messages, []);
  assert.equal((fake.inputBoxes[0] as { value: string }).value, '{"url":null}');
  fake.state.onInputBox = () => '{"url":"x"}';
  await fake.run("millrace.debug");
  assert.deepEqual(requests()[0]?.parameters, { url: "x" });
});

test("should not debug in Restricted Mode", async (t) => {
  const { fake, requests } = opened(t, { trusted: false });
  await fake.run("millrace.debug");
  assert.deepEqual(requests(), []);
  assert.match(fake.messages[0]?.text ?? "", /needs a trusted folder/);
});

test("should resolve F5 in a flow file and a launch configuration, and offer each flow", async (t) => {
  const { fake, context, file, folder } = opened(t);
  const [resolver, offers, ...more] = fake.providersOf("debug") as Vscode.DebugConfigurationProvider[];
  assert.equal(more.length, 0);
  const workspace = context.vscode.workspace.workspaceFolders?.[0];
  const resolve = async (given: object) => {
    const configuration = await resolver?.resolveDebugConfiguration?.(workspace, given as Vscode.DebugConfiguration);
    return configuration && decodeDebugRequest(configuration["env"][debugRequestVariable]);
  };
  const pressed = await resolve({});
  assert.deepEqual([pressed?.file, pressed?.flow, pressed?.cwd], [file, "etl", folder]);
  // The editor asks every provider of the type in turn, also with what the one before made of it.
  assert.equal(offers?.resolveDebugConfiguration, undefined);
  const configured = await resolve({
    type: "millrace",
    name: "mine",
    flow: "flows/etl.ts:etl",
    parameters: { n: 2 },
    cwd: `${variable("workspaceFolder")}/flows`,
  });
  assert.deepEqual([configured?.flow, configured?.parameters], ["etl", { n: 2 }]);
  assert.equal(configured?.cwd, path.join(folder, "flows"));
  assert.equal(await resolve({ type: "millrace", name: "bad", flow: "notes.md" }), undefined);
  assert.match(fake.messages[0]?.text ?? "", /names no file with a flow/);
  const offered = (await offers?.provideDebugConfigurations?.(workspace)) ?? [];
  assert.deepEqual(
    offered.map(({ name, flow }) => [name, flow]),
    [["Debug etl (flows/etl.ts)", "flows/etl.ts:etl"]],
  );
});

test("should open the run's page when the run begins, and say why there is none", async (t) => {
  const client = fakeClient({});
  const { fake, context } = fakeExtension(t, { client, running: true });
  await context.service.client();
  const opened = () =>
    fake.executed.filter(({ command }) => command === "vscode.openWith").map(({ args }) => String(args[0]));
  const [first, second] = [newId(), newId()];
  const root = { id: "1", type: "pwa-node", name: "Millrace: etl", configuration: { [runField]: first } };
  const program = { id: "2", type: "pwa-node", name: "program", configuration: {}, parentSession: root };
  fake.events.onDidStartDebugSession.fire(root);
  assert.deepEqual(opened(), []);
  client.say({ seq: 1, type: "flow-run", flow_run: flowRun(first, { created_by: "debug" }) });
  await until(() => opened().some((address) => address.includes(first)));
  fake.events.onDidStartDebugSession.fire(program);
  // "Restart": the program again, whose run has another id.
  fake.events.onDidStartDebugSession.fire({ ...program, id: "3" });
  client.say({ seq: 2, type: "flow-run", flow_run: flowRun(second, { created_by: "debug", state_type: "RUNNING" }) });
  await until(() => opened().some((address) => address.includes(second)));

  const factory = fake.providersOf("debugTracker")[0] as Vscode.DebugAdapterTrackerFactory;
  const tracker = (await factory.createDebugAdapterTracker(program as never)) ?? undefined;
  tracker?.onDidSendMessage?.({
    type: "event",
    event: "output",
    body: { category: "stderr", output: "etl.ts:1: no\n\n  1 | no\n" },
  });
  fake.events.onDidTerminateDebugSession.fire(root);
  assert.match(fake.messages.at(-1)?.text ?? "", /Millrace: etl did not start: etl\.ts:1: no$/);
});
