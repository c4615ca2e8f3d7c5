import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type * as Vscode from "vscode";
import { runAddress } from "../../../extension/pages/address.ts";
import { createPages } from "../../../extension/pages/index.ts";
import { type FakeContextOptions, fakeContext, fakePanel } from "../../support/fake-context.ts";
import { flowRun, logEvent, runEvent } from "../../support/runs-told.ts";

const runId = "019aa6b3-1b2c-7d3e-8f4a-5b6c7d8e9f0a";
const otherId = "019aa6b3-1b2c-7d3e-8f4a-000000000000";
const target = { uri: "file:///work/etl.ts", export: "etl", name: "etl" };
const answers = {
  "GET /api/health": () => ({ seq: 41 }),
  "GET /api/flow_runs/:id": ({ params }: { params?: unknown }) => ({ asked: params }),
  "POST /api/describe": () => ({ flows: [] }),
};

function setUp(t: TestContext, options: FakeContextOptions = { answers }) {
  const around = fakeContext(options);
  t.after(() => around.dispose());
  const pages = createPages(around.context);
  const { Uri, TabInputCustom } = around.context.vscode;
  const resolve = (viewType: string, uri: Vscode.Uri) => {
    const provider = around.fake.customEditors.get(viewType) as Vscode.CustomReadonlyEditorProvider;
    const page = fakePanel();
    const cancelled = new around.context.vscode.CancellationTokenSource().token;
    void provider.resolveCustomEditor({ uri, dispose() {} }, page.panel, cancelled);
    return page;
  };
  return {
    ...around,
    pages,
    openRun: (id = runId, more: Parameters<typeof runAddress>[1] = {}) =>
      resolve("millrace.run", Uri.from(runAddress(id, more))),
    resolve,
    Uri,
    tab: (id: string, rest: { isActive?: boolean; isPreview?: boolean; group?: number } = {}) => ({
      input: new TabInputCustom(Uri.from(runAddress(id, { title: "etl · calm-otter" })), "millrace.run"),
      isActive: true,
      group: 2,
      ...rest,
    }),
    openedWith: () =>
      around.fake.executed
        .filter(({ command }) => command === "vscode.openWith")
        .map(({ args: [uri, , options] }) => ({ path: (uri as Vscode.Uri).path, options })),
  };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await turn();
}

test("should open a run beside the code without taking the focus", async (t) => {
  const { pages, openedWith, known, fake } = setUp(t);
  known.runs = [flowRun(runId)];
  fake.tabs.push({ input: {}, isActive: true, group: 1 });
  await pages.openRun(runId);
  assert.deepEqual(openedWith(), [
    {
      path: `/${runId}/etl-parent · calm-otter`,
      options: { viewColumn: -2, preserveFocus: true, preview: true },
    },
  ]);
});

test("should reveal the tab that a run has, wherever it is and whatever its address tells", async (t) => {
  const { pages, openedWith, fake, tab } = setUp(t);
  fake.tabs.push({ input: {}, isActive: true, group: 1 }, tab(otherId, { group: 2 }), tab(runId, { group: 3 }));
  await pages.openRun(runId, { target });
  assert.deepEqual(openedWith(), [
    {
      path: `/${runId}/etl · calm-otter`,
      options: { viewColumn: 3, preserveFocus: true, preview: undefined },
    },
  ]);
});

test("should replace the page of a run that has ended, and keep that of one that goes on", async (t) => {
  const { pages, openedWith, fake, tab, known } = setUp(t);
  fake.tabs.push({ input: {}, isActive: true, group: 1 }, tab(otherId, { isPreview: true }));
  known.runs = [flowRun(otherId, { state_type: "COMPLETED" })];
  await pages.openRun(runId);
  known.runs = [flowRun(otherId)];
  await pages.openRun(runId);
  assert.deepEqual(
    openedWith().map(({ options }) => options),
    [
      { viewColumn: 2, preserveFocus: true, preview: true },
      { viewColumn: 2, preserveFocus: true, preview: false },
    ],
  );
});

test("should leave code in view that stands in front of pages, unless it was asked for the page", async (t) => {
  const { pages, openedWith, fake, tab } = setUp(t);
  fake.tabs.push(tab(otherId, { isActive: false, isPreview: true, group: 1 }), { input: {}, isActive: true, group: 1 });
  await pages.openRun(runId);
  await pages.openRun(runId, { focus: true });
  assert.deepEqual(
    openedWith().map(({ options }) => (options as Vscode.TextDocumentShowOptions).viewColumn),
    [-2, 1],
  );
});

