/** What a resumed run finds of its earlier executions: completions by call identity, each given back once. */
import type { KeptWork, TaskFacts } from "../../journal/kept-work.ts";
import { reasonToRunAgain } from "../../journal/resume-plan.ts";
import type { SetAside } from "../../journal/set-aside.ts";
import type { ValueStore } from "../../journal/types.ts";
import type { KeptCompletion, RunHistory } from "../host.ts";

export interface HistoryOptions {
  readonly values: Pick<ValueStore, "verify">;
  /** "retry" gives back nothing but who the run is. */
  readonly mode: "resume" | "retry";
  readonly aside: SetAside;
  /** Told about each completion that cannot be given back because its result is gone. */
  readonly onMissing: (completion: KeptCompletion) => void;
}

export function makeHistory(work: KeptWork, options: HistoryOptions): RunHistory {
  const resuming = options.mode === "resume";
  const completions = new Map<string, KeptCompletion>();
  const subflows = new Map<string, TaskFacts>();
  /** Completions of mapped items by what they have in common: an item may have moved to another index. */
  const mapped = new Map<string, Set<string>>();
  const byTaskKey = new Map<string, Set<string>>();

  for (const [call, facts] of resuming ? work.byCall : []) {
    if (facts.record.child_flow_run_id !== undefined) subflows.set(call, facts);
    if (reasonToRunAgain(facts, options.aside) === undefined && facts.result !== undefined) {
      completions.set(call, { task_run_id: facts.record.id, record: facts.record, result: facts.result });
      addTo(byTaskKey, facts.record.task_key, call);
      if (facts.record.map !== undefined) addTo(mapped, withoutIndex(call), call);
    }
  }

  const forget = (call: string, completion: KeptCompletion): void => {
    completions.delete(call);
    byTaskKey.get(completion.record.task_key)?.delete(call);
    mapped.get(withoutIndex(call))?.delete(call);
  };
  const takeExactly = (call: string): KeptCompletion | undefined => {
    const completion = completions.get(call);
    if (completion === undefined) return undefined;
    forget(call, completion);
    if (options.values.verify(completion.result)) return completion;
    options.onMissing(completion);
    return undefined;
  };

  return {
    take(call) {
      if (completions.has(call)) return takeExactly(call);
      const [moved] = mapped.get(withoutIndex(call)) ?? [];
      return moved === undefined ? undefined : takeExactly(moved);
    },
    unused({ flow_run_id, task_key, call: asking }) {
      if (asking !== undefined && work.byCall.has(asking)) return [];
      return [...(byTaskKey.get(task_key) ?? [])].flatMap((call) => {
        const completion = completions.get(call);
        const fits = flow_run_id === undefined || completion?.record.flow_run_id === flow_run_id;
        return completion !== undefined && fits ? [completion] : [];
      });
    },
    observed: (call) => (resuming ? work.observed.get(call) : undefined),
    flowRun(call) {
      const id = subflows.get(call)?.record.child_flow_run_id;
      const facts = id === undefined ? undefined : work.flowRuns.get(id);
      if (facts === undefined) return undefined;
      const done = facts.state?.type === "COMPLETED" && !options.aside.flowRuns.has(facts.record.id);
      const completed =
        done && facts.result !== undefined && options.values.verify(facts.result) ? facts.result : undefined;
      return {
        id: facts.record.id,
        name: facts.record.name,
        completed,
        parameters: facts.record.parameters,
        run_count: facts.runCount,
      };
    },
    root: {
      id: work.root.record.id,
      name: work.root.record.name,
      parameters: work.root.record.parameters,
      ...(work.root.record.parameters_refused ? { parameters_refused: true } : {}),
      run_count: work.root.runCount,
    },
  };
}

/** The part of a call's identity before its number among equals (engine/identity.ts). */
function withoutIndex(call: string): string {
  const dot = call.lastIndexOf(".");
  return dot < 0 ? call : call.slice(0, dot);
}

function addTo(map: Map<string, Set<string>>, key: string, item: string): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([item]));
  else set.add(item);
}
