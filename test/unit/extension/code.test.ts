import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import type { LastTaskCall } from "../../../runtime/protocol/editor-api.ts";
import { type FakeAnswers, fakeClient, flowRun } from "../../support/fake-client.ts";
import { fakeExtension, fileFlows, flowSite } from "../../support/fake-extension.ts";
import { type CodeLens, type Diagnostic, type InlayHint, Range, Uri } from "../../support/fake-vscode.ts";
import { until } from "../../support/until.ts";

const source = [
  'import { flow, task } from "millrace";',
  "const load = task({ async run() {",
  '  throw new Error("too many rows");',
  "} });",
  "export const etl = flow({ async run() {",
  "  await load();",
  "} });",
  "",
].join("\n");

async function opened(t: Pick<TestContext, "after">, answers: FakeAnswers = {}) {
  const client = fakeClient({
    "GET /api/flow_runs/:id/sources": () => ({ files: [{ file, hash: "h" }] }),
    "GET /api/flow_runs/:id/sources/:hash": () => ({ file, text: source }),
    ...answers,
  });
  const extension = fakeExtension(t, { client, running: true });
  await extension.context.service.client();
  await extension.context.runs.refresh();
  const file = path.join(extension.folder, "etl.ts");
  writeFileSync(file, source);
  const uri = Uri.file(file).toString();
  const document = extension.fake.openDocument(file, source);
  const call = {
    ...{ name: "load", callee: "task" as const, form: "call" as const, flow: "etl" },
    range: { start: { line: 5, character: 8 }, end: { line: 5, character: 14 } },
  };
  extension.found(fileFlows(uri, [flowSite("etl", 4)], { calls: [call] }));
  const failed = (id: string) =>
    flowRun(id, {
      ...{ flow_file: file, state_type: "FAILED" as const },
      error: {
        name: "Error",
        message: "too many rows",
        stack: "Error: too many rows\n  at load",
        location: { file, line: 3, column: 9 },
      },
    });
  const say = (run = flowRun("a", { flow_file: file }), seq = 1) =>
    client.say({ seq, type: "flow-run", flow_run: run });
  const problems = (): readonly Diagnostic[] => extension.fake.collections.get("millrace-runs")?.get(uri) ?? [];
  return { ...extension, client, file, uri, document, failed, say, problems };
}

type Provider<Result> = Record<string, (...given: unknown[]) => Result | Promise<Result>>;
const own = <Result>(providers: readonly unknown[], method: string, ...given: unknown[]) =>
  (providers[0] as Provider<Result>)[method]?.(...given) as Promise<Result>;

test("should stand with one lens above each flow, whether it has run or not", async (t) => {
  const { fake, document, say, file } = await opened(t);
  const lenses = async () => {
    const found = await own<CodeLens[]>(fake.providersOf("codeLens"), "provideCodeLenses", document);
    return found.map((lens) => [lens.range.start.line, (lens.command as { title: string }).title]);
  };
  assert.deepEqual(await lenses(), [[4, "$(circle-outline) Not run yet"]]);
  say(flowRun("a", { flow_file: file, state_type: "RUNNING" }));
  assert.deepEqual(await lenses(), [[4, "$(sync~spin) Running"]]);
  say(flowRun("a", { flow_file: file }), 2);
  assert.match(String((await lenses())[0]?.[1]), /^\$\(pass\) Completed · 1\.2s · /);
  fake.setConfiguration("millrace.codeLens.lastRun", false);
  assert.deepEqual(await lenses(), []);
});

test("should leave flows without one that nothing can start", async (t) => {
  const { fake, document, found, uri } = await opened(t);
  found(fileFlows(uri, [flowSite("etl", 4), flowSite("hidden", 8, { export: null })]));
  const lenses = await own<CodeLens[]>(fake.providersOf("codeLens"), "provideCodeLenses", document);
  assert.deepEqual(
    lenses.map(({ range }) => range.start.line),
    [4],
  );
});

