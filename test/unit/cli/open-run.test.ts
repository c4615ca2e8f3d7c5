import assert from "node:assert/strict";
import { test } from "node:test";
import { openRun } from "../../../runtime/cli/runs/open-run.ts";
import { summarizeRun } from "../../../runtime/cli/runs/summarize-run.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import type { Disk } from "../../../runtime/journal/types.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import type { ProcessState } from "../../../runtime/system/process-identity.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { flowRun, flowState, home, note, runId, writer } from "../journal/fixtures.ts";

const folder = homePaths.run(home, runId);

async function diskWith(ended: boolean): Promise<Disk> {
  const disk = simulatedDisk();
  const journal = createSegment(disk, folder, runId, 1, { reason: "start", writer, now: () => 1 });
  journal.append(flowRun());
  await journal.commit(flowState("RUNNING"));
  for (let index = 0; index < 50; index++) await journal.commit(note("a line in between"));
  if (ended) await journal.commit(flowState("COMPLETED"));
  return disk;
}

/** A run whose process writes its end and goes between the reading of its journal and the look whether it is there. */
async function endsUnderTheReader() {
  const before = await diskWith(false);
  const after = await diskWith(true);
  let now = before;
  const disk = new Proxy(before, { get: (_, name) => Reflect.get(now, name) });
  const judge = (): ProcessState => {
    now = after;
    return "dead";
  };
  return { disk, judge };
}

test("should not call a run crashed whose process ended it and went while its journal was being read", async () => {
  const { disk, judge } = await endsUnderTheReader();
  assert.equal(openRun(home, runId, { disk, judge })?.flowRun?.state_type, "COMPLETED");
});

test("should not list a run as crashed whose process ended it and went while its journal was being read", async () => {
  const { disk, judge } = await endsUnderTheReader();
  const options = { piece: 900, smallUpTo: 0, processState: judge };
  assert.equal(summarizeRun(disk, folder, runId, options)?.state_type, "COMPLETED");
});

test("should call a run crashed whose process is gone without having ended it", async () => {
  const disk = await diskWith(false);
  assert.equal(openRun(home, runId, { disk, judge: () => "dead" })?.flowRun?.state_type, "CRASHED");
});
