import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { writeLastWord, writeLiveEntry } from "../../../runtime/journal/live.ts";
import { readRun } from "../../../runtime/journal/reading.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import type { Core } from "../../../runtime/orchestrator/core.ts";
import { createEvents } from "../../../runtime/orchestrator/events.ts";
import { createMemoryStore } from "../../../runtime/orchestrator/index/memory-store.ts";
import { crashedState, lastLines, passVerdict } from "../../../runtime/orchestrator/live/verdict.ts";
import { openSystemJournal } from "../../../runtime/orchestrator/system/journal.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import { makeState } from "../../../runtime/protocol/states.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";

test("should tell the signal or exit code of a process and what it last wrote", () => {
  const killed = crashedState({ code: null, signal: "SIGKILL" }, ["one", "two"], 5);
  assert.equal(killed.type, "CRASHED");
  assert.deepEqual(killed.details, { signal: "SIGKILL", last_output: ["one", "two"] });
  assert.match(killed.message ?? "", /SIGKILL.*two/);
  const left = crashedState({ code: 7, signal: null }, [], 5);
  assert.deepEqual(left.details, { exit_code: 7 });
  assert.match(left.message ?? "", /exit code 7/);
  assert.match(crashedState(undefined, [], 5).message ?? "", /nobody saw/);
  const full = crashedState(
    { code: 3, signal: null },
    ["one"],
    5,
    "the journal could not be written: the disk is full",
  );
  assert.match(full.message ?? "", /exit code 3.*the disk is full/);
});

test("should read the last whole lines of a long output", async (t) => {
  const file = path.join(temporaryFolder(t), "output");
  writeFileSync(file, `${Array.from({ length: 5000 }, (_, n) => `line ${n}`).join("\n")}\n\n`);
  const lines = await lastLines(file);
  assert.equal(lines.length, 20);
  assert.equal(lines.at(-1), "line 4999");
  assert.ok(lines.every((line) => /^line \d+$/.test(line)));
  assert.deepEqual(await lastLines(`${file}.missing`), []);
});

test("should say of a run what its keeper has said before it ended the process", async () => {
  const home = "/home";
  const disk = simulatedDisk();
  disk.makeFolder(home);
  const identity = currentWriter("test");
  const system = await openSystemJournal({ disk, home, epoch: 1, identity });
  const log = { info: () => undefined, error: () => undefined };
  const core: Core = {
    ...{ home, epoch: 1, identity, disk, system, log },
    store: createMemoryStore(),
    events: createEvents(1),
    publish: async () => undefined,
  };
  // This process's number with another start: it is gone.
  const writer = { ...identity, start_time: "1" };
  const verdictOver = async (word: boolean) => {
    const [run_id, task] = [newId(), newId()];
    const folder = homePaths.run(home, run_id);
    const journal = createSegment(disk, folder, run_id, 1, { reason: "start", writer });
    const flow = { name: "f", file: "/f.ts" };
    const parameters = { kind: "inline", data: [1] } as const;
    await journal.commit({ kind: "flow-run", id: run_id, at: 1, name: "quiet-otter", flow, parameters });
    await journal.commit({
      ...{ kind: "task-run", id: task, flow_run_id: run_id, name: "busy-0", task_key: "busy", dynamic_key: "0" },
      ...{ call: "busy", state: makeState("RUNNING", 2), at: 2 },
    });
    const entry = { run_id, writer, socket: "/none", token: "t", flow_name: "f", file: "/f.ts", started: 1 };
    await writeLiveEntry(disk, home, entry);
    if (word) {
      await writeLastWord(disk, home, run_id, {
        state: makeState("CRASHED", 3, { message: "busy blocked" }),
        task_message: "did not finish",
        task_states: { [task]: makeState("FAILED", 3, { name: "TimedOut" }) },
      });
    }
    assert.equal(await passVerdict(core, entry, undefined, { code: null, signal: "SIGKILL" }), true);
    return readRun(disk, folder).records.flatMap(({ record }) =>
      record.kind.endsWith("-state") && "state" in record ? [[record.state.name, record.state.message]] : [],
    );
  };
  assert.deepEqual(await verdictOver(true), [
    ["TimedOut", undefined],
    ["Crashed", "busy blocked"],
  ]);
  const [[, said] = []] = await verdictOver(false);
  assert.match(said ?? "", /SIGKILL/);
});
