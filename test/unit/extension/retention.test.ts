import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteOlder } from "../../../extension/service/retention.ts";
import { fakeClient, flowRun } from "../../support/fake-client.ts";

test("should delete what ended before the limit, page by page, and keep what only began before it", async () => {
  const limit = Date.UTC(2026, 10, 21, 9, 30);
  const old = flowRun("old", { minute: 1 });
  const long = flowRun("long", { minute: 2, end_time: "2026-11-21T10:00:00.000Z" });
  const older = flowRun("older", { minute: 0 });
  const client = fakeClient({
    "POST /api/flow_runs/filter": ({ body }) =>
      "cursor" in (body as object)
        ? { items: [older], next_cursor: null }
        : { items: [long, old], next_cursor: "next" },
    "DELETE /api/flow_runs/:id": () => ({}),
  });
  assert.equal(await deleteOlder(client, limit), 2);
  const deleted = client.asked.filter(({ route }) => route.startsWith("DELETE")).map(({ params }) => params?.["id"]);
  assert.deepEqual(deleted, ["old", "older"]);
  assert.deepEqual(client.sent("POST /api/flow_runs/filter")[0], {
    ...{ state_types: ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"], limit: 200 },
    before: "2026-11-21T09:30:00.000Z",
  });
});
