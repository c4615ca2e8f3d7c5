/**
 * What earlier segments of a run completed, as the engine asks for it: `openHistory(records, options)` makes the
 * `RunHistory` of a host from the records of a run's folder.
 */
import type { ResumeOptions } from "../protocol/live.ts";
import type { FlowRunRecord, JournalRecord, ObservedRecord, TaskRunRecord, ValueRecord } from "../protocol/records.ts";
import { isTerminal } from "../protocol/states.ts";
import { keptAfter } from "./history-selection.ts";
import type { KeptCompletion, RunHistory } from "./host.ts";
import { equalCalls } from "./identity.ts";

/** Everything about a run that resume asks for; made in one pass over the records. */
export interface RunPast {
  readonly taskRuns: ReadonlyMap<string, TaskRunRecord>;
  readonly flowRuns: ReadonlyMap<string, FlowRunRecord>;
  /** Kept results by task run id. A completion without a kept result (`persist: false`) is no completion. */
  readonly completions: ReadonlyMap<string, ValueRecord>;
  readonly unfinished: ReadonlySet<string>;
  readonly observed: ReadonlyMap<string, ObservedRecord>;
  readonly flowResults: ReadonlyMap<string, ValueRecord>;
  readonly runCounts: ReadonlyMap<string, number>;
  readonly root: FlowRunRecord | undefined;
}

export function readPast(records: Iterable<JournalRecord>): RunPast {
  const taskRuns = new Map<string, TaskRunRecord>();
  const flowRuns = new Map<string, FlowRunRecord>();
  const completions = new Map<string, ValueRecord>();
  const unfinished = new Set<string>();
  const observed = new Map<string, ObservedRecord>();
  const flowResults = new Map<string, ValueRecord>();
  const runCounts = new Map<string, number>();
  let root: FlowRunRecord | undefined;
  for (const record of records) {
    if (record.kind === "task-run") {
      taskRuns.set(record.id, record);
      unfinished.add(record.id);
    } else if (record.kind === "task-run-state") {
      if (isTerminal(record.state.type)) unfinished.delete(record.id);
      if (record.state.type === "COMPLETED" && record.result !== undefined && record.result.kind !== "none") {
        completions.set(record.id, record.result);
      } else {
        completions.delete(record.id);
      }
    } else if (record.kind === "flow-run") {
      flowRuns.set(record.id, record);
      if (record.parent_flow_run_id === undefined) root ??= record;
    } else if (record.kind === "flow-run-state") {
      if (record.run_count !== undefined) runCounts.set(record.id, record.run_count);
      if (record.state.type === "COMPLETED" && record.result !== undefined) flowResults.set(record.id, record.result);
    } else if (record.kind === "observed") {
      observed.set(record.call, record);
    }
  }
  return { taskRuns, flowRuns, completions, unfinished, observed, flowResults, runCounts, root };
}

/**
 * The history for a host; undefined when the run never came into being (its first record was never synced): then it
 * simply starts. `mode: "retry"` keeps nothing but the run itself and its parameters.
 */
export function openHistory(
  records: Iterable<JournalRecord>,
  options: ResumeOptions = { mode: "resume" },
): RunHistory | undefined {
  const past = readPast(records);
  const root = past.root;
  if (root === undefined) return undefined;
  const retry = options.mode === "retry";
  const kept = retry ? new Set<string>() : keptAfter(past, options);
  const completions = indexCompletions(past, kept);
  const children = retry ? new Map<string, string>() : indexChildren(past);
  const unfinished = new Map<string, string>();
  for (const id of past.unfinished) {
    const record = past.taskRuns.get(id);
    if (record !== undefined && !unfinished.has(record.call)) unfinished.set(record.call, id);
  }
  return {
    ...completions,
    observed: (call) => (retry ? undefined : past.observed.get(call)),
    unfinished: (call) => unfinished.get(call),
    flowRun(call) {
      const record = past.flowRuns.get(children.get(call) ?? "");
      if (record === undefined) return undefined;
      return {
        id: record.id,
        name: record.name,
        completed: past.flowResults.get(record.id),
        parameters: record.parameters,
        run_count: past.runCounts.get(record.id) ?? 1,
      };
    },
    root: {
      id: root.id,
      name: root.name,
      parameters: root.parameters,
      run_count: past.runCounts.get(root.id) ?? 0,
    },
  };
}

/** `take` and `unused` over the completions that are kept. The newest completion of a call wins. */
function indexCompletions(past: RunPast, kept: ReadonlySet<string>): Pick<RunHistory, "take" | "unused"> {
  const byCall = new Map<string, KeptCompletion>();
  const byEqual = new Map<string, Set<string>>();
  const byKey = new Map<string, Set<string>>();
  for (const [id, result] of past.completions) {
    const record = past.taskRuns.get(id);
    if (record === undefined || !kept.has(id)) continue;
    byCall.set(record.call, { task_run_id: id, record, result });
    addTo(byKey, `${record.flow_run_id} ${record.task_key}`, record.call);
    if (record.map !== undefined) addTo(byEqual, equalCalls(record.call), record.call);
  }
  const use = (call: string): KeptCompletion | undefined => {
    const found = byCall.get(call);
    if (found === undefined) return undefined;
    byCall.delete(call);
    byKey.get(`${found.record.flow_run_id} ${found.record.task_key}`)?.delete(call);
    byEqual.get(equalCalls(call))?.delete(call);
    return found;
  };
  return {
    // Only calls within maps are in `byEqual`: there an equal item at another index is as good.
    take: (call) => use(call) ?? use(first(byEqual.get(equalCalls(call))) ?? ""),
    unused({ flow_run_id, task_key }) {
      const calls = byKey.get(`${flow_run_id ?? past.root?.id ?? ""} ${task_key}`) ?? [];
      return [...calls].flatMap((call) => byCall.get(call) ?? []);
    },
  };
}

/** Subflow runs by the call that started them; the newest wins. */
function indexChildren(past: RunPast): Map<string, string> {
  const children = new Map<string, string>();
  for (const record of past.taskRuns.values()) {
    if (record.child_flow_run_id !== undefined) children.set(record.call, record.child_flow_run_id);
  }
  return children;
}

function addTo(index: Map<string, Set<string>>, key: string, value: string): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([value]));
  else known.add(value);
}

function first(values: ReadonlySet<string> | undefined): string | undefined {
  return values?.values().next().value;
}
