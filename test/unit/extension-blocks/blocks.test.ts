import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import type * as Vscode from "vscode";
import type { BlockUse } from "../../../runtime/protocol/language.ts";
import { blockDocument, blockType, bucketFields } from "../../support/blocks-told.ts";
import { type FakeAnswers, fakeClient } from "../../support/fake-client.ts";
import { fakeExtension } from "../../support/fake-extension.ts";
import { Uri } from "../../support/fake-vscode.ts";
import { until } from "../../support/until.ts";

const types = [
  blockType("gcs-bucket", { name: "GCS Bucket", fields: bucketFields, category: "Storage" }),
  blockType("login", { category: "Credentials" }),
];
const saved = [
  blockDocument("gcs-bucket", "zoom-gcs", { data: { bucket: "zoom", key: "********" } }),
  blockDocument("gcs-bucket", "old", { unreadable_secrets: ["key"] }),
];

function setUp(t: TestContext, options: { trusted?: boolean; answers?: FakeAnswers; uses?: readonly BlockUse[] } = {}) {
  let documents = saved;
  const client = fakeClient({
    "GET /api/block_types": () => ({ block_types: types }),
    "GET /api/block_documents": () => ({ block_documents: documents }),
    "GET /api/block_documents/:slug/:name": ({ params }) => ({
      ...blockDocument(params?.["slug"] ?? "", params?.["name"] ?? ""),
      used_by: { documents: [{ block_type_slug: "warehouse", name: "trips", field: "bucket" }] },
    }),
    "POST /api/block_documents/:slug/:name/rename": ({ params, body }) =>
      blockDocument(params?.["slug"] ?? "", (body as { name: string }).name, { version: 2 }),
    "DELETE /api/block_documents/:slug/:name": () => ({}),
    ...options.answers,
  });
  const extension = fakeExtension(t, {
    client,
    running: true,
    ...(options.trusted === undefined ? {} : { trusted: options.trusted }),
    blockUses: () => options.uses ?? [],
  });
  const { context, fake } = extension;
  const text = 'import { flow } from "millrace";\n';
  const file = path.join(extension.folder, "opened.ts");
  writeFileSync(file, text);
  // The language server starts with it, and has read the workspace at once.
  fake.openDocument(file, text);
  extension.language()?.listeners.onIndexed();
  const view = () => {
    const found = fake.treeViews.find(({ id }) => id === "millrace.blocks");
    assert.ok(found);
    return found;
  };
  const provider = () => view().options.treeDataProvider as Vscode.TreeDataProvider<{ node: { label: string } }>;
  return {
    ...extension,
    client,
    view,
    provider,
    setDocuments(next: typeof saved) {
      documents = next;
      client.say({ seq: 9, type: "blocks" });
    },
    async read() {
      await context.service.client();
      await until(() => context.blocks.isKnown);
    },
  };
}

test("should list blocks under their types, and say how many need a look", async (t) => {
  const { read, provider, view, setDocuments } = setUp(t);
  await read();
  const [type] = (await provider().getChildren(undefined)) ?? [];
  assert.equal(type?.node.label, "GCS Bucket");
  const children = (await provider().getChildren(type)) ?? [];
  const items = await Promise.all(children.map((child) => provider().getTreeItem(child)));
  assert.deepEqual(
    items.map(({ label, description, contextValue }) => [label, description, contextValue]),
    [
      ["old", "enter secrets again", "block usable testable"],
      ["zoom-gcs", undefined, "block usable testable"],
    ],
  );
  assert.match((items[1]?.tooltip as Vscode.MarkdownString).value, /\\\*\\\*\\\*\\\*|\*{8}/);
  assert.deepEqual(view().badge, { value: 1, tooltip: "1 block needs a look" });
  setDocuments(saved.slice(0, 1));
  await until(() => view().badge === undefined);
});