test("should know which runs are in sight", (t) => {
  const { pages, fake, tab } = setUp(t);
  fake.tabs.push(tab(runId), tab(otherId, { isActive: false }));
  assert.equal(pages.isVisible(runId), true);
  assert.equal(pages.isVisible(otherId), false);
});

test("should make a page of its address alone", (t) => {
  const { openRun } = setUp(t);
  const page = openRun(runId, { title: "etl · calm-otter", target });
  assert.equal(page.shown.title, "etl · calm-otter");
  assert.match(page.webview.html, new RegExp(`run_id&quot;:&quot;${runId}`));
  assert.match(page.webview.html, /dist\/webviews\/run\.js/);
});

test("should put what is known into the page, and not what was known when it is shown again", (t) => {
  const { openRun, known } = setUp(t);
  known.runs = [flowRun(runId)];
  const page = openRun();
  assert.match(page.webview.html, /state_type&quot;:&quot;RUNNING/);
  assert.equal(page.shown.title, "etl-parent · calm-otter");
  page.setVisible(false);
  assert.doesNotMatch(page.webview.html, /state_type/);
});

test("should load a page again that does not begin, and leave one that has", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { openRun, logged } = setUp(t);
  const page = openRun();
  const first = page.webview.html;
  t.mock.timers.tick(20_000);
  const second = page.webview.html;
  assert.notEqual(second, first);
  assert.match(logged.join("\n"), /has not begun within 20 s/);
  page.say({ type: "ready", script: 1 });
  t.mock.timers.tick(90_000);
  assert.equal(page.webview.html, second);
  page.setVisible(false);
  const hidden = page.webview.html;
  t.mock.timers.tick(90_000);
  assert.equal(page.webview.html, hidden, "nobody draws what is hidden");
  page.setVisible(true);
  t.mock.timers.tick(20_000);
  assert.notEqual(page.webview.html, hidden);
});

test("should forward a page's questions, and refuse what pages may not ask", async (t) => {
  const { openRun, requested } = setUp(t);
  const page = openRun();
  page.say({ type: "ready" });
  page.take();
  page.say({ type: "api", id: 1, route: "GET /api/flow_runs/:id", input: { params: { id: runId } } });
  page.say({ type: "api", id: 2, route: "DELETE /api/flow_runs/:id", input: { params: { id: runId } } });
  page.say({ type: "call", id: 3, name: "constructor", input: {} });
  await settle();
  const answered = page.take() as { id: number; type: string; value?: unknown; problem?: { code: string } }[];
  assert.deepEqual(
    answered.sort((one, other) => one.id - other.id).map(({ id, type, problem }) => [id, type, problem?.code]),
    [
      [1, "answer", undefined],
      [2, "problem", "unauthorized"],
      [3, "problem", "bad-usage"],
    ],
  );
  assert.deepEqual(
    requested.map(({ route }) => route),
    ["GET /api/flow_runs/:id"],
  );
});

test("should load no code of a folder that is not trusted", async (t) => {
  const { openRun, requested, fake } = setUp(t, { answers, trusted: false });
  const page = openRun();
  page.say({ type: "ready" });
  page.take();
  page.say({ type: "api", id: 1, route: "POST /api/describe", input: { body: { file: "/work/etl.ts" } } });
  await settle();
  assert.equal((page.take() as { problem: { code: string } }[])[0]?.problem.code, "untrusted");
  assert.deepEqual(requested, []);
  fake.grantTrust();
  page.say({ type: "api", id: 2, route: "POST /api/describe", input: { body: { file: "/work/etl.ts" } } });
  await settle();
  assert.deepEqual(
    requested.map(({ route }) => route),
    ["POST /api/describe"],
  );
});

