import { isTerminal } from "../states.ts";
import { type FlowRunRow, type FoldRows, isUnsuccessful, type RunRow, type TaskRunRow } from "./rows.ts";

/** Rows in plain maps; `touched` hears of each row that is new or has changed. */
export interface MemoryRows extends FoldRows {
  readonly flowRunRows: ReadonlyMap<string, FlowRunRow>;
  readonly taskRunRows: ReadonlyMap<string, TaskRunRow>;
}

export function createMemoryRows(rootRunId: string, touched: (row: RunRow) => void): MemoryRows {
  const flowRuns = new Map<string, FlowRunRow>();
  const taskRuns = new Map<string, TaskRunRow>();
  const failed = new Map<string, TaskRunRow>();
  const note = (row: RunRow): void => {
    if (row.kind === "task-run") noteUnsuccessful(failed, row);
    touched(row);
  };
  return {
    rootRunId,
    flowRunRows: flowRuns,
    taskRunRows: taskRuns,
    flowRun: (id) => flowRuns.get(id),
    taskRun: (id) => taskRuns.get(id),
    add(row) {
      if (row.kind === "flow-run") flowRuns.set(row.id, row);
      else taskRuns.set(row.id, row);
      note(row);
    },
    changed: note,
    *unfinished() {
      for (const row of flowRuns.values()) if (!isTerminal(row.state.type)) yield row;
      for (const row of taskRuns.values()) if (!isTerminal(row.state.type)) yield row;
    },
    unsuccessful: (call) => failed.get(call),
    supersedeAll() {
      for (const row of taskRuns.values()) if (!row.superseded) note(Object.assign(row, { superseded: true }));
    },
    flowRuns: () => flowRuns.values(),
  };
}

/** Keeps the map of unsuccessful task runs by call up to date. */
export function noteUnsuccessful(failed: Map<string, TaskRunRow>, row: TaskRunRow): void {
  if (row.call === undefined) return;
  if (isUnsuccessful(row)) failed.set(row.call, row);
  else if (failed.get(row.call) === row) failed.delete(row.call);
}