test("should tell the language server names and types, and nothing that is in a block", async (t) => {
  const { read, told } = setUp(t);
  await read();
  await until(() => JSON.stringify(told).includes("zoom-gcs"));
  const facts = told.findLast((one) => JSON.stringify(one).includes("zoom-gcs")) as {
    blocks: unknown;
    block_types: unknown;
  };
  assert.deepEqual(facts.blocks, [
    { type: "gcs-bucket", name: "zoom-gcs", description: "gcs-bucket" },
    { type: "gcs-bucket", name: "old", description: "gcs-bucket" },
  ]);
  assert.deepEqual(facts.block_types, [
    { slug: "gcs-bucket", class_name: "GcsBucket", module: "millrace/blocks" },
    { slug: "login", class_name: "Login", module: "millrace/blocks" },
  ]);
  assert.doesNotMatch(JSON.stringify(told), /"zoom"/);
});

function use(uri: string, line: number, within: string | null = "etl"): BlockUse {
  const range = { start: { line, character: 10 }, end: { line, character: 18 } };
  return { type: "gcs-bucket", name: "zoom-gcs", uri, version: null, range, within };
}

test("should list what uses a block before it goes, and keep it when the question is closed", async (t) => {
  const { read, fake, client, folder } = setUp(t, { uses: [use("file:///elsewhere/etl.ts", 4)] });
  await read();
  assert.ok(folder);
  await fake.run("millrace.deleteBlock", { block: { slug: "gcs-bucket", name: "zoom-gcs" } });
  const [question] = fake.messages;
  assert.equal(question?.text, "Delete the block zoom-gcs?");
  assert.match(question?.detail ?? "", /warehouse\/trips refers to it\n.*elsewhere\/etl\.ts:5 loads it \(etl\)/);
  assert.equal(
    client.asked.some(({ route }) => route.startsWith("DELETE")),
    false,
  );
  fake.state.onMessage = () => "Delete";
  await fake.run("millrace.deleteBlock", { block: { slug: "gcs-bucket", name: "zoom-gcs" } });
  assert.deepEqual(client.sent("DELETE /api/block_documents/:slug/:name"), [{ force: true }]);
});

