import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { acknowledgedTally } from "../../../runtime/cli/run/acknowledged.ts";
import { showRun } from "../../../runtime/cli/run/execute.ts";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import { makeState } from "../../../runtime/protocol/states.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { memoryIo, say } from "./support.ts";

const runId = "019a0000-0000-7000-8000-000000000001";
const journalOf = (disk: Parameters<typeof createSegment>[0], home: string) =>
  createSegment(disk, homePaths.run(home, runId), runId, 1, { reason: "start", writer: currentWriter("test") });

const taskEnds = (id: string) => say.taskState(id, "COMPLETED", "Completed", 20);

test("should count the tasks that were acknowledged, not those written when the disk failed", async () => {
  let fails = false;
  const disk = simulatedDisk({ onSync: () => (fails ? "fail" : "do") });
  const home = path.resolve("/home");
  const journal = journalOf(disk, home);
  for (const id of ["a", "b"]) journal.append(say.task(id, 10));
  await journal.commit(taskEnds("a"));
  fails = true;
  await assert.rejects(journal.commit(taskEnds("b")), { code: "journal-failed" });
  const tally = acknowledgedTally(disk, home, runId);
  assert.equal(tally?.counts.get("COMPLETED"), 1);
  assert.equal(tally?.counts.get("RUNNING"), 1);
  assert.equal(acknowledgedTally(disk, "/elsewhere", runId), undefined);
});

test("should promise to keep only what is durable when a run crashes with its journal", async (t) => {
  const home = temporaryFolder(t);
  const journal = journalOf(realDisk, home);
  const io = memoryIo();
  const message = `the journal of run ${runId} could not be written: the disk is full`;
  const code = await showRun({ io, home, json: false, detail: "quiet", flowLabel: "etl" }, async ({ onRecord }) => {
    for (const record of [say.flow(runId, "etl"), say.task("a", 10), say.task("b", 10), taskEnds("a")]) {
      journal.append(record);
      onRecord(record);
    }
    await journal.close();
    onRecord(taskEnds("b"));
    const error = { name: "MillraceError", code: "journal-failed", message };
    return { run_id: runId, state: makeState("CRASHED", say.start + 30, { message }), exit_code: 3, error };
  });
  assert.equal(code, 3);
  assert.match(io.output(), /2 tasks: 1 completed, 1 unfinished/);
  assert.match(io.output(), /keeping the completed task$/m);
});
