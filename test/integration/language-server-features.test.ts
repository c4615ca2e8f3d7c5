import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from "vscode-languageserver/node";
import type { KnownFacts, StaticGraph } from "../../runtime/protocol/language.ts";
import { startLanguageServer } from "../support/language-client.ts";
import { distFolder, temporaryFolder } from "../support/places.ts";

const text = `import { flow, task, cron } from "millrace";
import { GcsBucket } from "millrace/blocks";

export const load = task({ timeout: "10 seconds", async run(name: string) { return name; } });

export const etl = flow({
  async run() {
    const bucket = await GcsBucket.load("zoom-gsc");
    load(bucket.name);
  },
});
`;

interface Action {
  readonly title: string;
  readonly command?: { readonly command: string; readonly arguments: readonly unknown[] };
  readonly edit?: { readonly changes: Readonly<Record<string, readonly { readonly newText: string }[]>> };
}

test("should tell problems when the editor told what it knows, and offer the ways out", async (t) => {
  const folder = temporaryFolder(t);
  const client = await startLanguageServer([folder]);
  t.after(() => client.stop());
  const uri = pathToFileURL(path.join(folder, "etl.ts")).href;
  client.open(uri, text);
  const codes = () =>
    (client.diagnostics.get(uri) ?? []).map(({ code, range }) => `${range.start.line} ${code}`).sort();
  await client.until(() => codes().join() === "3 millrace/bad-duration,8 millrace/floating-call");
  const facts: KnownFacts = {
    blocks: [{ type: "gcs-bucket", name: "zoom-gcs", description: null }],
    block_types: [{ slug: "gcs-bucket", class_name: "GcsBucket", module: "millrace/blocks" }],
    blocks_known: true,
    types_linked: { [pathToFileURL(folder).href]: false },
  };
  client.notify("millrace/facts", facts);
  await client.until(() => codes().length === 4);
  assert.deepEqual(codes(), [
    "0 millrace/types-not-linked",
    "3 millrace/bad-duration",
    "7 millrace/unknown-block",
    "8 millrace/floating-call",
  ]);
  assert.ok(client.diagnostics.get(uri)?.every(({ source }) => source === "Millrace"));
  const whole = { start: { line: 0, character: 0 }, end: { line: 20, character: 0 } };
  const actions = await client.request<Action[]>("textDocument/codeAction", {
    textDocument: { uri },
    range: whole,
    context: { diagnostics: [] },
  });
  assert.deepEqual(
    actions.map(({ title, command, edit }) => [title, command?.command ?? edit?.changes[uri]?.[0]?.newText]),
    [
      ["Add await", "await "],
      ['Change to "zoom-gcs"', "zoom-gcs"],
      ['Create the GcsBucket Block "zoom-gsc"…', "millrace.newBlock"],
      ['Change to "10s"', "10s"],
      ["Link the bundled types", "millrace.linkTypes"],
      ["Install millrace (npm i -D millrace), where a registry has it", "millrace.installPackage"],
    ],
  );
  client.close(uri);
  await client.until(() => client.diagnostics.get(uri)?.length === 0);
});

test("should check the schedules of a millrace.json", async (t) => {
  const folder = temporaryFolder(t);
  const client = await startLanguageServer([folder]);
  t.after(() => client.stop());
  const uri = pathToFileURL(path.join(folder, "millrace.json")).href;
  const crons = ["0 5 1 * *", "@daily", "0 5 31 2 *", "0 5 * *"];
  client.open(uri, JSON.stringify({ deployments: [{ schedules: crons.map((cron) => ({ cron })) }] }), "json");
  await client.until(() => client.diagnostics.has(uri));
  const messages = client.diagnostics.get(uri)?.map(({ message }) => message.slice(0, 12));
  assert.deepEqual(messages, ['"0 5 31 2 *"', '"0 5 * *" ha']);
});

test("should draw a flow that is typed, and one that is not open", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "etl.ts");
  writeFileSync(file, text);
  const client = await startLanguageServer([folder]);
  t.after(() => client.stop());
  await client.until(() => client.indexed !== undefined);
  const [uri = ""] = client.flows.keys();
  const labels = async (flow: string) => {
    const graph = await client.request<StaticGraph | null>("millrace/graph", { uri, flow });
    return graph?.nodes.map(({ label }) => label) ?? null;
  };
  assert.deepEqual(await labels("etl"), ["load"]);
  assert.equal(await labels("nothing"), null);
  const typed = text.replace("load(bucket.name);", "await load.map([await load(1)]);");
  client.open(uri, typed);
  assert.deepEqual(await labels("etl"), ["load", "load"]);
  client.change(uri, 2, [{ text: typed.replace("const bucket", "for (const half of [\n    const bucket") }]);
  assert.deepEqual(await labels("etl"), ["load", "load"]); // torn: as it was before
});

