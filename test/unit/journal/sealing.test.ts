import assert from "node:assert/strict";
import { test } from "node:test";
import { readKeptWork } from "../../../runtime/journal/kept-work.ts";
import { readRun } from "../../../runtime/journal/reading.ts";
import { type ContinueOptions, sealAndContinue, writeVerdict } from "../../../runtime/journal/sealing.ts";
import { claimSegment, writeSegment } from "../../../runtime/journal/segments.ts";
import type { Disk } from "../../../runtime/journal/types.ts";
import { runPaths } from "../../../runtime/protocol/home.ts";
import { timeOf } from "../../../runtime/protocol/record-time.ts";
import type { JournalRecord } from "../../../runtime/protocol/records.ts";
import { makeState } from "../../../runtime/protocol/states.ts";
import type { ProcessState } from "../../../runtime/system/process-identity.ts";
import { type SyncFate, simulatedDisk } from "../../support/simulated-disk.ts";
import {
  begin,
  flowRun,
  flowState,
  note,
  notes,
  runFolder,
  runId,
  settle,
  taskRun,
  taskState,
  writer,
} from "./fixtures.ts";

const dead = {
  reason: "resume" as const,
  writer,
  processState: (): ProcessState => "dead",
  beginningMs: 40,
  now: () => 2,
} satisfies ContinueOptions;
const crashed = makeState("CRASHED", 9, { message: "killed by signal SIGKILL" });

test("should go on behind what was there, and record how far that goes", async () => {
  const disk = simulatedDisk();
  const first = begin(disk);
  await first.commit(note("one"));
  const length = first.synced;
  const seen: JournalRecord[] = [];
  const { journal, contents } = await sealAndContinue(disk, runFolder, {
    ...dead,
    visit: (record) => seen.push(record),
  });
  assert.deepEqual(
    seen.map(({ kind }) => kind),
    ["segment", "note"],
  );
  assert.equal(contents.segments[0]?.length, length);
  await journal.commit(note("two"));
  await journal.close();
  const after = readRun(disk, runFolder);
  assert.deepEqual(notes(after.records), ["one", "two"]);
  assert.deepEqual(after.segments[1]?.header?.seals, { segment: 1, length, at: timeOf(note("one")) });
});

test("should let exactly one of two resumes at once win, and tell the other clearly", async () => {
  for (let delay = 0; delay < 8; delay++) {
    const disk = simulatedDisk();
    await begin(disk).commit(note("one"));
    const resume = async (turns: number, name: string) => {
      for (let turn = 0; turn < turns; turn++) await settle();
      const { journal } = await sealAndContinue(disk, runFolder, { ...dead, after: 1 });
      await journal.commit(note(name));
    };
    const outcomes = await Promise.allSettled([resume(0, "a"), resume(delay, "b")]);
    const lost = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.equal(lost.length, 1);
    assert.equal(lost[0]?.reason.code, "conflict");
    assert.match(lost[0]?.reason.message, /another process|being executed/);
    assert.equal(notes(readRun(disk, runFolder).records).length, 2);
  }
});

test("should pass over a segment whose creator died before its first line, and beat a creator that only slept", async () => {
  const disk = simulatedDisk();
  await begin(disk).commit(note("one"));
  disk.createExclusive(runPaths.journal(runFolder, 2)).close();
  const { journal } = await sealAndContinue(disk, runFolder, dead);
  assert.equal(journal.segment, 3);
  await journal.commit(note("two"));
  assert.deepEqual(notes(readRun(disk, runFolder).records), ["one", "two"]);
});

test("should leave the run to a creator that is slow to write its first line", async () => {
  const waiting: ((fate: SyncFate) => void)[] = [];
  let slow = false;
  const disk = simulatedDisk({
    onSync: () => (slow ? new Promise<SyncFate>((resolve) => waiting.push(resolve)) : "do"),
  });
  await begin(disk).commit(note("one"));
  const rival = { ...writer, pid: 200 };
  const options = {
    ...dead,
    beginningMs: 60_000,
    processState: ({ pid }: typeof writer): ProcessState => (pid === 200 ? "alive" : "dead"),
  };
  slow = true;
  const first = sealAndContinue(disk, runFolder, { ...options, writer: rival });
  await settle();
  const second = sealAndContinue(disk, runFolder, options);
  await settle();
  slow = false;
  for (const wake of waiting) wake("do");
  assert.equal((await first).journal.segment, 2);
  await assert.rejects(second, { code: "conflict", message: /process 200/ });
});

