import type { VNode } from "preact";
import { memo } from "preact/compat";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { formatCount, formatDuration, formatRelative } from "../kit/format.ts";
import { Icon } from "../kit/icon.tsx";
import { StateIcon } from "../kit/state.tsx";
import { stateLook } from "../kit/state-look.ts";
import { Duration, RelativeTime } from "../kit/times.tsx";
import {
  actionLooks,
  endOf,
  parametersText,
  type RowAction,
  rowActions,
  rowLabel,
  startOf,
  taskCounts,
  taskCountsText,
  triggerText,
} from "./run-row.ts";

export interface RunTableRowProps {
  readonly run: FlowRun;
  readonly row: number;
  readonly narrow: boolean;
  readonly active: boolean;
  readonly trusted: boolean;
  readonly onActivate: (id: string) => void;
  readonly onAction: (action: RowAction, run: FlowRun) => void;
}

/** Rows of a table of HTML cannot be moved by a transform; the list has the focus and names its active row. */
const rowRole = { role: "row" } as const;
const cell = { role: "gridcell" } as const;

export const RunTableRow = memo(DrawnRow);

function DrawnRow(props: RunTableRowProps): VNode {
  const { run, row, narrow, active, onActivate, onAction } = props;
  const start = startOf(run);
  const end = endOf(run);
  const begun = run.start_time !== null;
  const label = rowLabel(
    run,
    formatRelative(start, Date.now()),
    begun && end !== null ? formatDuration(Math.max(0, end - start)) : "",
  );
  const place = {
    ...rowRole,
    id: `run-row-${run.id}`,
    "aria-rowindex": row + 1,
    "aria-selected": active ? "true" : "false",
    "aria-label": label,
    onMouseDown: () => onActivate(run.id),
    onClick: () => onAction("open", run),
    onAuxClick: (event: MouseEvent) => {
      if (event.button === 1) onAction("open", run);
    },
  } as const;
  const state = (
    <span class="run-state" {...cell}>
      <StateIcon type={run.state_type} name={run.state_name} />
    </span>
  );
  const started = (
    <span class="run-started muted" {...cell}>
      <RelativeTime time={start} />
    </span>
  );
  const duration = (
    <span class="run-duration muted" {...cell}>
      {begun ? <Duration from={start} to={end} /> : null}
    </span>
  );
  const parameters = (
    <span class="run-parameters muted mono ellipsis" {...cell} title={parametersText(run.parameters)}>
      {parametersText(run.parameters)}
    </span>
  );
  if (narrow) {
    return (
      <div {...place} class={active ? "run-row run-narrow active" : "run-row run-narrow"}>
        {state}
        <span class="run-line">
          <span class="run-flow ellipsis" {...cell}>
            {run.flow_name} <span class="muted">{run.name}</span>
          </span>
          {started}
        </span>
        <span class="run-line">
          {duration}
          <TaskCounts run={run} />
          {parameters}
        </span>
        <Actions {...props} />
      </div>
    );
  }
  return (
    <div {...place} class={active ? "run-row active" : "run-row"}>
      {state}
      <span class="run-flow ellipsis" {...cell}>
        {run.flow_name}
      </span>
      <span class="run-name muted ellipsis" {...cell}>
        {run.name}
      </span>
      {started}
      {duration}
      <TaskCounts run={run} />
      {parameters}
      <span class="run-trigger muted ellipsis" {...cell}>
        {triggerText(run)}
      </span>
      <Actions {...props} />
    </div>
  );
}

function TaskCounts({ run }: { readonly run: FlowRun }): VNode {
  return (
    <span class="run-tasks numeric" {...cell} title={taskCountsText(run)}>
      {taskCounts(run).map(({ type, count }) => {
        const { icon, tone } = stateLook(type);
        return (
          <span key={type} class="run-count">
            <Icon name={icon} class={tone} />
            {formatCount(count)}
          </span>
        );
      })}
    </span>
  );
}

/** Seen on the row that is pointed at or active; of the active one they are in the Tab order. */
function Actions({ run, trusted, active, onAction }: RunTableRowProps): VNode | null {
  const actions = rowActions(run.state_type, trusted);
  if (actions.length === 0) return null;
  return (
    <span class="run-actions" {...cell}>
      {actions.map((action) => (
        <button
          key={action}
          type="button"
          tabIndex={active ? 0 : -1}
          title={actionLooks[action].title}
          aria-label={`${actionLooks[action].title} ${run.name}`}
          onClick={(event) => {
            event.stopPropagation();
            onAction(action, run);
          }}
        >
          <Icon name={actionLooks[action].icon} />
        </button>
      ))}
    </span>
  );
}
