/** A made-up run of very many task runs: a map, loops, chains and joins, with the edges that real ones have. */
import type { TaskRun } from "../../runtime/protocol/api.ts";
import type { LayoutEdge } from "../../webviews/layout/types.ts";

export const runId = "0190b0aa-0000-7000-8000-000000000000";
const id = (number: number): string => `0190b0aa-0000-7000-8000-${String(number + 1).padStart(12, "0")}`;
const stages = ["read", "parse", "check", "shape", "store"];

/** In tens: five that follow each other in a loop, five items of one map that take the last one's result. */
export function taskRuns(count: number): readonly TaskRun[] {
  return Array.from({ length: count }, (_, number): TaskRun => {
    const place = number % 10;
    const isItem = place >= 5;
    const key = isItem ? "fetch" : (stages[place] ?? "read");
    const timestamp = new Date(number * 3).toISOString();
    return {
      id: id(number),
      name: `${key}-${number}`,
      flow_run_id: runId,
      parent_task_run_id: null,
      child_flow_run_id: null,
      task_key: key,
      dynamic_key: String(number),
      map_id: isItem ? `map-${number % 4}` : null,
      map_index: isItem ? number : null,
      task_inputs: inputsOf(number).map(id),
      tags: [],
      state_type: "COMPLETED",
      state_name: "Completed",
      state: { type: "COMPLETED", name: "Completed", timestamp, message: null, state_details: {} },
      run_count: 1,
      start_time: timestamp,
      end_time: new Date(number * 3 + 2).toISOString(),
      total_run_time: 0.002,
      source: { file: "/bench.ts", line: 10 + place, column: 3 },
      error: null,
    };
  });
}

function inputsOf(number: number): readonly number[] {
  const place = number % 10;
  const first = number - place;
  if (place === 0) return number === 0 ? [] : [number - 1];
  return place < 5 ? [number - 1] : [first + 4];
}

/** The same edges by id, for a layout without groups. */
export function edgesOf(count: number): readonly LayoutEdge[] {
  return Array.from({ length: count }, (_, number) => number).flatMap((number) =>
    inputsOf(number).map((input): LayoutEdge => ({ from: id(input), to: id(number), kind: "data" })),
  );
}
