import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type * as Vscode from "vscode";
import {
  blockAddress,
  identityOf,
  isSamePage,
  newBlockAddress,
  type PageAddress,
} from "../../../extension/pages/address.ts";
import { createPages } from "../../../extension/pages/index.ts";
import { hiddenSecret } from "../../../runtime/protocol/blocks.ts";
import { blockDocument, blockType, bucketFields, loginFields } from "../../support/blocks-told.ts";
import { type FakeContextOptions, fakeContext, fakePanel } from "../../support/fake-context.ts";

const block = { slug: "gcs-bucket", name: "zoom gcs" };
const draft = {
  ...block,
  version: 1,
  data: { bucket: "mine", key: { $entered: "key" } },
  secrets: { key: "hunter2" },
};

function setUp(t: TestContext, options: FakeContextOptions = {}) {
  const around = fakeContext({ answers: {}, ...options });
  t.after(() => around.dispose());
  around.known.types = [
    blockType("gcs-bucket", { fields: bucketFields }),
    blockType("login", { fields: loginFields }),
    blockType("email"),
  ];
  around.known.documents = [blockDocument(block.slug, block.name, { data: { bucket: "zoom", key: hiddenSecret } })];
  const pages = createPages(around.context);
  const { Uri, TabInputCustom } = around.context.vscode;
  const open = (address: PageAddress) => {
    const provider = around.fake.customEditors.get("millrace.block") as Vscode.CustomReadonlyEditorProvider;
    const page = fakePanel();
    const uri = Uri.from(address);
    around.fake.tabs.push({ input: new TabInputCustom(uri, "millrace.block"), isActive: true, group: 2 });
    const { token } = new around.context.vscode.CancellationTokenSource();
    void provider.resolveCustomEditor({ uri, dispose() {} }, page.panel, token);
    page.say({ type: "ready" });
    return page;
  };
  const events = (page: ReturnType<typeof open>) =>
    (page.take() as { events?: { type: string }[] }[]).flatMap((message) => message.events ?? []);
  const opened = () =>
    around.fake.executed
      .filter(({ command }) => command === "vscode.openWith")
      .map(({ args: [uri] }) => String(uri as Vscode.Uri));
  return { ...around, pages, open, events, opened };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 8; round++) await turn();
}

test("should know a block by its address, and what a new one begins with", () => {
  assert.deepEqual(identityOf(blockAddress(block)), {
    ...{ page: "block", slug: "gcs-bucket", name: "zoom gcs", suggested: null, copy_of: null },
  });
  const fresh = newBlockAddress({ slug: "login", suggested: "a", copy_of: "b" });
  assert.deepEqual(identityOf(fresh), { page: "block", slug: "login", name: null, suggested: "a", copy_of: "b" });
  assert.equal(isSamePage(blockAddress(block), blockAddress(block)), true);
  assert.equal(isSamePage(blockAddress(block), blockAddress({ ...block, name: "other" })), false);
  assert.equal(isSamePage(newBlockAddress({}), fresh), false);
});

test("should give a block's page the types it can need and names of the others, with no secret", (t) => {
  const { open } = setUp(t);
  const page = open(blockAddress(block));
  assert.equal(page.shown.title, "zoom gcs");
  assert.match(page.webview.html, /gcs-bucket/);
  assert.match(page.webview.html, /&quot;slug&quot;:&quot;login/);
  assert.doesNotMatch(page.webview.html, /&quot;slug&quot;:&quot;email/);
  assert.match(page.webview.html, /key&quot;:&quot;\*{8}/);
});

test("should keep what is typed while the page is hidden, and never give a typed secret back", async (t) => {
  const { open, events } = setUp(t);
  const page = open(blockAddress(block));
  page.say({ type: "call", id: 1, name: "keepDraft", input: { draft } });
  await settle();
  page.take();
  page.setVisible(false);
  page.setVisible(true);
  page.say({ type: "ready" });
  const told = events(page).find(({ type }) => type === "draft");
  assert.deepEqual(told, { type: "draft", draft: { ...draft, secrets: {} }, forgotten: [] });
  assert.doesNotMatch(page.webview.html, /hunter2/);
});

test("should save with the secrets that were typed before and after the page was hidden", async (t) => {
  const { open, performed } = setUp(t, { blockAnswers: { save: () => blockDocument(block.slug, block.name) } });
  const page = open(blockAddress(block));
  page.say({ type: "call", id: 1, name: "keepDraft", input: { draft } });
  page.say({ type: "call", id: 2, name: "saveBlock", input: { draft: { ...draft, secrets: {} } } });
  await settle();
  assert.deepEqual(performed.find(({ action }) => action === "save")?.input, {
    ...block,
    version: 1,
    data: { bucket: "mine", key: "hunter2" },
  });
});

