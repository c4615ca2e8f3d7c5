/** Runs × tasks of one flow, from the groups of task runs of each run. Pure. */
import type { FlowRun } from "../../protocol/api.ts";
import type { GridCell, RunGrid } from "../../protocol/editor-api.ts";
import type { TaskGroup } from "../index/store.ts";
import { compareStates, isFailure } from "./worst-state.ts";

export interface GridRow {
  readonly run: FlowRun;
  /** In the order in which the tasks first ran. */
  readonly groups: readonly TaskGroup[];
}

/** @param rows newest run first */
export function gridOf(rows: readonly GridRow[]): RunGrid {
  const tasks: string[] = [];
  const cells: GridCell[] = [];
  for (const { run, groups } of rows) {
    const byTask = Map.groupBy(groups, ({ task_key }) => task_key);
    let before: string | undefined;
    for (const [task_key, parts] of byTask) {
      if (!tasks.includes(task_key)) {
        // A task that newer runs do not have stands behind the one that it followed.
        tasks.splice(before === undefined ? tasks.length : tasks.indexOf(before) + 1, 0, task_key);
      }
      before = task_key;
      cells.push(cellOf(run.id, task_key, parts));
    }
  }
  return { runs: rows.map(({ run }) => run), tasks: tasks.map((task_key) => ({ task_key, name: task_key })), cells };
}

function cellOf(flow_run_id: string, task_key: string, parts: readonly TaskGroup[]): GridCell {
  return { flow_run_id, task_key, ...summaryOf(parts) };
}

/** Many groups as one: the worst state, sums. @param parts not empty */
export function summaryOf(parts: readonly TaskGroup[]): Omit<GridCell, "flow_run_id" | "task_key"> {
  const [worst] = [...parts].sort(compareStates);
  if (worst === undefined) throw new Error("a summary of nothing");
  const sum = (value: (part: TaskGroup) => number): number => parts.reduce((all, part) => all + value(part), 0);
  return {
    state_type: worst.state_type,
    state_name: worst.state_name,
    count: sum(({ count }) => count),
    failed: sum(({ state_type, count }) => (isFailure(state_type) ? count : 0)),
    duration: sum(({ duration }) => duration),
    task_run_id: worst.task_run_id,
  };
}