test("should follow a run from a number on, until the page is hidden", async (t) => {
  const { openRun, events, requested } = setUp(t);
  const page = openRun();
  page.say({ type: "ready" });
  page.take();
  page.say({ type: "call", id: 1, name: "follow", input: { flow_run_id: runId } });
  await settle();
  assert.deepEqual(page.take(), [{ type: "answer", id: 1, value: { seq: 41 } }]);
  events.fire(runEvent(42, flowRun(runId)));
  assert.equal(page.take().length, 1);
  page.setVisible(false);
  events.fire(logEvent(43, runId));
  // Nobody follows: where a run belongs that was never heard of is of no interest.
  events.fire(logEvent(44, otherId));
  await settle();
  assert.deepEqual(
    requested.map(({ route }) => route),
    ["GET /api/health"],
  );
  page.setVisible(true);
  page.say({ type: "ready" });
  assert.deepEqual(
    (page.take() as { events: { type: string }[] }[]).flatMap((message) => message.events.map(({ type }) => type)),
    ["surroundings"],
  );
});

test("should show a task run on the page that is open, or that opens", async (t) => {
  const { pages, openRun } = setUp(t);
  await pages.openRun(runId, { task_run_id: "early" });
  const page = openRun();
  page.say({ type: "ready" });
  const [first] = page.take() as { events: { type: string; task_run_id?: string }[] }[];
  assert.equal(first?.events.find(({ type }) => type === "select")?.task_run_id, "early");
  await pages.openRun(runId, { task_run_id: "late" });
  assert.deepEqual(page.take(), [{ type: "events", events: [{ type: "select", task_run_id: "late" }] }]);
});

test("should show title and state in the tab as the page tells them", (t) => {
  const { openRun } = setUp(t);
  const page = openRun();
  page.say({ type: "title", title: "etl · sleepy-owl", state: "FAILED" });
  assert.equal(page.shown.title, "etl · sleepy-owl");
  assert.match(page.shown.iconPath?.light.path ?? "", /failed-light\.svg$/);
});

test("should tell pages of what changes around them", (t) => {
  const { openRun, known, stateChanged } = setUp(t);
  const page = openRun();
  page.say({ type: "ready" });
  page.take();
  known.state = "waiting";
  stateChanged.fire("waiting");
  const [message] = page.take() as { events: { surroundings: { service: string } }[] }[];
  assert.equal(message?.events[0]?.surroundings.service, "waiting");
});

test("should draw a graph anew when its file has changed", async (t) => {
  const { resolve, Uri, flowsChanged } = setUp(t);
  const page = resolve(
    "millrace.graph",
    Uri.from({ scheme: "millrace-graph", path: "/Graph · etl", query: "file=file:///a.ts&flow=etl" }),
  );
  page.say({ type: "ready" });
  page.take();
  flowsChanged.fire(["file:///b.ts"]);
  flowsChanged.fire(["file:///a.ts"]);
  await settle();
  assert.deepEqual(page.take(), [{ type: "events", events: [{ type: "graph", graph: null }] }]);
});

test("should say so when nothing is at an address", (t) => {
  const { resolve, Uri } = setUp(t);
  const page = resolve("millrace.graph", Uri.from({ scheme: "millrace-graph", path: "/x<b>", query: "" }));
  assert.match(page.webview.html, /There is no page at this address/);
  assert.doesNotMatch(page.webview.html, /<b>|<script/);
});

test("should open no link but those to web pages and mail", async (t) => {
  const { openRun, fake } = setUp(t);
  const page = openRun();
  page.say({ type: "ready" });
  page.take();
  const urls = [
    "https://example.com/a?b=c",
    "mailto:a@example.com",
    "file:///etc/passwd",
    "command:x",
    "javascript:1",
    "",
  ];
  for (const [id, url] of urls.entries()) page.say({ type: "call", id, name: "openExternal", input: { url } });
  await settle();
  const types = (page.take() as { id: number; type: string }[]).sort((one, other) => one.id - other.id);
  assert.deepEqual(
    types.map(({ type }) => type),
    ["answer", "answer", "problem", "problem", "problem", "problem"],
  );
  assert.equal(fake.external.length, 2);
});

test("should open the files that results name, and no others", async (t) => {
  const file = import.meta.filename;
  const { openRun, fake } = setUp(t, { answers: { "POST /api/values/preview": () => ({ kind: "rows", file }) } });
  const page = openRun();
  page.say({ type: "ready" });
  page.take();
  const answers = async () => {
    page.say({ type: "call", id: 1, name: "openFile", input: { file } });
    for (;;) {
      await settle();
      const said = page.take() as { type: string }[];
      if (said.length > 0) return said.map(({ type }) => type);
    }
  };
  assert.deepEqual(await answers(), ["problem"]);
  page.say({ type: "api", id: 2, route: "POST /api/values/preview", input: { body: {} } });
  await settle();
  page.take();
  assert.deepEqual(await answers(), ["answer"]);
  assert.ok(fake.executed.some(({ command }) => command === "vscode.open"));
});

