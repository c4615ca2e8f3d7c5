import assert from "node:assert/strict";
import { test } from "node:test";
import { openSession } from "./kit/session.ts";

test("should open nothing and ask nobody after the extension was installed", { timeout: 120_000 }, async (t) => {
  const { workbench, outside } = await openSession(t);
  assert.deepEqual(await workbench.tabs(), []);
  assert.deepEqual(await workbench.notifications(), []);
  assert.deepEqual([...outside], []);
});
