/**
 * What a run's journal says about its task runs and flow runs, as resume sees it: pure over the records. Only what
 * came since the last `retry` counts, because a retry keeps nothing.
 */
import type { FlowRunRecord, ObservedRecord, SourcesRecord, TaskRunRecord, ValueRecord } from "../protocol/records.ts";
import type { State } from "../protocol/states.ts";
import type { RunContents } from "./types.ts";

export interface TaskFacts {
  record: TaskRunRecord;
  state: State;
  result: ValueRecord | undefined;
  /** The segment that it began in. */
  segment: number;
  /** A later `resume --from | --rerun` has set this completion aside. */
  setAside: boolean;
}

export interface FlowRunFacts {
  record: FlowRunRecord;
  state: State | undefined;
  result: ValueRecord | undefined;
  /** How often it has been executed so far. */
  runCount: number;
}

export interface KeptWork {
  readonly root: FlowRunFacts;
  /** Every task run of the window, by id, in the order they were first started. */
  readonly tasks: ReadonlyMap<string, TaskFacts>;
  /** The task run that was started last for each call identity: its state decides. */
  readonly byCall: ReadonlyMap<string, TaskFacts>;
  readonly flowRuns: ReadonlyMap<string, FlowRunFacts>;
  readonly observed: ReadonlyMap<string, ObservedRecord>;
  /** The sources that the execution of each segment loaded. */
  readonly sources: ReadonlyMap<number, SourcesRecord["files"]>;
}

/** Undefined when the process died before its journal said which flow it runs: then nothing was done yet. */
export function readKeptWork(contents: RunContents): KeptWork | undefined {
  const windowStart = lastRetry(contents);
  const tasks = new Map<string, TaskFacts>();
  const byCall = new Map<string, TaskFacts>();
  const flowRuns = new Map<string, FlowRunFacts>();
  const observed = new Map<string, ObservedRecord>();
  const sources = new Map<number, SourcesRecord["files"]>();
  let root: FlowRunFacts | undefined;
  for (const { position, record } of contents.records) {
    const counts = position.segment >= windowStart;
    if (record.kind === "sources") {
      sources.set(position.segment, record.files);
    } else if (record.kind === "flow-run") {
      const facts = { record, state: undefined, result: undefined, runCount: 0 };
      if (record.id === contents.runId) root ??= facts;
      if (record.id === contents.runId || counts) flowRuns.set(record.id, flowRuns.get(record.id) ?? facts);
    } else if (record.kind === "flow-run-state") {
      const facts = flowRuns.get(record.id);
      if (facts === undefined) continue;
      const runCount = Math.max(facts.runCount, record.run_count ?? 0);
      Object.assign(facts, { state: record.state, result: record.result, runCount });
    } else if (!counts) {
      // Superseded by the retry.
    } else if (record.kind === "task-run") {
      const facts = { record, state: record.state, result: undefined, segment: position.segment, setAside: false };
      tasks.set(record.id, facts);
      byCall.set(record.call, facts);
    } else if (record.kind === "task-run-state") {
      const facts = tasks.get(record.id);
      if (facts !== undefined) Object.assign(facts, { state: record.state, result: record.result });
    } else if (record.kind === "invalidated") {
      for (const id of record.task_run_ids) {
        const facts = tasks.get(id);
        if (facts !== undefined) facts.setAside = true;
      }
      for (const id of record.flow_run_ids) {
        const facts = flowRuns.get(id);
        if (facts !== undefined) Object.assign(facts, { state: undefined, result: undefined });
      }
    } else if (record.kind === "observed") {
      observed.set(record.call, record);
    }
  }
  if (root === undefined) return undefined;
  return { root, tasks, byCall, flowRuns, observed, sources };
}

/** A segment that others passed over may have a first line all the same; none of its records counts. */
function lastRetry({ segments, records }: RunContents): number {
  const counts = (segment: number) => records.some(({ position }) => position.segment === segment);
  const begin = segments.findLast(({ segment, header }) => header?.reason === "retry" && counts(segment));
  return begin?.segment ?? 0;
}
