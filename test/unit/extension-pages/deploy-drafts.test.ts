import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeployDrafts } from "../../../extension/pages/deploy-drafts.ts";
import { checkHostInput } from "../../../extension/pages/host-input.ts";
import { Uri } from "../../support/fake-vscode.ts";

test("should keep what is typed into a Deploy page through a reload, of so many pages only", () => {
  const stored = new Map<string, unknown>();
  const state = {
    get: <T>(key: string) => stored.get(key) as T,
    update: async (key: string, value: unknown) => void stored.set(key, value),
  };
  const page = (n: number) => Uri.from({ scheme: "millrace-deployment", path: `/d${n}/etl`, query: "" });
  const drafts = createDeployDrafts(state as Parameters<typeof createDeployDrafts>[0]);
  assert.equal(drafts.find(page(0)), null);
  for (let n = 0; n < 25; n++) drafts.keep(page(n), { draft: { name: `n${n}` } });
  drafts.keep(page(24), null);
  const next = createDeployDrafts(state as Parameters<typeof createDeployDrafts>[0]);
  assert.deepEqual(next.find(page(23)), { draft: { name: "n23" } });
  assert.equal(next.find(page(24)), null);
  assert.equal(next.find(page(0)), null);
  checkHostInput("keepDeployDraft", { typed: null });
  assert.throws(() => checkHostInput("keepDeployDraft", { typed: "x" }), /that cannot be/);
  assert.throws(() => checkHostInput("restoreDeployment", { deployment_id: "d1", version: 0 }), /that cannot be/);
});
