/** What the task calls in a file did in the last runs of its flows. Pure. */
import type { LastTaskCall } from "../../protocol/editor-api.ts";
import type { TaskGroup } from "../index/store.ts";
import { summaryOf } from "./grid.ts";

export interface LastRunOfFlow {
  readonly flow_run_id: string;
  /** Of the file, as the run loaded it. */
  readonly source_hash: string | null;
  readonly groups: readonly TaskGroup[];
}

/** @param runs newest first: a call that several flows come through shows the newest. */
export function lastCalls(runs: readonly LastRunOfFlow[], isFile: (file: string) => boolean): readonly LastTaskCall[] {
  const calls = new Map<string, LastTaskCall>();
  for (const { flow_run_id, source_hash, groups } of runs) {
    const here = groups.filter(({ source }) => source !== null && isFile(source.file));
    for (const [place, parts] of Map.groupBy(here, ({ source }) => `${source?.line}:${source?.column}`)) {
      const [first] = parts;
      if (first === undefined || first.source === null || calls.has(place)) continue;
      const { task_key, source } = first;
      const { line, column } = source;
      calls.set(place, { flow_run_id, task_key, name: task_key, line, column, source_hash, ...summaryOf(parts) });
    }
  }
  return [...calls.values()].sort((left, right) => left.line - right.line || left.column - right.column);
}