test("should draw lenses again when a state changes, not when only time or counts do", async (t) => {
  const { fake, document, say, file } = await opened(t);
  const provider = fake.providersOf("codeLens")[0] as { onDidChangeCodeLenses(listener: () => void): unknown };
  let drawn = 0;
  provider.onDidChangeCodeLenses(() => drawn++);
  await own(fake.providersOf("codeLens"), "provideCodeLenses", document);
  say(flowRun("a", { flow_file: file, state_type: "RUNNING" }));
  await until(() => drawn === 1);
  await own(fake.providersOf("codeLens"), "provideCodeLenses", document);
  say(flowRun("a", { flow_file: file, state_type: "RUNNING", task_run_counts: { RUNNING: 1 } }), 2);
  say(flowRun("a", { flow_file: file }), 3);
  await until(() => drawn === 2);
});

test("should tell of hints that changed while the editor waited for them, once it has them", async (t) => {
  const answer = Promise.withResolvers<{ calls: [] }>();
  let asked = 0;
  const { fake, document, say, file } = await opened(t, {
    "POST /api/tasks/last": () => (asked++ === 0 ? answer.promise : { calls: [] }),
  });
  const [provider] = fake.providersOf("inlayHints") as {
    provideInlayHints(document: unknown, range: unknown): Promise<unknown>;
    onDidChangeInlayHints(listener: () => void): { dispose(): void };
  }[];
  assert.ok(provider);
  const hints = provider.provideInlayHints(document, new Range(0, 0, 9, 0));
  await until(() => asked === 1);
  // The editor listens only while it waits for nothing: this one it does not hear.
  let changes = 0;
  provider.onDidChangeInlayHints(() => changes++);
  say(flowRun("a", { flow_file: file }));
  await until(() => changes > 0);
  answer.resolve({ calls: [] });
  await hints;
  const missed = changes;
  await until(() => changes > missed);
  await provider.provideInlayHints(document, new Range(0, 0, 9, 0));
  assert.equal(asked, 2);
});

test("should mark the line that failed, with what can be done about it", async (t) => {
  const { fake, document, say, failed, problems } = await opened(t);
  say(failed("a"));
  const [problem] = await until(() => (problems().length > 0 ? problems() : undefined));
  assert.equal(problem?.message, "Error: too many rows");
  assert.deepEqual([problem?.range.start.line, problem?.range.start.character], [2, 8]);
  const actions = await own<{ title: string; command: { command: string; arguments: unknown[] } }[]>(
    fake.providersOf("codeActions"),
    "provideCodeActions",
    document,
    problem?.range,
    { diagnostics: [problem] },
  );
  assert.deepEqual(
    actions.map((action) => [action.command.command, action.command.arguments]),
    ["millrace.resumeRun", "millrace.openRun", "millrace.copyError"].map((command) => [command, [{ run_id: "a" }]]),
  );
});

test("should move the mark with its line, and take it away with an edit of that line", async (t) => {
  const { fake, document, say, failed, problems } = await opened(t);
  say(failed("a"));
  await until(() => problems().length > 0);
  fake.edit(document, new Range(0, 0, 0, 0), "// a comment\n");
  await until(() => problems()[0]?.range.start.line === 3);
  fake.edit(document, new Range(3, 9, 3, 9), " ");
  await until(() => problems().length === 0);
});

test("should take the mark away with the next good run", async (t) => {
  const { say, failed, problems, file } = await opened(t);
  say(failed("a"));
  await until(() => problems().length > 0);
  say(flowRun("b", { flow_file: file, minute: 3 }), 2);
  await until(() => problems().length === 0);
});

test("should take marks away when asked, until it fails again", async (t) => {
  const { fake, say, failed, problems } = await opened(t);
  say(failed("a"));
  await until(() => problems().length > 0);
  await fake.run("millrace.clearProblems");
  assert.deepEqual(problems(), []);
  say({ ...failed("c"), created: "2026-11-21T10:00:00.000Z" }, 2);
  await until(() => problems().length > 0);
});

