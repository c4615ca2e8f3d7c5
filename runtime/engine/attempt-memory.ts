/**
 * What a flow with `retries` completed in its earlier attempts: a retry of the flow enters its body again and finds
 * every completion of this run, and behind them those of earlier segments that nobody has taken yet.
 */
import type { ObservedRecord, TaskRunRecord, ValueRecord } from "../protocol/records.ts";
import type { KeptCompletion, RunHistory } from "./host.ts";
import { equalCalls } from "./identity.ts";

export interface AttemptMemory {
  /** A completion of this run, or one that history gave back. */
  remember(record: TaskRunRecord, result: ValueRecord): void;
  rememberObserved(record: ObservedRecord): void;
  rememberSubflow(call: string, subflow: NonNullable<ReturnType<RunHistory["flowRun"]>>): void;
  /** A history over everything remembered so far, before `earlier`. */
  history(earlier: RunHistory | undefined, root: RunHistory["root"]): RunHistory;
}

export function makeAttemptMemory(): AttemptMemory {
  const completions = new Map<string, KeptCompletion>();
  const observed = new Map<string, ObservedRecord>();
  const subflows = new Map<string, NonNullable<ReturnType<RunHistory["flowRun"]>>>();
  return {
    remember(record, result) {
      if (result.kind !== "none") completions.set(record.call, { task_run_id: record.id, record, result });
    },
    rememberObserved: (record) => void observed.set(record.call, record),
    rememberSubflow: (call, subflow) => void subflows.set(call, subflow),
    history(earlier, root) {
      const open = new Map(completions);
      const mapped = new Map<string, string[]>();
      for (const [call, { record }] of open) {
        if (record.map === undefined) continue;
        const equal = mapped.get(equalCalls(call));
        if (equal === undefined) mapped.set(equalCalls(call), [call]);
        else equal.push(call);
      }
      const use = (call: string) => {
        const found = open.get(call);
        open.delete(call);
        return found;
      };
      return {
        take(call) {
          const exact = use(call) ?? earlier?.take(call);
          if (exact !== undefined) return exact;
          const moved = mapped.get(equalCalls(call))?.find((other) => open.has(other));
          return moved === undefined ? undefined : use(moved);
        },
        unused: (what) => earlier?.unused(what) ?? [],
        observed: (call) => observed.get(call) ?? earlier?.observed(call),
        flowRun: (call) => subflows.get(call) ?? earlier?.flowRun(call),
        root,
      };
    },
  };
}
