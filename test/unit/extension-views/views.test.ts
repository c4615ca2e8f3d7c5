import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type * as Vscode from "vscode";
import { createPages } from "../../../extension/pages/index.ts";
import { registerViews } from "../../../extension/views/index.ts";
import type { TreeElement } from "../../../extension/views/tree.ts";
import { type FakeContextOptions, fakeContext, fakeWebview } from "../../support/fake-context.ts";
import { callSite, fileFlows, flowSite } from "../../support/flows-found.ts";
import { temporaryFolder } from "../../support/places.ts";
import { flowRun, taskRun } from "../../support/runs-told.ts";

function setUp(t: TestContext, options: FakeContextOptions & { before?: (known: Known) => void } = { answers: {} }) {
  const around = fakeContext(options);
  options.before?.(around.known);
  t.after(() => around.dispose());
  const pages = createPages(around.context);
  registerViews({ ...around.context, pages }, pages);
  const view = (id: string) => {
    const found = around.fake.treeViews.find((candidate) => candidate.id === id);
    assert.ok(found);
    return found as typeof found & { setVisible(visible: boolean): void };
  };
  const provider = (id: string) => view(id).options.treeDataProvider as Vscode.TreeDataProvider<TreeElement>;
  const children = async (id: string, element?: TreeElement) => (await provider(id).getChildren(element)) ?? [];
  const labels = async (id: string, element?: TreeElement) =>
    (await children(id, element)).map(({ node }) => node.label);
  return { ...around, pages, view, provider, children, labels };
}

type Known = ReturnType<typeof fakeContext>["known"];

/** Until something has been drawn; trees wait a moment for more. */
async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await look())) await pause(10);
}

test("should show runs as they come, and how many go on", async (t) => {
  const { known, runsChanged, labels, view } = setUp(t);
  assert.deepEqual(await labels("millrace.runs"), []);
  known.runs = [flowRun("b", { name: "big-bat" }), flowRun("a", { state_type: "COMPLETED" })];
  runsChanged.fire();
  assert.deepEqual(await labels("millrace.runs"), ["big-bat", "calm-otter"]);
  assert.deepEqual(view("millrace.runs").badge, { value: 1, tooltip: "1 run in progress" });
  known.runs = [flowRun("b", { state_type: "COMPLETED" }), flowRun("a", { state_type: "COMPLETED" })];
  runsChanged.fire();
  assert.equal(view("millrace.runs").badge, undefined);
});

test("should keep the tasks of an open run fresh", async (t) => {
  const { known, runsChanged, children, labels } = setUp(t);
  known.runs = [flowRun("a")];
  known.tasks.set("a", [taskRun("one")]);
  runsChanged.fire();
  const [run] = await children("millrace.runs");
  assert.deepEqual(await labels("millrace.runs", run), ["fetch"]);
  known.tasks.set("a", [taskRun("one", { state_type: "COMPLETED" }), taskRun("two", { name: "sum" })]);
  runsChanged.fire();
  await until(async () => (await labels("millrace.runs", run)).length === 2);
  assert.deepEqual(await labels("millrace.runs", run), ["fetch", "sum"]);
});

test("should draw lines for the editor: icon, words, command, what a screen reader says", async (t) => {
  const { known, runsChanged, children, provider } = setUp(t);
  known.runs = [flowRun("a", { state_type: "FAILED", error: { name: "Error", message: "*not* [bold]" } })];
  runsChanged.fire();
  const [run] = await children("millrace.runs");
  assert.ok(run);
  const item = await provider("millrace.runs").getTreeItem(run);
  assert.equal(item.id, "a");
  assert.equal(item.contextValue, "run ended resumable failed source");
  assert.equal((item.iconPath as Vscode.ThemeIcon).id, "error");
  assert.equal((item.iconPath as Vscode.ThemeIcon).color?.id, "charts.red");
  assert.deepEqual(item.command?.command, "millrace.openRun");
  assert.deepEqual(item.command?.arguments, [{ run_id: "a" }]);
  assert.match(item.accessibilityInformation?.label ?? "", /^Run calm-otter of etl-parent, Failed/);
  assert.match((item.tooltip as Vscode.MarkdownString).value, /Error: \\\*not\\\* \\\[bold\\\]/);
});

test("should filter by asking for what passes, and say so", async (t) => {
  const asked: unknown[] = [];
  const { fake, known, runsChanged, labels, view } = setUp(t, {
    folders: ["/work"],
    answers: {
      "POST /api/flow_runs/filter": ({ body }) => {
        asked.push(body);
        return { items: [flowRun("old", { name: "old-owl", state_type: "FAILED" })], next_cursor: null };
      },
    },
  });
  known.runs = [flowRun("new", { name: "new-newt" })];
  runsChanged.fire();
  let step = 0;
  fake.state.onQuickPick = (items) => {
    const all = items as { label: string }[];
    return step++ === 0
      ? all.find(({ label }) => label.endsWith("State"))
      : all.filter(({ label }) => label.endsWith("Failed"));
  };
  await fake.run("millrace.filterRuns");
  await until(async () => (await labels("millrace.runs")).includes("old-owl"));
  assert.deepEqual(asked, [{ state_types: ["FAILED"], under: ["/work"], limit: 50 }]);
  assert.equal(view("millrace.runs").message, "Filter: Failed");
  assert.equal(fake.contextKeys.get("millrace.runsFiltered"), true);
  fake.state.onQuickPick = (items) => (items as { label: string }[]).find(({ label }) => label.includes("Show All"));
  await fake.run("millrace.filterRuns");
  assert.deepEqual(await labels("millrace.runs"), ["new-newt"]);
  assert.equal(view("millrace.runs").message, undefined);
  assert.equal(fake.contextKeys.get("millrace.runsFiltered"), false);
});

