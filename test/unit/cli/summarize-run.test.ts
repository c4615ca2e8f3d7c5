import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { withVerdict } from "../../../runtime/cli/runs/open-run.ts";
import { type RunSummary, summarizeRun } from "../../../runtime/cli/runs/summarize-run.ts";
import { readRun } from "../../../runtime/journal/reading.ts";
import { sealAndContinue } from "../../../runtime/journal/sealing.ts";
import type { Disk } from "../../../runtime/journal/types.ts";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import { foldRun } from "../../../runtime/protocol/fold/index.ts";
import { runPaths } from "../../../runtime/protocol/home.ts";
import type { JournalRecord } from "../../../runtime/protocol/records.ts";
import { makeState, type StateType } from "../../../runtime/protocol/states.ts";
import type { ProcessState } from "../../../runtime/system/process-identity.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { begin, flowRun, runFolder, runId, writer } from "../journal/fixtures.ts";

const judges: Readonly<Record<"dead" | "alive", () => ProcessState>> = { dead: () => "dead", alive: () => "alive" };
const subflow = "019a0000-0000-7000-8000-000000000002";

const state = (type: StateType, at: number, id = runId): JournalRecord => ({
  kind: "flow-run-state",
  id,
  state: makeState(type, at),
});

const task = (at: number): JournalRecord => ({
  kind: "task-run",
  id: `task-${at}`,
  at,
  flow_run_id: runId,
  name: '"flow-run-state"',
  task_key: "t",
  call: `call-${at}`,
  dynamic_key: String(at),
  state: makeState("RUNNING", at),
});

function shown(run: FlowRun | RunSummary | undefined) {
  if (run === undefined) return undefined;
  const { id, name, flow_name, parameters, state_type, state_name, created, start_time, end_time } = run;
  return { id, name, flow_name, parameters, state_type, state_name, created, start_time, end_time };
}

/** What folding everything says. */
function whole(disk: Disk, judge: keyof typeof judges) {
  const contents = readRun(disk, runFolder);
  return shown(withVerdict(foldRun(runId, contents.records), contents, judges[judge]).flowRun);
}

const types: readonly StateType[] = ["RUNNING", "COMPLETED", "FAILED", "CANCELLING", "PAUSED"];
const step = fc.oneof(
  { weight: 9, arbitrary: fc.constant("task" as const) },
  { weight: 6, arbitrary: fc.constant("flush" as const) },
  { weight: 1, arbitrary: fc.constant("subflow" as const) },
  { weight: 1, arbitrary: fc.constantFrom(...types) },
);

test("should tell of a run from the ends of its journal what folding all of it tells, whatever befell the journal", async () => {
  let cheap = 0;
  const journal = fc.record({
    segments: fc.array(fc.array(step, { maxLength: 80, size: "max" }), { minLength: 1, maxLength: 3 }),
    piece: fc.integer({ min: 800, max: 2500 }),
    judge: fc.constantFrom("dead" as const, "alive" as const),
    damage: fc.option(fc.record({ segment: fc.nat(2), part: fc.double({ min: 0, max: 1, noNaN: true }) }), { freq: 2 }),
    cut: fc.option(fc.nat(400), { freq: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(journal, async ({ segments, piece, judge, damage, cut }) => {
      const disk = simulatedDisk();
      let at = 1;
      for (const [index, steps] of segments.entries()) {
        const journal =
          index === 0
            ? begin(disk)
            : (await sealAndContinue(disk, runFolder, { reason: "resume", writer, writerIsGone: true, now: () => at }))
                .journal;
        journal.append(flowRun());
        journal.append(state("RUNNING", at++));
        for (const each of steps) {
          if (each === "task") journal.append(task(at++));
          else if (each === "flush") await journal.flush();
          else if (each === "subflow") journal.append(state("COMPLETED", at++, subflow));
          else journal.append(state(each, at++));
        }
        await journal.close();
      }
      if (damage !== null && damage.segment < segments.length) {
        const file = runPaths.journal(runFolder, damage.segment + 1);
        const place = Math.floor(damage.part * (disk.size(file) - 1));
        disk.damage(file, place, Buffer.from("#"));
      }
      if (cut !== null) {
        const last = disk.open(runPaths.journal(runFolder, segments.length));
        last.truncate(Math.max(0, last.size() - cut));
        last.close();
      }
      const summary = summarizeRun(disk, runFolder, runId, { piece, smallUpTo: 0, processState: judges[judge] });
      if (summary === undefined) return;
      cheap++;
      assert.deepEqual(shown(summary), whole(disk, judge));
    }),
    { numRuns: 300 },
  );
  assert.ok(cheap > 30, `only ${cheap} of 300 were told from the ends`);
});

async function largeRun(tasks: number, end?: JournalRecord) {
  const disk = simulatedDisk();
  const journal = begin(disk);
  journal.append(flowRun());
  await journal.commit(state("RUNNING", 2));
  for (let index = 0; index < tasks; index++) {
    journal.queue(task(index + 3));
    if (index % 1000 === 0) await journal.flush();
  }
  await journal.flush();
  if (end !== undefined) journal.append(end);
  await journal.close();
  let read = 0;
  const counting: Disk = {
    ...disk,
    readRange(file, position, length) {
      const bytes = disk.readRange(file, position, length);
      read += bytes.length;
      return bytes;
    },
  };
  return { disk: counting, size: disk.size(runPaths.journal(runFolder, 1)), read: () => read };
}

test("should not read a run of 50,000 tasks whole to tell how it ended", async () => {
  const { disk, size, read } = await largeRun(50_000, state("COMPLETED", 60_000));
  const summary = summarizeRun(disk, runFolder, runId, { processState: judges.dead });
  assert.ok(size > 5_000_000 && read() < size / 5, `${read()} of ${size} bytes`);
  assert.equal(summary?.state_type, "COMPLETED");
  assert.equal(summary.end_time, new Date(60_000).toISOString());
  assert.equal(summary.task_run_counts, undefined);
});

test("should tell when a large run crashed that had no time to say so", async () => {
  const { disk } = await largeRun(3000);
  const summary = summarizeRun(disk, runFolder, runId, { processState: judges.dead });
  assert.equal(summary?.state_type, "CRASHED");
  assert.deepEqual(shown(summary), whole(disk, "dead"));
});

test("should not believe an end whose batch was torn long before it", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  journal.append(flowRun());
  await journal.commit(state("RUNNING", 2));
  for (let at = 3; at < 100; at++) journal.append(task(at));
  journal.append(state("COMPLETED", 100));
  await journal.close();
  const file = runPaths.journal(runFolder, 1);
  disk.damage(file, Math.floor(disk.size(file) / 2), Buffer.from("#"));
  assert.equal(whole(disk, "alive")?.state_type, "RUNNING");
  const summary = summarizeRun(disk, runFolder, runId, { piece: 1000, smallUpTo: 0, processState: judges.alive });
  assert.equal(summary, undefined);
});
