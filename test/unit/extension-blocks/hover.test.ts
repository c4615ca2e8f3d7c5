import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Vscode from "vscode";
import { registerBlockHover } from "../../../extension/blocks/hover.ts";
import { troubleOf } from "../../../extension/blocks/problems.ts";
import { valueWords } from "../../../extension/blocks/value-words.ts";
import type { BlockUse } from "../../../runtime/protocol/language.ts";
import { blockDocument } from "../../support/blocks-told.ts";
import { fakeContext } from "../../support/fake-context.ts";

test("should show a block's fields where code names it, with asterisks for its secrets, as the text they are", async (t) => {
  const { fake, context, known, dispose } = fakeContext();
  t.after(dispose);
  const data = {
    user: "*ada* [x](command:evil)",
    password: "********",
    token: { $env: "TOKEN" },
    login: { $block: "a/b" },
  };
  known.documents = [blockDocument("login", "crm", { data, unreadable_secrets: ["password"] })];
  const range = { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } };
  const use: BlockUse = { type: "login", name: "crm", uri: "file:///a.ts", version: 1, range, within: null };
  let found: BlockUse | null = use;
  registerBlockHover({ ...context, flows: { ...context.flows, blockAt: async () => found } });
  const provider = fake.providersOf("hover")[0] as {
    provideHover(...input: unknown[]): Promise<Vscode.Hover | undefined>;
  };
  const hover = await provider.provideHover({ uri: "file:///a.ts" }, {});
  const [text] = hover?.contents as Vscode.MarkdownString[];
  assert.match(text?.value ?? "", /^\*\*crm\*\* login/);
  assert.match(text?.value ?? "", /\| user \| \\\*ada\\\* \\\[x\\\]\\\(command:evil\\\) \|/);
  assert.match(text?.value ?? "", /\| password \| (?:\\\*){8} \|/);
  assert.match(text?.value ?? "", /environment variable TOKEN/);
  assert.match(text?.value ?? "", /block a\/b/);
  assert.match(text?.value ?? "", /enter password again/);
  assert.deepEqual(text?.isTrusted, { enabledCommands: ["millrace.editBlock"] });
  found = null;
  assert.equal(await provider.provideHover({ uri: "file:///a.ts" }, {}), undefined);
});

test("should say what is wrong with a stored block, and what to do", () => {
  const fine = blockDocument("login", "crm");
  assert.equal(troubleOf(fine), undefined);
  const untyped = { ...fine, type_known: false };
  assert.match(troubleOf({ ...untyped, type_module: null })?.long ?? "", /register the file or package/);
  assert.match(
    troubleOf({ ...untyped, type_module: "/w/crm.ts" })?.long ?? "",
    /register \/w\/crm\.ts, which declared it/,
  );
  assert.match(troubleOf({ ...fine, unreadable_secrets: ["a", "b"] })?.long ?? "", /enter a, b again/);
  const drift = { added: [{ field: "x", required: true }], removed: [], refused: [] };
  assert.equal(troubleOf({ ...fine, drift })?.long, "1 field is new. Open it to review them.");
});

test("should write a long value short", () => {
  assert.equal(valueWords("x".repeat(100)).length, 60);
  assert.equal(valueWords([1, 2]), "[1,2]");
});
