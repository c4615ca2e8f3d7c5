/** The runs × tasks grid: one row per task, one column per run, newest on the left. Pure. */

import { formatDuration } from "../../runtime/protocol/durations.ts";
import type { GridCell, RunGrid } from "../../runtime/protocol/editor-api.ts";
import { stateLook } from "../kit/state-look.ts";

export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

export interface GridModel {
  readonly columns: number;
  readonly rows: number;
  cell(place: GridPlace): GridCell | undefined;
}

export function gridModel(grid: RunGrid): GridModel {
  const cells = new Map(grid.cells.map((cell) => [`${cell.flow_run_id}\n${cell.task_key}`, cell]));
  return {
    columns: grid.runs.length,
    rows: grid.tasks.length,
    cell({ row, column }) {
      const run = grid.runs[column];
      const task = grid.tasks[row];
      return run === undefined || task === undefined ? undefined : cells.get(`${run.id}\n${task.task_key}`);
    },
  };
}

/** Where a key leads; undefined for keys that mean nothing here. */
export function moveInGrid(key: string, at: GridPlace, model: GridModel, withControl = false): GridPlace | undefined {
  const lastRow = Math.max(0, model.rows - 1);
  const lastColumn = Math.max(0, model.columns - 1);
  if (key === "ArrowUp") return { ...at, row: Math.max(0, at.row - 1) };
  if (key === "ArrowDown") return { ...at, row: Math.min(lastRow, at.row + 1) };
  if (key === "ArrowLeft") return { ...at, column: Math.max(0, at.column - 1) };
  if (key === "ArrowRight") return { ...at, column: Math.min(lastColumn, at.column + 1) };
  if (key === "Home") return { row: withControl ? 0 : at.row, column: 0 };
  if (key === "End") return { row: withControl ? lastRow : at.row, column: lastColumn };
  if (key === "PageUp") return { ...at, row: 0 };
  if (key === "PageDown") return { ...at, row: lastRow };
  return undefined;
}

/** "fetch: Failed, 3 of 500 failed, 12.0s". */
export function cellTitle(task: string, cell: GridCell | undefined): string {
  if (cell === undefined) return `${task}: did not run`;
  const word = stateLook(cell.state_type, cell.state_name).word;
  const counts =
    cell.count <= 1 ? [] : cell.failed > 0 ? [`${cell.failed} of ${cell.count} failed`] : [`${cell.count} calls`];
  return [`${task}: ${word}`, ...counts, formatDuration(cell.duration * 1000)].join(", ");
}