test("should rename a block in files that are not open", async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["a.ts", "b.ts"]) writeFileSync(path.join(folder, name), text);
  const client = await startLanguageServer([folder]);
  t.after(() => client.stop());
  await client.until(() => client.indexed !== undefined);
  const [uri = ""] = [...client.flows.keys()].sort();
  client.open(uri, text);
  const place = { textDocument: { uri }, position: { line: 7, character: 45 } };
  const prepared = await client.request<{ placeholder: string }>("textDocument/prepareRename", place);
  assert.equal(prepared.placeholder, "zoom-gsc");
  const edit = await client.request<{ documentChanges: { textDocument: { version: number | null } }[] }>(
    "textDocument/rename",
    { ...place, newName: "zoom-gcs" },
  );
  assert.deepEqual(edit.documentChanges.map(({ textDocument }) => textDocument.version).sort(), [1, null]);
  await assert.rejects(
    client.request("textDocument/rename", { ...place, newName: "no/good" }),
    /letters, digits, blanks and/,
  );
  // A block that is there is renamed by the editor first; when it refuses, the code stays.
  const block = { type: "gcs-bucket", name: "zoom-gsc" };
  client.notify("millrace/facts", {
    blocks: [{ ...block, description: null }],
    block_types: [{ slug: "gcs-bucket", class_name: "GcsBucket", module: "millrace/blocks" }],
    blocks_known: true,
    types_linked: {},
  });
  const asked: unknown[] = [];
  let refuse = true;
  client.connection.onRequest("millrace/renameBlock", (input) => {
    asked.push(input);
    if (refuse) throw new Error("The service is not running.");
    return null;
  });
  await assert.rejects(client.request("textDocument/rename", { ...place, newName: "new-one" }), /not running/);
  refuse = false;
  await client.request("textDocument/rename", { ...place, newName: "new-one" });
  assert.deepEqual(asked, [
    { ...block, to: "new-one" },
    { ...block, to: "new-one" },
  ]);
  assert.deepEqual(
    (await client.request<{ uri: string; within: string }[]>("millrace/blockUses", block)).map(({ within }) => within),
    ["etl", "etl"],
  );
  const elsewhere = { textDocument: { uri }, position: { line: 3, character: 15 } };
  assert.equal(await client.request("textDocument/prepareRename", elsewhere), null);
});

test("should speak over the channel of a forked process, as the editor starts it", async (t) => {
  const child = fork(path.join(distFolder, "language-server", "main.cjs"), ["--node-ipc"], { execArgv: [] });
  t.after(() => child.kill());
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  t.after(() => connection.dispose());
  connection.listen();
  const { serverInfo } = await connection.sendRequest<{ serverInfo: { name: string } }>("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: null,
  });
  assert.equal(serverInfo.name, "Millrace");
  await connection.sendRequest("shutdown");
  const ended = once(child, "exit");
  await connection.sendNotification("exit");
  assert.deepEqual(await ended, [0, null]);
});

test("should offer a test above each automation of a millrace.json", async (t) => {
  const folder = temporaryFolder(t);
  const client = await startLanguageServer([folder]);
  t.after(() => client.stop());
  const uri = pathToFileURL(path.join(folder, "millrace.json")).href;
  client.open(
    uri,
    '{\n  "deployments": [],\n  "automations": [\n    { "name": "one" },\n    { "name": "two" },\n  ]\n}\n',
    "jsonc",
  );
  const lenses = await client.request<
    { range: { start: { line: number } }; command: { command: string; arguments: unknown[] } }[]
  >("textDocument/codeLens", { textDocument: { uri } });
  assert.deepEqual(
    lenses.map(({ range, command }) => [range.start.line, command.command, command.arguments]),
    [
      [3, "millrace.testAutomation", [uri, 0]],
      [3, "millrace.applyDeployments", [uri]],
      [4, "millrace.testAutomation", [uri, 1]],
      [4, "millrace.applyDeployments", [uri]],
    ],
  );
});