test("should rename a block in the home first, and then wherever code loads it", async (t) => {
  const uri = Uri.file("/work/etl.ts").toString();
  const { read, fake, client } = setUp(t, { uses: [use(uri, 4), use(uri, 9)] });
  await read();
  fake.state.onInputBox = () => "zoom-eu";
  await fake.run("millrace.renameBlock", { block: { slug: "gcs-bucket", name: "zoom-gcs" } });
  assert.deepEqual(client.sent("POST /api/block_documents/:slug/:name/rename"), [{ name: "zoom-eu" }]);
  const edit = fake.opened.at(-1) as { entries(): [Uri, { newText: string; range: { start: { line: number } } }[]][] };
  assert.deepEqual(
    edit
      .entries()
      .map(([at, edits]) => [at.toString(), edits.map(({ newText, range }) => [range.start.line, newText])]),
    [
      [
        uri,
        [
          [4, "zoom-eu"],
          [9, "zoom-eu"],
        ],
      ],
    ],
  );
  const [box] = fake.inputBoxes as { validateInput(text: string): string | undefined }[];
  assert.match(box?.validateInput("old") ?? "", /is a block named "old" of this type already/);
  assert.match(box?.validateInput("a/b") ?? "", /cannot be a block's name/);
  assert.equal(box?.validateInput("fine"), undefined);
});

test("should not touch the code when the block could not be renamed", async (t) => {
  const answers: FakeAnswers = {
    "POST /api/block_documents/:slug/:name/rename": () => {
      throw new Error("the disk is full");
    },
  };
  const { read, fake } = setUp(t, { uses: [use("file:///work/etl.ts", 4)], answers });
  await read();
  fake.state.onInputBox = () => "zoom-eu";
  await fake.run("millrace.renameBlock", { block: { slug: "gcs-bucket", name: "zoom-gcs" } });
  assert.deepEqual(fake.opened, []);
  assert.match(fake.messages.at(-1)?.text ?? "", /Renaming the block: the disk is full/);
});

test("should rename the block when code renames it, and refuse with the reason", async (t) => {
  const { read, client, language } = setUp(t);
  await read();
  await language()?.listeners.onRenameBlock({ type: "gcs-bucket", name: "zoom-gcs", to: "new" });
  assert.deepEqual(client.sent("POST /api/block_documents/:slug/:name/rename"), [{ name: "new" }]);
  client.answers["POST /api/block_documents/:slug/:name/rename"] = () => {
    throw new Error("taken");
  };
  await assert.rejects(
    async () => language()?.listeners.onRenameBlock({ type: "gcs-bucket", name: "zoom-gcs", to: "old" }),
    /taken/,
  );
});

test("should insert the lines that load a block below the cursor, with the import", async (t) => {
  const { read, fake, folder } = setUp(t);
  await read();
  const text = 'import { flow } from "millrace";\nexport const etl = flow({\n  async run() {\n    \n  },\n});\n';
  const document = fake.openDocument(path.join(folder, "etl.ts"), text);
  fake.showEditor(document, 3, 4);
  await fake.run("millrace.insertBlockSnippet", { block: { slug: "gcs-bucket", name: "zoom-gcs" } });
  assert.match(document.text, /^import \{ flow \} from "millrace";\nimport \{ GcsBucket \} from "millrace\/blocks";\n/);
  assert.match(document.text, /run\(\) \{\n {4}const gcsBucket = await GcsBucket\.load\("zoom-gcs"\);\n {2}\},/);
});

test("should test no block in Restricted Mode, and ask nobody to", async (t) => {
  const { read, context, client } = setUp(t, { trusted: false });
  await read();
  const block = { slug: "gcs-bucket", name: "zoom-gcs", data: {}, version: 1 };
  await assert.rejects(context.blockActions.test(block, new AbortController().signal), { name: "NotTrusted" });
  await assert.rejects(context.blockActions.register("/work/blocks.ts"), { name: "NotTrusted" });
  assert.equal(
    client.asked.some(({ route }) => route === "POST /api/blocks/:slug/test"),
    false,
  );
});

test("should begin a new block with what a quick fix says of it", async (t) => {
  const { read, fake } = setUp(t);
  await read();
  await fake.run("millrace.newBlock", { slug: "gcs-bucket", name: "zoom" });
  await fake.run("millrace.duplicateBlock", { block: { slug: "gcs-bucket", name: "zoom-gcs" } });
  const opened = fake.executed.filter(({ command }) => command === "vscode.openWith").map(({ args }) => args[0] as Uri);
  assert.deepEqual(
    opened.map(({ query }) => query),
    ["slug=gcs-bucket&suggested=zoom", "slug=gcs-bucket&suggested=zoom-gcs-2&copy_of=zoom-gcs"],
  );
});

test("should rename a block in the millrace.json files of the workspace too, and tell who else names it", async (t) => {
  const { read, fake, context, folder } = setUp(t, {
    answers: {
      "GET /api/block_documents/:slug/:name": () => ({
        ...blockDocument("slack-webhook", "team"),
        used_by: {
          documents: [],
          deployments: [{ id: "d1", title: "etl/daily", field: "code.credentials", declared_in: null }],
          automations: [{ id: "a1", name: "tell", field: "actions[0].block", declared_in: null }],
        },
      }),
    },
  });
  await read();
  const file = path.join(folder, "millrace.json");
  const text = '{ "automations": [{ "name": "tell", "actions": [{ "type": "slack", "block": "team" }] }] }\n';
  writeFileSync(file, text);
  Object.assign(context.vscode.workspace, { findFiles: async () => [Uri.file(file)] });
  fake.state.onInputBox = () => "all";
  await fake.run("millrace.renameBlock", { block: { slug: "slack-webhook", name: "team" } });
  const edit = fake.opened.at(-1) as { entries(): [Uri, { newText: string }[]][] };
  assert.deepEqual(
    edit.entries().map(([, edits]) => edits.map(({ newText }) => newText)),
    [[text.replace('"team"', '"all"')]],
  );
  const { others } = await context.blockActions.users({ slug: "slack-webhook", name: "team" });
  assert.deepEqual(others, [
    { title: "Deployment etl/daily", field: "code.credentials", deployment_id: "d1" },
    { title: "Automation tell", field: "actions[0].block" },
  ]);
});
