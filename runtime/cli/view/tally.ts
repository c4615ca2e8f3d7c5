/** What the end of a run says about its tasks; kept for every run, so it holds nothing per task that has ended well. */
import type { ErrorRecord } from "../../protocol/errors.ts";
import type { JournalRecord } from "../../protocol/records.ts";
import type { State, StateType } from "../../protocol/states.ts";

export interface FailedTask {
  readonly id: string;
  readonly name: string;
  readonly error: ErrorRecord | undefined;
  readonly attempts: number;
}

export interface Tally {
  apply(record: JournalRecord): void;
  /** Tasks by the state they are in now; tasks that stand for subflows are not counted. */
  readonly counts: ReadonlyMap<StateType, number>;
  readonly failed: readonly FailedTask[];
  kept(): number;
  cached(): number;
  /** Of the root run. */
  readonly run: RunFacts;
}

export interface RunFacts {
  id?: string;
  name?: string;
  flowName?: string;
  startedAt?: number;
  endedAt?: number;
  state?: State;
  error?: ErrorRecord;
}

const mostFailures = 50;

export function makeTally(): Tally {
  const counts = new Map<StateType, number>();
  /** Tasks that have not ended, or that failed. */
  const open = new Map<string, { readonly name: string; type: StateType; attempts: number }>();
  const failed = new Map<string, FailedTask>();
  const run: RunFacts = {};
  let kept = 0;
  let cached = 0;
  const move = (from: StateType | undefined, to: StateType) => {
    if (from !== undefined) counts.set(from, (counts.get(from) ?? 1) - 1);
    counts.set(to, (counts.get(to) ?? 0) + 1);
  };
  const apply = (record: JournalRecord): void => {
    switch (record.kind) {
      case "flow-run":
        if (record.parent_flow_run_id === undefined) {
          Object.assign(run, { id: record.id, name: record.name, flowName: record.flow.name });
        }
        return;
      case "flow-run-state":
        if (record.id !== run.id) return;
        if (record.state.type === "RUNNING") run.startedAt ??= record.state.timestamp;
        run.endedAt = record.state.timestamp;
        run.state = record.state;
        if (record.error === undefined) delete run.error;
        else run.error = record.error;
        return;
      case "task-run":
        if (record.child_flow_run_id !== undefined || open.has(record.id)) return;
        open.set(record.id, { name: record.name, type: record.state.type, attempts: 0 });
        move(undefined, record.state.type);
        return;
      case "task-run-state": {
        const task = open.get(record.id);
        if (task === undefined) return;
        move(task.type, record.state.type);
        task.type = record.state.type;
        task.attempts = record.run_count ?? task.attempts;
        failed.delete(record.id);
        if (record.state.name === "Cached") cached++;
        if (record.state.type === "COMPLETED") open.delete(record.id);
        if ((record.state.type === "FAILED" || record.state.type === "CRASHED") && failed.size < mostFailures) {
          const error =
            record.error ??
            (record.state.message === undefined
              ? undefined
              : { name: record.state.name, message: record.state.message });
          failed.set(record.id, { id: record.id, name: task.name, error, attempts: task.attempts });
        }
        return;
      }
      case "kept":
        kept += record.task_run_ids.length;
    }
  };
  return {
    apply,
    counts,
    get failed() {
      return [...failed.values()];
    },
    kept: () => kept,
    cached: () => cached,
    run,
  };
}