test("should mark nothing in a file whose failing line is another by now", async (t) => {
  const { fake, say, failed, problems, document, client } = await opened(t);
  fake.edit(document, new Range(2, 0, 2, 40), "  return 1;");
  say(failed("a"));
  await until(() => client.sent("GET /api/flow_runs/:id/sources/:hash").length > 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(problems(), []);
});

const call = (rest: Partial<LastTaskCall> = {}): LastTaskCall => ({
  ...{ flow_run_id: "a", task_run_id: "t", task_key: "load", name: "load", line: 6, column: 9 },
  ...{ state_type: "COMPLETED", state_name: "Completed", duration: 0.3, count: 1, failed: 0, source_hash: "h" },
  ...rest,
});

test("should hint behind a task's call how it went, while its line is the one that ran", async (t) => {
  const { fake, document } = await opened(t, { "POST /api/tasks/last": () => ({ calls: [call()] }) });
  const hints = async () => {
    const found = await own<InlayHint[]>(
      fake.providersOf("inlayHints"),
      "provideInlayHints",
      document,
      new Range(0, 0, 99, 0),
    );
    return found.map((hint) => [
      hint.position.line,
      hint.position.character,
      (hint.label as { value: string }[])[0]?.value,
    ]);
  };
  assert.deepEqual(await hints(), [[5, 14, "300ms"]]);
  fake.edit(document, new Range(5, 2, 5, 2), "/* new */ ");
  assert.deepEqual(await hints(), []);
  fake.setConfiguration("millrace.inlayHints", false);
  assert.deepEqual(await hints(), []);
});

test("should open the file that ran, or the copy that the run has kept when the file is another now", async (t) => {
  const { fake, context, file, document } = await opened(t);
  await context.actions.openSource({ file, line: 3, run_id: "a" });
  fake.edit(document, new Range(0, 0, 0, 0), "// edited\n");
  await context.actions.openSource({ file, line: 3, run_id: "a" });
  const shown = fake.opened as { uri: Uri }[];
  assert.deepEqual(
    shown.map(({ uri }) => uri.scheme),
    ["file", "millrace-source"],
  );
  assert.equal(fake.state.activeEditor?.document.getText(), source);
  assert.equal(fake.state.activeEditor?.selection.active.line, 2);
  await fake.run("millrace.compareSource", shown[1]?.uri);
  const diff = fake.executed.find(({ command }) => command === "vscode.diff");
  assert.equal(String(diff?.args[1]), Uri.file(file).toString());
});

test("should open a whole log as one document, page by page", async (t) => {
  const pages = [
    { logs: [{ at: 0, level: 20, message: "one", name: "log", flow_run_id: "a" }], next: 10 },
    { logs: [{ at: 0, level: 20, message: "two", name: "log", flow_run_id: "a" }], next: 20 },
    { logs: [], next: 20 },
  ];
  const { fake, client } = await opened(t, {
    "POST /api/flow_runs/:id/logs": ({ body }) =>
      pages[((body as { after: number }).after ?? 0) / 10] ?? { logs: [], next: 0 },
    "POST /api/flow_runs/:id/task_runs": () => ({ items: [], next_cursor: null }),
  });
  await fake.run("millrace.openLogs", { run_id: "a" });
  // The editor opens it by itself: what it shares with extensions may have 50 MB at most.
  const [uri] = fake.executed.find(({ command }) => command === "vscode.open")?.args ?? [];
  assert.ok(uri instanceof Uri);
  assert.match(uri.path, /\.log$/);
  const document = await fake.api.workspace.openTextDocument(uri);
  assert.match(document.getText(), /INFO {3}one\n.*INFO {3}two\n$/);
  assert.equal(client.sent("POST /api/flow_runs/:id/logs").length, 3);
});

test("should tell a flow's last runs over its name", async (t) => {
  const { fake, document, file } = await opened(t, {
    "POST /api/flow_runs/filter": () => ({ items: [flowRun("a", { flow_file: file0 })], next_cursor: null }),
  });
  const file0 = file;
  const at = (line: number, character: number) => new fake.api.Position(line, character);
  const hover = await own<{ contents: { value: string }[] }>(
    fake.providersOf("hover"),
    "provideHover",
    document,
    at(4, 14),
  );
  assert.match(hover.contents[0]?.value ?? "", /\$\(pass\) \[run-a\]\(command:millrace\.openRun\?.*Completed/);
  assert.equal(await own(fake.providersOf("hover"), "provideHover", document, at(0, 0)), undefined);
});
