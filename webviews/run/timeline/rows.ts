/** The rows of the timeline: those of the graph's boxes, in the order of time, what is inside indented. Pure. */
import type { RunBox, RunGraph } from "../graph/model.ts";

export interface TimelineRow {
  readonly box: RunBox;
  readonly depth: number;
}

export function timelineRows({ boxes }: Pick<RunGraph, "boxes">): readonly TimelineRow[] {
  const inside = Map.groupBy(boxes.values(), (box) => box.parent);
  const rows: TimelineRow[] = [];
  const add = (parent: string | null, depth: number): void => {
    for (const box of inside.get(parent) ?? []) {
      rows.push({ box, depth });
      if (box.group) add(box.id, depth + 1);
    }
  };
  add(null, 0);
  return rows;
}
