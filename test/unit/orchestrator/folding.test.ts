import assert from "node:assert/strict";
import { test } from "node:test";
import { readRun } from "../../../runtime/journal/reading.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import type { Core } from "../../../runtime/orchestrator/core.ts";
import { createEvents } from "../../../runtime/orchestrator/events.ts";
import { createMemoryStore } from "../../../runtime/orchestrator/index/memory-store.ts";
import { createFolding } from "../../../runtime/orchestrator/live/folding.ts";
import { openSystemJournal } from "../../../runtime/orchestrator/system/journal.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";

const identity = currentWriter("test");

test("should fold of a dead writer nothing that vanishes with the machine", async () => {
  const home = "/home";
  for (let seed = 0; seed < 20; seed++) {
    const disk = simulatedDisk();
    disk.makeFolder(home);
    await disk.syncFolder("/");
    const store = createMemoryStore();
    const system = await openSystemJournal({ disk, home, epoch: 1, identity });
    const log = { info: () => undefined, error: () => undefined };
    const publish = async () => undefined;
    const core: Core = { home, epoch: 1, identity, disk, store, events: createEvents(1), system, publish, log };
    const runId = newId();
    const folder = homePaths.run(home, runId);
    const journal = createSegment(disk, folder, runId, 1, { reason: "start", writer: identity });
    const flow = { name: "f", file: "/f.ts" };
    const parameters = { kind: "inline", data: [1] } as const;
    await journal.commit({ kind: "flow-run", id: runId, at: 1, name: "quiet-otter", flow, parameters });
    // Written, never synced: its writer died.
    journal.append({ kind: "note", flow_run_id: runId, message: "last words", at: 2 });
    await createFolding(core).fold(runId);
    const folded = await store.folded(runId);
    const [segment] = readRun(disk.crash(seed), folder).segments;
    assert.ok(folded !== undefined && (segment?.length ?? 0) >= folded.offset);
  }
});