test("should open code of the workspace and of what runs here have loaded, and no other file", async (t) => {
  const loaded = "/elsewhere/etl.ts";
  const { openRun, performed, known } = setUp(t, {
    folders: ["/work"],
    answers: { "GET /api/flow_runs/:id/sources": () => ({ files: [{ file: loaded, hash: "1" }] }) },
  });
  known.runs = [flowRun(runId, { flow_file: "/other/main.ts" })];
  const page = openRun();
  page.say({ type: "ready" });
  page.take();
  const asked: readonly (readonly [input: object, answer: "answer" | "problem"])[] = [
    [{ file: "/work/flows/etl.ts", line: 3 }, "answer"],
    [{ file: loaded, run_id: runId }, "answer"],
    [{ file: "/other/main.ts", run_id: runId }, "answer"],
    [{ file: loaded }, "problem"],
    [{ file: "/etc/passwd", run_id: runId }, "problem"],
    [{ file: "/work/../etc/passwd", run_id: runId }, "problem"],
    [{ file: "/workshop/a.ts" }, "problem"],
    [{ file: "flows/etl.ts", run_id: runId }, "problem"],
    [{ file: "\\\\server\\share\\a.ts", run_id: runId }, "problem"],
  ];
  for (const [id, [input]] of asked.entries()) page.say({ type: "call", id, name: "openSource", input });
  await settle();
  const said = (page.take() as { id: number; type: string }[]).sort((one, other) => one.id - other.id);
  assert.deepEqual(
    said.map(({ type }) => type),
    asked.map(([, answer]) => answer),
  );
  assert.equal(performed.length, 3);
});

test("should hand what a person does with runs to the extension's actions", async (t) => {
  const { openRun, performed } = setUp(t);
  const page = openRun();
  page.say({ type: "ready" });
  page.say({ type: "call", id: 1, name: "cancelRun", input: { run_id: runId } });
  await settle();
  assert.deepEqual(performed, [{ action: "cancelRun", input: { run_id: runId } }]);
});

test("should refuse what a page says in another form than agreed, naming the field", async (t) => {
  const { openRun, performed, fake } = setUp(t);
  const page = openRun();
  page.say({ type: "ready" });
  const asked: readonly (readonly [name: string, input: unknown, field: string])[] = [
    ["cancelRun", { run_id: "../../secret.key" }, "run_id"],
    ["cancelRun", { run_id: 7 }, "run_id"],
    ["cancelRun", {}, "run_id"],
    ["rerunTask", { run_id: runId, task_run_id: ".." }, "task_run_id"],
    ["follow", { flow_run_id: "a/b" }, "flow_run_id"],
    ["openSource", { file: ["etl.ts"] }, "file"],
    ["openSource", { file: "etl.ts", line: -1 }, "line"],
    ["openFile", { file: 1 }, "file"],
    ["openExternal", { url: {} }, "url"],
    ["copy", { text: {}, what: "it" }, "text"],
    ["startRun", { target: { uri: "file:///work/etl.ts" }, parameters: {} }, "target"],
    ["startRun", { target, parameters: [] }, "parameters"],
    ["openGraph", { uri: 1 }, "input"],
    ["staticGraph", "etl", "input"],
    ["resumeRun", { run_id: runId, options: "all" }, "options"],
  ];
  page.take();
  for (const [id, [name, input]] of asked.entries()) page.say({ type: "call", id, name, input });
  await settle();
  const answers = page.take() as readonly { id: number; type: string; problem?: { code: string; message: string } }[];
  for (const [id, [name, , field]] of asked.entries()) {
    const answer = answers.find((one) => one.id === id);
    assert.equal(answer?.problem?.code, "bad-usage", `${name} ${field}: ${JSON.stringify(answer)}`);
    assert.match(answer?.problem?.message ?? "", new RegExp(`\\b${field}\\b`), name);
  }
  assert.deepEqual(performed, []);
  assert.deepEqual(
    fake.executed.filter(({ command }) => command === "vscode.openWith" || command === "vscode.open"),
    [],
  );
});