test("should make the loser of a slow start acknowledge nothing", async () => {
  const waiting: ((fate: SyncFate) => void)[] = [];
  let slow = false;
  const disk = simulatedDisk({
    onSync: () => (slow ? new Promise<SyncFate>((resolve) => waiting.push(resolve)) : "do"),
  });
  await begin(disk).commit(note("one"));
  slow = true;
  const sleeper = sealAndContinue(disk, runFolder, dead);
  await settle();
  slow = false;
  const { journal } = await sealAndContinue(disk, runFolder, dead);
  await journal.commit(note("two"));
  for (const wake of waiting) wake("do");
  await assert.rejects(sleeper, { code: "conflict", message: /taken over/ });
  await journal.commit(note("three"));
  assert.deepEqual(notes(readRun(disk, runFolder).records), ["one", "two", "three"]);
});

test("should refuse while the writer lives or can't be judged, unless the run has ended or the caller knows better", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  journal.append(flowRun());
  await journal.commit(flowState("RUNNING"));
  const alive = { ...dead, processState: (): ProcessState => "alive" };
  const unknown = { ...dead, processState: (): ProcessState => "unknown" };
  await assert.rejects(sealAndContinue(disk, runFolder, alive), {
    code: "conflict",
    message: /is being executed by process 100 on here/,
  });
  await assert.rejects(sealAndContinue(disk, runFolder, unknown), { code: "conflict", message: /--force/ });
  assert.equal(disk.exists(runPaths.journal(runFolder, 2)), false, "a refusal does not disturb the run");
  await journal.commit(flowState("FAILED"));
  const { journal: second } = await sealAndContinue(disk, runFolder, alive);
  await second.commit(flowState("RUNNING"));
  const { journal: third } = await sealAndContinue(disk, runFolder, { ...unknown, writerIsGone: true });
  assert.equal(third.segment, 3);
});

test("should make a stalled writer that wakes after a verdict acknowledge nothing and count for nothing", async () => {
  const waiting: ((fate: SyncFate) => void)[] = [];
  const stalled = { value: false };
  const disk = simulatedDisk({
    onSync: ({ path: at }) =>
      stalled.value && at === runPaths.journal(runFolder, 1)
        ? new Promise<SyncFate>((resolve) => waiting.push(resolve))
        : "do",
  });
  const journal = begin(disk);
  journal.append(flowRun());
  journal.append(flowState("RUNNING"));
  journal.append(taskRun("t1"));
  await journal.commit(taskRun("t2"));
  stalled.value = true;
  const commit = journal.commit(taskState("t1", "COMPLETED"));
  await settle();
  const queued = journal.commit(taskState("t2", "COMPLETED"));
  stalled.value = false;
  const verdict = writeVerdict(disk, runFolder, { ...dead, writerIsGone: true, state: crashed });
  for (const wake of waiting) wake("do");
  assert.equal(await verdict, true);
  await assert.rejects(commit, { code: "journal-lost" });
  await assert.rejects(queued, { code: "journal-lost" });
  const { records, problems } = readRun(disk, runFolder);
  assert.deepEqual(problems, []);
  const states = records.flatMap(({ record }) =>
    record.kind === "task-run-state" || record.kind === "flow-run-state" ? [`${record.id} ${record.state.type}`] : [],
  );
  // t1 was in the file when the verdict read it: it counts, acknowledged or not.
  assert.deepEqual(states, [`${runId} RUNNING`, "t1 COMPLETED", "t2 CRASHED", `${runId} CRASHED`]);
});

