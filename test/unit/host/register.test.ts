import assert from "node:assert/strict";
import { test } from "node:test";
import { registerRun } from "../../../runtime/engine/host/register.ts";
import { readLiveEntry } from "../../../runtime/journal/live.ts";
import { prepareHome } from "../../../runtime/journal/prepare-home.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { runId } from "./journal-of.ts";

test("should register a run so that the next orchestrator finds it although the machine went down", async () => {
  const home = "/home";
  const about = {
    run_id: runId,
    writer: currentWriter("test"),
    socket: "s",
    flow_name: "f",
    file: "/f.ts",
    started: 1,
  };
  for (let seed = 0; seed < 20; seed++) {
    const disk = simulatedDisk();
    await prepareHome(disk, home);
    for (const token of ["first", "second"]) {
      await registerRun(disk, home, { ...about, token }, true);
      assert.equal(readLiveEntry(disk.crash(seed), home, runId)?.token, token);
    }
  }
});
