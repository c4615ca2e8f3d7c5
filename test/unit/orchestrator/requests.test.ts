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
import { newId } from "../../../runtime/protocol/ids.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";

test("should say why a run waits, and know it by its id until it begins", async (t) => {
  const home = temporaryFolder(t);
  const file = path.join(home, "etl.ts");
  writeFileSync(file, "");
  const identity = currentWriter("0.0.0");
  const system = await openSystemJournal({ disk: realDisk, home, epoch: 1, identity });
  t.after(() => system.close());
  const log = { info: () => undefined, error: () => undefined };
  const core: Core = {
    home,
    epoch: 1,
    identity,
    disk: realDisk,
    store: createMemoryStore(),
    events: createEvents(1),
    system,
    publish: async () => undefined,
    log,
  };
  let free = 0;
  const started: string[] = [];
  const requests = createRequests({
    core,
    pools: await createPools(core),
    workers: () => [],
    capacity: () => free,
    start: (request) => started.push(request.id),
    adopt: () => undefined,
    prepare: async () => undefined,
    isDraining: () => false,
  });
  t.after(() => requests.stop());
  const id = newId();
  assert.equal((await requests.create({ file, id })).id, id);
  assert.equal((await requests.create({ file, id, name: "other" })).name, "etl");
  assert.match(requests.whyWaiting(id) ?? "", /going on; it begins when one of them ends/);
  free = 1;
  assert.match(requests.whyWaiting(id) ?? "", /about to take it/);
  await requests.pump();
  assert.deepEqual(started, [id]);
  requests.begun(id);
  assert.equal(requests.whyWaiting(id), undefined);
});