test("should put the page of what was saved in the place of a new block's", async (t) => {
  const { open, fake, opened, performed } = setUp(t, {
    blockAnswers: { save: () => blockDocument("gcs-bucket", "two") },
  });
  const page = open(newBlockAddress({ slug: "gcs-bucket", copy_of: "zoom gcs" }));
  const fresh = { ...draft, name: "two", version: null };
  page.say({ type: "call", id: 1, name: "saveBlock", input: { draft: fresh } });
  await settle();
  assert.equal((performed.find(({ action }) => action === "save")?.input as { copy_of: string }).copy_of, "zoom gcs");
  assert.deepEqual(opened(), ["millrace-block:/gcs-bucket/two"]);
  assert.equal(fake.tabs.length, 0);
});

test("should ask before what is typed is lost, and bring the page back when nobody decides", async (t) => {
  const { open, fake, opened, performed } = setUp(t, {
    blockAnswers: { save: () => blockDocument(block.slug, block.name) },
  });
  const page = open(blockAddress(block));
  page.say({ type: "call", id: 1, name: "keepDraft", input: { draft } });
  await settle();
  page.close();
  await settle();
  assert.equal(fake.messages[0]?.text, "Save the changes to zoom gcs?");
  assert.deepEqual(fake.messages[0]?.buttons, ["Save", "Don't Save"]);
  assert.equal(opened().length, 1);
  fake.state.onMessage = () => "Save";
  open(blockAddress(block)).close();
  await settle();
  assert.deepEqual((performed.find(({ action }) => action === "save")?.input as { data: unknown }).data, {
    bucket: "mine",
    key: "hunter2",
  });
  open(blockAddress(block)).close();
  await settle();
  assert.equal(fake.messages.length, 2);
});

test("should bring the page back with what was typed when saving it at the end did not work", async (t) => {
  const { open, fake, opened, reported } = setUp(t, {
    blockAnswers: {
      save: () => {
        throw new Error("the disk is full");
      },
    },
  });
  const page = open(blockAddress(block));
  page.say({ type: "call", id: 1, name: "keepDraft", input: { draft } });
  await settle();
  fake.state.onMessage = () => "Save";
  page.close();
  await settle();
  assert.deepEqual(reported, ["Saving the block: the disk is full"]);
  assert.equal(opened().length, 1);
});

test("should let only a block's page save, and refuse a draft that is none", async (t) => {
  const { open, performed, fake, context } = setUp(t);
  const provider = fake.customEditors.get("millrace.run") as Vscode.CustomReadonlyEditorProvider;
  const run = fakePanel();
  const { token } = new context.vscode.CancellationTokenSource();
  const uri = context.vscode.Uri.from({ scheme: "millrace-run", path: "/019aa6b3/etl", query: "" });
  void provider.resolveCustomEditor({ uri, dispose() {} }, run.panel, token);
  run.say({ type: "ready" });
  run.take();
  for (const name of ["saveBlock", "testBlock", "createBlock", "keepDraft"])
    run.say({ type: "call", id: 1, name, input: { draft } });
  const page = open(blockAddress(block));
  page.take();
  const wrong = [{ ...draft, slug: "../x" }, { ...draft, secrets: { key: 1 } }, { ...draft, version: "1" }, null];
  for (const one of wrong) page.say({ type: "call", id: 2, name: "testBlock", input: { draft: one } });
  await settle();
  const codes = [...run.take(), ...page.take()] as { type: string; problem?: { code: string } }[];
  assert.equal(codes.filter(({ problem }) => problem?.code === "bad-usage").length, 8);
  assert.deepEqual(
    performed.filter(({ input }) => input !== null),
    [],
  );
});

test("should end the test of a page that is covered or gives up", async (t) => {
  const signals: AbortSignal[] = [];
  const { open, context } = setUp(t);
  Object.defineProperty(context, "blockActions", {
    value: {
      test: (_: unknown, signal: AbortSignal) =>
        new Promise((_resolve, reject) => {
          signals.push(signal);
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    },
  });
  const page = open(blockAddress(block));
  page.take();
  page.say({ type: "call", id: 1, name: "testBlock", input: { draft } });
  await settle();
  page.say({ type: "call", id: 2, name: "cancelTest", input: {} });
  await settle();
  const answers = page.take() as { id: number; problem?: { code: string } }[];
  assert.equal(answers.find(({ id }) => id === 1)?.problem?.code, "cancelled");
  page.say({ type: "call", id: 3, name: "testBlock", input: { draft } });
  await settle();
  page.setVisible(false);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, true],
  );
});
