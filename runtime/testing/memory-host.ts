/** A host without disk, sockets and real time: one execution of a run in memory. */

import { makeHistory } from "../engine/host/history.ts";
import type { Clock, RunHistory, RunHost } from "../engine/host.ts";
import { type KeptWork, readKeptWork } from "../journal/kept-work.ts";
import { type MemoryJournal, memoryJournal } from "../journal/memory.ts";
import { setAside } from "../journal/set-aside.ts";
import type { JournalWriter, SegmentContents, ValueStore } from "../journal/types.ts";
import { MillraceError } from "../protocol/errors.ts";
import type { ResumeOptions } from "../protocol/live.ts";
import type { JournalRecord, LogRecord, PositionedRecord } from "../protocol/records.ts";
import { memoryLimits } from "./memory-limits.ts";
import { memoryPauses, type PauseAnswers } from "./memory-pauses.ts";
import type { TestCache } from "./test-cache.ts";

/** What stays between the executions of one run. */
export interface TestWorld {
  readonly runId: string;
  readonly values: ValueStore;
  readonly clock: Clock;
  readonly cache: TestCache;
  readonly variables: Map<string, unknown>;
  readonly limits: Readonly<Record<string, number>>;
  readonly answers: PauseAnswers;
  readonly records: PositionedRecord[];
  readonly logs: LogRecord[];
  readonly segments: SegmentContents[];
}

export interface MemoryExecution {
  readonly host: RunHost;
  /** Resolves when the process "crashed"; nothing is recorded from then on. */
  readonly crashed: Promise<MillraceError>;
  cancel(reason: string): void;
}

export interface MemoryExecutionOptions {
  /** Crash once so many completions of tasks are durable, before anybody hears of the last one. */
  readonly crashAfter: number | undefined;
  readonly resume: ResumeOptions | undefined;
  readonly onRecord: ((record: JournalRecord) => void) | undefined;
}

export function memoryExecution(world: TestWorld, options: MemoryExecutionOptions): MemoryExecution {
  const segment = world.segments.length + 1;
  const history = segment === 1 ? undefined : openHistory(world, options.resume ?? { mode: "resume" });
  const journal = memoryJournal(world.runId, segment);
  world.segments.push(segmentContents(world, segment, options.resume));
  const cancellation = new AbortController();
  const { writer, crashed } = watched(journal, world, segment, options);
  return {
    crashed,
    cancel: (reason) => cancellation.abort(new MillraceError("cancelled", reason)),
    host: {
      runId: world.runId,
      journal: writer,
      values: world.values,
      history,
      clock: world.clock,
      logs: { write: (record) => void world.logs.push(record), flush: async () => undefined },
      cache: world.cache.forRun(world.values, world.clock.now),
      limits: memoryLimits(world.limits),
      variables: {
        get: async (name) => world.variables.get(name),
        set: async (name, value) => void world.variables.set(name, value),
      },
      pauses: memoryPauses(world.answers),
      deadlines: { arm: () => undefined, met: () => undefined },
      cancellation: cancellation.signal,
    },
  };
}

function segmentContents(world: TestWorld, segment: number, resume: ResumeOptions | undefined): SegmentContents {
  const writer = { pid: process.pid, start_time: "", boot_id: "", host: "memory", millrace: "", node: process.version };
  const reason = segment === 1 ? "start" : (resume?.mode ?? "resume");
  const at = world.clock.now();
  const version = { major: 1, minor: 0 };
  const header = { kind: "segment", run_id: world.runId, segment, version, reason, writer, at } as const;
  return { segment, header, length: 0, torn: 0 };
}

function openHistory(world: TestWorld, resume: ResumeOptions): RunHistory | undefined {
  const contents = { runId: world.runId, segments: world.segments, records: world.records, problems: [] };
  const work: KeptWork | undefined = readKeptWork(contents);
  if (work === undefined) return undefined;
  const nothing = { tasks: new Map<string, string>(), flowRuns: new Set<string>() };
  const aside = resume.mode === "retry" ? nothing : setAside(work, resume);
  return makeHistory(work, { values: world.values, mode: resume.mode, aside, onMissing: () => undefined });
}

function watched(
  journal: MemoryJournal,
  world: TestWorld,
  segment: number,
  { crashAfter, onRecord }: MemoryExecutionOptions,
): { writer: JournalWriter; crashed: Promise<MillraceError> } {
  const failed: ((error: Error) => void)[] = [];
  let completions = 0;
  let seq = 0;
  let dead: MillraceError | undefined;
  let announce: (error: MillraceError) => void = () => undefined;
  const crashed = new Promise<MillraceError>((resolve) => {
    announce = resolve;
  });

  function write(record: JournalRecord): void {
    if (dead !== undefined) throw dead;
    journal.append(record);
    world.records.push({ position: { segment, seq: seq++ }, record: JSON.parse(JSON.stringify(record)) });
    onRecord?.(record);
    const completed = record.kind === "task-run-state" && record.state.type === "COMPLETED";
    if (completed && ++completions === crashAfter) crash();
  }

  function crash(): void {
    dead = new MillraceError("crashed", `the run crashed after ${completions} completions, as the test asked`);
    for (const listener of failed) listener(dead);
    announce(dead);
  }

  return {
    crashed,
    writer: {
      runId: journal.runId,
      segment,
      get synced() {
        return journal.synced;
      },
      append: write,
      queue: write,
      write() {
        if (dead !== undefined) throw dead;
      },
      async commit(record) {
        write(record);
        // Whoever crashed hears nothing any more, not even that it was acknowledged.
        if (dead !== undefined) throw dead;
      },
      flush: async () => undefined,
      onSynced: (listener) => journal.onSynced(listener),
      onFailed: (listener) => void failed.push(listener),
      abandon: () => undefined,
      close: () => journal.close(),
    },
  };
}
