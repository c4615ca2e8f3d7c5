import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import type { GridCell, RunGrid } from "../../runtime/protocol/editor-api.ts";
import { formatRelative } from "../kit/format.ts";
import { Icon } from "../kit/icon.tsx";
import { stateLook } from "../kit/state-look.ts";
import { cellTitle, type GridPlace, gridModel, moveInGrid } from "./grid-model.ts";
import { startOf } from "./run-row.ts";

export interface TaskGridProps {
  readonly grid: RunGrid;
  readonly onOpen: (runId: string, taskRunId?: string) => void;
}

/** Tasks of one flow in its last runs: newest on the left. One cell is in the Tab order; arrows move, Enter opens. */
export function TaskGrid({ grid, onOpen }: TaskGridProps): VNode {
  const table = useRef<HTMLTableElement>(null);
  const model = gridModel(grid);
  const at = useSignal<GridPlace>({ row: 0, column: 0 });
  const place = {
    row: Math.min(at.value.row, model.rows - 1),
    column: Math.min(at.value.column, model.columns - 1),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = moveInGrid(event.key, place, model, event.ctrlKey || event.metaKey);
    if (to === undefined) return;
    event.preventDefault();
    at.value = to;
    table.current?.querySelector<HTMLElement>(`[data-cell="${to.row}-${to.column}"]`)?.focus();
  };
  return (
    <div class="task-grid">
      <table ref={table} aria-label="Tasks of the last runs, newest first" onKeyDown={onKeyDown}>
        <thead>
          <tr>
            <td class="task-grid-corner" />
            {grid.runs.map((run) => {
              const { icon, tone, word } = stateLook(run.state_type, run.state_name);
              const title = `${run.name}: ${word}, ${formatRelative(startOf(run), Date.now())}`;
              return (
                <th key={run.id} scope="col">
                  <button type="button" tabIndex={-1} title={title} aria-label={title} onClick={() => onOpen(run.id)}>
                    <Icon name={icon} class={tone} />
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {grid.tasks.map((task, row) => (
            <tr key={task.task_key}>
              <th scope="row" title={task.name}>
                <span class="ellipsis">{task.name}</span>
              </th>
              {grid.runs.map((run, column) => (
                <td key={run.id}>
                  <Cell
                    cell={model.cell({ row, column })}
                    task={task.name}
                    place={`${row}-${column}`}
                    reachable={place.row === row && place.column === column}
                    onFocus={() => {
                      at.value = { row, column };
                    }}
                    onOpen={() => {
                      const cell = model.cell({ row, column });
                      onOpen(run.id, cell?.task_run_id);
                    }}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  readonly cell: GridCell | undefined;
  readonly task: string;
  readonly place: string;
  readonly reachable: boolean;
  readonly onFocus: () => void;
  readonly onOpen: () => void;
}

function Cell({ cell, task, place, reachable, onFocus, onOpen }: CellProps): VNode {
  const title = cellTitle(task, cell);
  const look = cell === undefined ? undefined : stateLook(cell.state_type, cell.state_name);
  return (
    <button
      type="button"
      data-cell={place}
      class={look === undefined ? "task-cell task-cell-none" : `task-cell ${look.tone}`}
      tabIndex={reachable ? 0 : -1}
      title={title}
      aria-label={title}
      onFocus={onFocus}
      onClick={onOpen}
    >
      {look === undefined ? null : <Icon name={look.icon} />}
    </button>
  );
}
