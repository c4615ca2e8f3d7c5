import assert from "node:assert/strict";
import { test } from "node:test";
import { realDisk } from "../../runtime/journal/disk.ts";
import { prepareHome } from "../../runtime/journal/prepare-home.ts";
import { createSegment } from "../../runtime/journal/segments.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { makeState } from "../../runtime/protocol/states.ts";
import { currentWriter } from "../../runtime/system/process-identity.ts";
import { testHome } from "../support/orchestrator.ts";
import { stateOf } from "../support/pool-worker.ts";

test("should write down that a suspended run was cancelled, which no process executes", async (t) => {
  const { home, file, start } = testHome(t);
  await prepareHome(realDisk, home);
  const id = newId();
  const writer = currentWriter("0.0.0");
  const journal = createSegment(realDisk, homePaths.run(home, id), id, 1, { reason: "start", writer });
  const at = Date.now();
  journal.append({
    kind: "flow-run",
    ...{ id, at, name: "quiet-otter", flow: { name: "asks", file, export: "asks" }, tags: [], trigger: "api" },
    parameters: { kind: "inline", data: {} },
  });
  journal.append({ kind: "flow-run-state", id, state: makeState("RUNNING", at) });
  journal.append({ kind: "flow-run-state", id, state: makeState("PAUSED", at, { name: "Suspended" }) });
  await journal.close();
  const client = await start();
  assert.equal((await stateOf(client, id)).state_name, "Suspended");
  await client.request("POST /api/flow_runs/:id/cancel", { params: { id }, body: { reason: "Enough." } });
  const now = await stateOf(client, id);
  assert.deepEqual([now.state_type, now.state.message], ["CANCELLED", "Enough."]);
  await assert.rejects(client.request("POST /api/flow_runs/:id/cancel", { params: { id }, body: {} }), {
    code: "conflict",
  });
});
