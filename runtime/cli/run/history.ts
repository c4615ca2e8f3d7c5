/** What a resumed run shows of its earlier executions. */
import type { ResumePlan } from "../../protocol/api.ts";
import type { FlowRunRecord, JournalRecord } from "../../protocol/records.ts";
import { withInsides } from "../runs/current-tasks.ts";
import type { OpenedRun } from "../runs/open-run.ts";

export interface ShownHistory {
  readonly root: FlowRunRecord;
  /** Records about what the plan keeps, in the order of the journal, and one that marks it as kept. */
  readonly kept: readonly JournalRecord[];
}

export function historyOf(run: OpenedRun, plan: ResumePlan | undefined): ShownHistory | undefined {
  const records = run.contents.records.map(({ record }) => record);
  const root = records.find((record) => record.kind === "flow-run" && record.id === run.id);
  if (root?.kind !== "flow-run") return undefined;
  const named = new Set(plan?.kept.map((task) => task.task_run_id));
  const ids = withInsides(run.view.taskRuns, named);
  const subflows = new Set(run.view.taskRuns.filter(({ id }) => ids.has(id)).map((task) => task.child_flow_run_id));
  const kept = records.filter((record) => {
    if (record.kind === "task-run" || record.kind === "task-run-state") return ids.has(record.id);
    if (record.kind === "flow-run" || record.kind === "flow-run-state") return subflows.has(record.id);
    return false;
  });
  return { root, kept: [...kept, { kind: "kept", task_run_ids: [...ids], at: root.at }] };
}
