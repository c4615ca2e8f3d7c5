import assert from "node:assert/strict";
import { test } from "node:test";
import { registerRun } from "../../../runtime/engine/host/register.ts";
import { watchJournal } from "../../../runtime/engine/host/watched-journal.ts";
import { readLiveEntry } from "../../../runtime/journal/live.ts";
import { prepareHome } from "../../../runtime/journal/prepare-home.ts";
import { readRun } from "../../../runtime/journal/reading.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import { makeState } from "../../../runtime/protocol/states.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { runId } from "./journal-of.ts";

const home = "/home";
const about = {
  run_id: runId,
  writer: currentWriter("test"),
  socket: "s",
  flow_name: "f",
  file: "/f.ts",
  started: 1,
};

test("should register a run so that the next orchestrator finds it although the machine went down", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const disk = simulatedDisk();
    await prepareHome(disk, home);
    for (const token of ["first", "second"]) {
      await registerRun(disk, home, { ...about, token }, true);
      assert.equal(readLiveEntry(disk.crash(seed), home, runId)?.token, token);
    }
  }
});

test("should say what could not be synced, where, and what to do, to those who wait and to those who look later", async () => {
  for (const failing of ["file", "folder"] as const) {
    const live = homePaths.live(home);
    const disk = simulatedDisk({
      onSync: ({ kind, path: at }) => (kind === failing && at.startsWith(live) && prepared ? "fail" : "do"),
    });
    let prepared = false;
    await prepareHome(disk, home);
    prepared = true;
    const folder = homePaths.run(home, runId);
    const journal = watchJournal(createSegment(disk, folder, runId, 1, { reason: "start", writer: about.writer }), {
      beforeEnd: async () => undefined,
      alsoDurable: registerRun(disk, home, { ...about, token: "t" }, true),
    });
    const told: Error[] = [];
    journal.onFailed((error) => told.push(error));
    const expected = {
      name: "MillraceError",
      code: "journal-failed",
      message: /run 01900000.* could not be registered.*live.*: EIO.*; see to the disk, then resume the run$/,
    };
    const state = makeState("RUNNING", 1);
    await assert.rejects(journal.commit({ kind: "flow-run-state", id: runId, state }), expected);
    await assert.rejects(journal.commit({ kind: "flow-run-state", id: runId, state }), expected);
    await journal.close().catch(() => undefined);
    assert.equal(told.length, 1);
    assert.match(readRun(disk, folder).segments[0]?.failure ?? "", expected.message);
  }
});