test("should switch between this workspace and all, and remember it", async (t) => {
  const { fake, context, view } = setUp(t, { folders: ["/work"], answers: {} });
  assert.equal(context.runs.scope, "workspace");
  await fake.run("millrace.showAllRuns");
  assert.equal(context.runs.scope, "all");
  assert.equal(view("millrace.runs").description, "all folders");
  assert.equal(fake.contextKeys.get("millrace.showsAllRuns"), true);
  assert.equal(context.extension.workspaceState.get("runs.scope"), "all");
  await fake.run("millrace.showWorkspaceRuns");
  assert.equal(context.runs.scope, "workspace");
});

test("should show the runs of all folders where no folder is open", (t) => {
  assert.equal(setUp(t).context.runs.scope, "all");
});

test("should start the service for a tree that is seen only where there are runs", async (t) => {
  const home = temporaryFolder(t);
  const before = (known: Known) => {
    known.state = "stopped";
  };
  const { view, known } = setUp(t, { answers: {}, home, before });
  view("millrace.runs").setVisible(true);
  await pause(30);
  assert.equal(known.starts, 0);
  mkdirSync(path.join(home, "runs", "2026-11-21"), { recursive: true });
  view("millrace.runs").setVisible(false);
  view("millrace.runs").setVisible(true);
  await until(() => known.starts === 1);
});

test("should wake the language server when the Flows tree is seen, and show what it finds", async (t) => {
  const { view, known, flowsChanged, labels, children } = setUp(t, { folders: ["/work"], answers: {} });
  const woken = known.wakes;
  view("millrace.flows").setVisible(true);
  assert.equal(known.wakes, woken + 1);
  known.files.set(
    "file:///work/etl.ts",
    fileFlows("file:///work/etl.ts", { flows: [flowSite("etl", 0, "etl")], calls: [callSite("fetch", 2, "etl")] }),
  );
  flowsChanged.fire(["file:///work/etl.ts"]);
  await until(async () => (await labels("millrace.flows")).length > 0);
  const [file] = await children("millrace.flows");
  const [flow] = await children("millrace.flows", file);
  assert.equal(flow?.node.label, "etl");
  assert.deepEqual(flow?.target, { uri: "file:///work/etl.ts", export: "etl", name: "etl" });
  assert.deepEqual(await labels("millrace.flows", flow), ["fetch"]);
});

test("should say in Restricted Mode why flows do not run, until the folder is trusted", async (t) => {
  const file = fileFlows("file:///work/etl.ts", { flows: [flowSite("etl", 0, "etl")] });
  const before = (known: Known) => void known.files.set(file.uri, file);
  const { view, fake } = setUp(t, { folders: ["/work"], trusted: false, answers: {}, before });
  assert.match(view("millrace.flows").message ?? "", /^Restricted Mode/);
  fake.grantTrust();
  assert.equal(view("millrace.flows").message, undefined);
});

test("should tell the Flow view which flow the cursor is in, once it rests, and keep it beside a page", async (t) => {
  const { fake, known, flowsChanged } = setUp(t, { folders: ["/work"], answers: {} });
  const uri = "file:///work/etl.ts";
  known.files.set(uri, fileFlows(uri, { flows: [flowSite("one", 0, "one"), flowSite("two", 20, "two")] }));
  flowsChanged.fire([uri]);
  const page = fakeWebview();
  const provider = fake.webviewViews.get("millrace.runPanel") as { resolveWebviewView(view: unknown): void };
  provider.resolveWebviewView({
    webview: page.webview,
    visible: true,
    onDidChangeVisibility: () => ({ dispose() {} }),
    onDidDispose: () => ({ dispose() {} }),
  });
  const shown: (string | undefined)[] = [];
  const look = () => {
    for (const message of page.take() as {
      events?: { type: string; target?: { flow: { name: string } } | null }[];
    }[]) {
      for (const event of message.events ?? []) if (event.type === "panel") shown.push(event.target?.flow.name);
    }
    return shown;
  };
  page.say({ type: "ready" });
  assert.deepEqual(look(), [undefined]);
  fake.showEditor(fake.openDocument("/work/etl.ts", "\n".repeat(40)), 2);
  await until(() => look().at(-1) === "one");
  fake.moveCursor(22);
  await until(() => look().at(-1) === "two");
  fake.moveCursor(23);
  await pause(150);
  assert.deepEqual(look(), [undefined, "one", "two"]);
});
