import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { realDisk } from "../../../runtime/journal/disk.ts";
import type { Core } from "../../../runtime/orchestrator/core.ts";
import { createEvents } from "../../../runtime/orchestrator/events.ts";
import { createMemoryStore } from "../../../runtime/orchestrator/index/memory-store.ts";
import { createPools } from "../../../runtime/orchestrator/pools/pools.ts";
import { createRequests } from "../../../runtime/orchestrator/runs/requests.ts";
import { openSystemJournal } from "../../../runtime/orchestrator/system/journal.ts";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";

test("should tell that runs are late, why, once each, and in lots that leave others their turn", async (t) => {
  const home = temporaryFolder(t);
  const file = path.join(home, "etl.ts");
  writeFileSync(file, "");
  const identity = currentWriter("0.0.0");
  const system = await openSystemJournal({ disk: realDisk, home, epoch: 1, identity });
  t.after(() => system.close());
  const store = createMemoryStore();
  const told: FlowRun[] = [];
  const lots: number[] = [];
  const events = createEvents(1);
  const core: Core = {
    ...{ home, epoch: 1, identity, disk: realDisk, system },
    store: {
      ...store,
      async markLate(...given) {
        const ids = await store.markLate(...given);
        lots.push(ids.length);
        return ids;
      },
    },
    events: {
      ...events,
      publish(event) {
        if (event.type === "flow-run" && event.flow_run.state_name === "Late") told.push(event.flow_run);
        return events.publish(event);
      },
    },
    publish: async () => undefined,
    log: { info: () => undefined, error: (_message, thrown) => assert.fail(String(thrown)) },
  };
  const pools = await createPools(core);
  await pools.put("far", { type: "process" });
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  const requests = createRequests({
    ...{ core, pools, workers: () => [], capacity: () => 0, start: () => undefined, adopt: () => undefined },
    ...{ prepare: async () => undefined, isDraining: () => false },
  });
  t.after(() => requests.stop());
  const pass = async (milliseconds: number): Promise<void> => {
    t.mock.timers.tick(milliseconds);
    for (let turn = 0; turn < 2000; turn++) await Promise.resolve();
  };
  const asked: string[] = [];
  for (let n = 0; n < 120; n++) asked.push((await requests.create({ file, work_pool_name: "far" })).id);
  await pass(5000);
  await pass(5000);
  assert.deepEqual(told, []);
  for (let turn = 0; turn < 3; turn++) await pass(5001);
  for (let turn = 0; turn < 5; turn++) await pass(51);
  assert.deepEqual(
    lots.filter((count) => count > 0),
    [50, 50, 20],
  );
  assert.deepEqual(told.map(({ id }) => id).sort(), asked.sort());
  const [first] = await Promise.all(asked.map((id) => store.flowRun(id)));
  assert.match(first?.state.message ?? "", /No worker polls the queue "default" of the work pool "far"/);
});
