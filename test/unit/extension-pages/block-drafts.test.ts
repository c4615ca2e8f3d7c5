import assert from "node:assert/strict";
import { test } from "node:test";
import { createBlockDrafts } from "../../../extension/pages/block-drafts.ts";
import { Uri } from "../../support/fake-vscode.ts";

const page = Uri.parse("millrace-block:/login/crm") as never;
const draft = {
  slug: "login",
  name: "crm",
  version: 3,
  data: { user: "ada", password: { $entered: "password" }, tokens: [{ token: { $entered: "tokens[0].token" } }] },
  secrets: { password: "hunter2", "tokens[0].token": "t0" },
};

function memento() {
  const kept = new Map<string, unknown>();
  return {
    kept,
    get: <T>(key: string) => kept.get(key) as T,
    update: async (key: string, value: unknown) => void kept.set(key, value),
  };
}

test("should keep typed secrets apart from the draft, and give no page or file any of them", () => {
  const state = memento();
  const drafts = createBlockDrafts(state as never);
  drafts.keep(page, draft);
  assert.deepEqual(drafts.find(page), { draft: { ...draft, secrets: {} }, forgotten: [] });
  assert.doesNotMatch(JSON.stringify([...state.kept]), /hunter2|t0"/);
});

test("should fill in what was typed before the page was covered, and what is typed now", () => {
  const drafts = createBlockDrafts(memento() as never);
  drafts.keep(page, draft);
  assert.deepEqual(drafts.fill(page, { ...draft, secrets: { password: "newer" } }), {
    user: "ada",
    password: "newer",
    tokens: [{ token: "t0" }],
  });
});

test("should tell which secrets went with the window, and leave them out of what is saved", () => {
  const state = memento();
  createBlockDrafts(state as never).keep(page, draft);
  const later = createBlockDrafts(state as never);
  assert.deepEqual(later.find(page)?.forgotten, ["password", "tokens[0].token"]);
  assert.deepEqual(later.fill(page, { ...draft, secrets: {} }), { user: "ada", tokens: [{}] });
});

test("should forget secrets that are not in the draft any more, and all of it when it is saved", () => {
  const drafts = createBlockDrafts(memento() as never);
  drafts.keep(page, draft);
  drafts.keep(page, { ...draft, data: { user: "ada" }, secrets: {} });
  assert.deepEqual(drafts.fill(page, { ...draft, secrets: {} }), { user: "ada", tokens: [{}] });
  drafts.forget(page);
  assert.equal(drafts.find(page), undefined);
});

test("should go along when its block is renamed", () => {
  const drafts = createBlockDrafts(memento() as never);
  const other = Uri.parse("millrace-block:/login/crm-2") as never;
  drafts.keep(page, draft);
  drafts.move(page, other, { name: "crm-2", version: 4 });
  assert.equal(drafts.find(page), undefined);
  assert.deepEqual([drafts.find(other)?.draft.name, drafts.find(other)?.draft.version], ["crm-2", 4]);
  assert.equal(drafts.fill(other, { ...draft, secrets: {} })["password"], "hunter2");
});
