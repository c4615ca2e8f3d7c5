/** The next run of a flow appears in the page where its last run ended. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type * as Vscode from "vscode";
import { pickRun } from "../../../extension/commands/pick.ts";
import { runAddress } from "../../../extension/pages/address.ts";
import { createPages } from "../../../extension/pages/index.ts";
import { fakeContext, fakePanel } from "../../support/fake-context.ts";
import { flowRun } from "../../support/runs-told.ts";

const first = "019aa6b3-1b2c-7d3e-8f4a-5b6c7d8e9f0a";
const second = "019aa6b3-1b2c-7d3e-8f4a-000000000000";
const target = { uri: "file:///work/etl.ts", export: "etl", name: "etl" };

const question = { placeHolder: "Which run?", wanted: () => true, none: "none" };

function setUp(t: TestContext, { isPreview = true, ended = true } = {}) {
  const around = fakeContext({ answers: { "GET /api/health": () => ({ seq: 41 }) } });
  t.after(() => around.dispose());
  const { context, fake, known } = around;
  const { Uri, TabInputCustom } = context.vscode;
  const pages = createPages(context);
  const uri = Uri.from(runAddress(first, { title: "etl · calm-otter", target }));
  const resolve = () => {
    const page = fakePanel();
    const provider = fake.customEditors.get("millrace.run") as Vscode.CustomReadonlyEditorProvider;
    const token = new context.vscode.CancellationTokenSource().token;
    void provider.resolveCustomEditor({ uri, dispose() {} }, page.panel, token);
    return page;
  };
  fake.tabs.push({ input: new TabInputCustom(uri, "millrace.run"), isActive: true, isPreview, group: 2 });
  known.runs = [flowRun(first, { state_type: ended ? "COMPLETED" : "RUNNING" })];
  const openedWith = () =>
    fake.executed
      .filter(({ command }) => command === "vscode.openWith")
      .map(({ args: [opened] }) => opened as Vscode.Uri);
  return { context, pages, resolve, openedWith, page: resolve(), uri };
}

test("should give the page in sight the next run of its flow, and stand for that from then on", async (t) => {
  const { pages, page, openedWith, resolve, context, uri } = setUp(t);
  page.say({ type: "ready" });
  page.take();
  await pages.openRun(second, { title: "etl · brave-finch", target, started: true });
  assert.deepEqual(openedWith(), []);
  assert.equal(page.shown.title, "etl · brave-finch");
  const [told] = page.take() as { type: string; event: { type: string; identity: unknown } }[];
  assert.deepEqual([told?.type, told?.event.type], ["event", "show"]);
  assert.deepEqual(told?.event.identity, { page: "run", run_id: second, target, again: null });
  assert.deepEqual([pages.isVisible(first), pages.isVisible(second)], [false, true]);
  // What the tab's menu does is done with the run that is seen.
  assert.equal(await pickRun({ ...context, pages }, uri, question), second);
  // After a reload, or reopened: the same address.
  assert.match(resolve().webview.html, new RegExp(`run_id&quot;:&quot;${second}`));
});

test("should open the earlier run in a tab of its own, and reveal the later one where it is", async (t) => {
  const { pages, openedWith, uri } = setUp(t);
  await pages.openRun(second, { target, started: true });
  await pages.openRun(second);
  assert.deepEqual(openedWith().map(String), [uri.toString()]);
  await pages.openRun(first, { title: "etl · calm-otter", target });
  const opened = openedWith()[1];
  assert.notEqual(String(opened), uri.toString());
  assert.equal(opened?.path, uri.path);
});

test("should begin with the next run where the script has not begun with the last", async (t) => {
  const { pages, page } = setUp(t);
  await pages.openRun(second, { target, started: true });
  assert.deepEqual(page.take(), []);
  assert.match(page.webview.html, new RegExp(`run_id&quot;:&quot;${second}`));
});

for (const [what, change] of [
  ["that somebody has kept", { isPreview: false }],
  ["whose run goes on", { ended: false }],
] as const) {
  test(`should leave a page ${what}`, async (t) => {
    const { pages, openedWith } = setUp(t, change);
    await pages.openRun(second, { target, started: true });
    assert.equal(openedWith().length, 1);
    assert.equal(pages.isVisible(first), true);
  });
}

test("should leave pages of other flows, and open what is not begun now as ever", async (t) => {
  const { pages, openedWith } = setUp(t);
  await pages.openRun(second, { target: { ...target, export: "other" }, started: true });
  await pages.openRun(second, { target });
  assert.equal(openedWith().length, 2);
});
