import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { writeLiveEntry } from "../../../runtime/journal/live.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import type { Disk } from "../../../runtime/journal/types.ts";
import { createEvents } from "../../../runtime/orchestrator/events.ts";
import { createMemoryStore } from "../../../runtime/orchestrator/index/memory-store.ts";
import { createLiveRuns } from "../../../runtime/orchestrator/live/live-runs.ts";
import { openSystemJournal } from "../../../runtime/orchestrator/system/journal.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import { makeState } from "../../../runtime/protocol/states.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";
import { until } from "../../support/until.ts";

test("should read the entries of settled runs once, and again only when somebody went on with them", async (t) => {
  const home = temporaryFolder(t);
  /** Paths that were read, of entries in live/. */
  const read: string[] = [];
  const disk: Disk = {
    ...realDisk,
    readFile(file) {
      if (file.startsWith(homePaths.live(home))) read.push(file);
      return realDisk.readFile(file);
    },
  };
  const identity = currentWriter("test");
  // This process's number with another start: it is gone.
  const writer = { ...identity, start_time: "1" };
  const register = async (run_id: string, token: string, started: number) => {
    const entry = { run_id, writer, socket: "/none", token, flow_name: "f", file: "/f.ts", started };
    await writeLiveEntry(realDisk, home, entry);
  };
  const endedRun = async () => {
    const id = newId();
    const journal = createSegment(realDisk, homePaths.run(home, id), id, 1, { reason: "start", writer: identity });
    const flow = { name: "f", file: "/f.ts" };
    const parameters = { kind: "inline", data: [1] } as const;
    await journal.commit({ kind: "flow-run", id, at: 1, name: "quiet-otter", flow, parameters });
    await journal.commit({ kind: "flow-run-state", id, state: makeState("COMPLETED", 2) });
    await journal.close();
    await register(id, "first", 1);
    return id;
  };
  const system = await openSystemJournal({ disk, home, epoch: 1, identity });
  const settled: string[] = [];
  const live = createLiveRuns({
    core: {
      ...{ home, epoch: 1, identity, disk, system, log: { info: () => undefined, error: () => undefined } },
      ...{ store: createMemoryStore(), events: createEvents(1), publish: async () => undefined },
    },
    exitOf: async () => undefined,
    onBegun: () => undefined,
    onSlot: () => undefined,
    onSettled: (id) => settled.push(id),
  });
  t.after(() => live.close());
  const ids = [await endedRun(), await endedRun(), await endedRun()];
  live.look();
  await until(() => settled.length === 3);
  read.length = 0;

  // Another run begins, and the folder is looked over now and then.
  const other = await endedRun();
  await until(() => settled.includes(other));
  live.look();
  await pause(20);
  const again = ids.filter((id) => read.some((file) => file.endsWith(id)));
  assert.deepEqual(again, []);

  // Somebody resumes the first: an entry of its own under the same name.
  const [first = ""] = ids;
  await register(first, "second", 3);
  await until(() => settled.filter((id) => id === first).length === 2);
});