test("should judge open tasks and subflows with the run, and leave alone a run that ended by itself", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  const records = [
    flowRun(),
    flowState("RUNNING"),
    flowRun("sub", runId),
    flowState("RUNNING", "sub"),
    flowRun("done", runId),
    flowState("COMPLETED", "done"),
    taskRun("t1"),
    taskState("t1", "FAILED"),
    taskRun("t2"),
    taskState("t2", "SCHEDULED"),
  ];
  for (const record of records) journal.append(record);
  await journal.flush();
  assert.equal(await writeVerdict(disk, runFolder, { ...dead, state: crashed, taskMessage: "its run crashed" }), true);
  const written = readRun(disk, runFolder).records.filter(({ position }) => position.segment === 2);
  assert.partialDeepStrictEqual(
    written.map(({ record }) => record),
    [
      { kind: "segment", reason: "verdict" },
      { kind: "task-run-state", id: "t2", state: { type: "CRASHED", message: "its run crashed" } },
      { kind: "flow-run-state", id: "sub", state: crashed },
      { kind: "flow-run-state", id: runId, state: crashed },
    ],
  );
  assert.equal(await writeVerdict(disk, runFolder, { ...dead, state: crashed }), false);
  assert.equal(disk.exists(runPaths.journal(runFolder, 3)), false);
});

test("should write no state over a run that ended by itself while the verdict was on its way", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  journal.append(flowRun());
  await journal.commit(flowState("RUNNING"));
  const racing: Disk = {
    ...disk,
    createExclusive(file) {
      if (file === runPaths.journal(runFolder, 2)) journal.append(flowState("COMPLETED"));
      return disk.createExclusive(file);
    },
  };
  assert.equal(await writeVerdict(racing, runFolder, { ...dead, state: crashed }), false);
  const last = readRun(disk, runFolder).records.findLast(({ record }) => record.kind === "flow-run-state");
  assert.partialDeepStrictEqual(last?.record, { state: { type: "COMPLETED" } });
});

test("should say that there is nothing to go on with", async () => {
  const disk = simulatedDisk();
  await assert.rejects(sealAndContinue(disk, runFolder, dead), { code: "not-found" });
});

test("should keep what was done before a retry that others passed over", async () => {
  const disk = simulatedDisk();
  const first = begin(disk);
  first.append(flowRun());
  first.append(taskRun("a"));
  await first.commit(taskState("a", "COMPLETED"));
  // It created its segment and slept; the resume waited, passed over it, and only then it wrote its first line.
  const sleeper = claimSegment(disk, runFolder, runId, 2);
  const { journal } = await sealAndContinue(disk, runFolder, dead);
  const late = writeSegment(disk, runFolder, runId, 2, sleeper, { reason: "retry", writer });
  await assert.rejects(late.flush(), { code: "journal-lost" });
  await journal.close();
  const work = readKeptWork(readRun(disk, runFolder));
  assert.deepEqual(
    [...(work?.tasks.values() ?? [])].map(({ state }) => state.type),
    ["COMPLETED"],
  );
});

test("should name the damage when a run cannot go on for it", async () => {
  const disk = simulatedDisk();
  const first = begin(disk);
  await first.commit(note("one"));
  await first.commit(note("two"));
  await first.close();
  const file = disk.open(runPaths.journal(runFolder, 1));
  file.write(Buffer.from("!"), 40);
  file.close();
  await assert.rejects(sealAndContinue(disk, runFolder, dead), { code: "journal-corrupt", message: /byte 0 on/ });
});

test("should go on by force where the last writer cannot be judged, and never where it lives", async () => {
  for (const [state, goesOn] of [
    ["unknown", true],
    ["alive", false],
  ] as const) {
    const disk = simulatedDisk();
    await begin(disk).commit(note("one"));
    const options = { ...dead, processState: (): ProcessState => state };
    await assert.rejects(sealAndContinue(disk, runFolder, options), { code: "conflict" });
    const forced = sealAndContinue(disk, runFolder, { ...options, force: true });
    if (goesOn) await (await forced).journal.close();
    else await assert.rejects(forced, { code: "conflict" });
  }
});
