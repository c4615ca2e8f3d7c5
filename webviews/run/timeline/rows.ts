/** The rows of the timeline: those of the graph's boxes, in the order of time, what is inside indented. Pure. */
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import { buildRunGraph, type Opened, type RunBox } from "../graph/model.ts";

export interface TimelineRow {
  readonly box: RunBox;
  readonly depth: number;
  /** The task run that the row is; null for a map or a loop. */
  readonly task: TaskRun | null;
}

export interface TimelineRows {
  readonly rows: readonly TimelineRow[];
  /** The innermost row that shows a task run, by box. */
  readonly boxOf: ReadonlyMap<string, string>;
}

/** @param tasks those that count, oldest first. */
export function timelineRows(tasks: readonly TaskRun[], runId: string, opened: Opened): TimelineRows {
  const { boxes, boxOf } = buildRunGraph(tasks, runId, opened);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const inside = Map.groupBy(boxes.values(), (box) => box.parent);
  const rows: TimelineRow[] = [];
  const add = (parent: string | null, depth: number): void => {
    for (const box of inside.get(parent) ?? []) {
      rows.push({ box, depth, task: box.taskRunId === null ? null : (byId.get(box.taskRunId) ?? null) });
      if (box.group) add(box.id, depth + 1);
    }
  };
  add(null, 0);
  return { rows, boxOf };
}
