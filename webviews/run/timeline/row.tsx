import type { VNode } from "preact";
import { formatCount, formatPlural } from "../../kit/format.ts";
import { StateIcon } from "../../kit/state.tsx";
import { summarize } from "../graph/looks.ts";
import { type Bar, rowInWords } from "./bars.ts";
import type { TimelineControl } from "./control.ts";
import type { TimelineRow } from "./rows.ts";
import { placeBar, type TimeWindow } from "./scale.ts";

export interface TimelineRowViewProps {
  readonly row: TimelineRow | undefined;
  readonly index: number;
  readonly control: TimelineControl;
  /** Of the part that shows time, in pixels. */
  readonly width: number;
  readonly current: boolean;
}

export function TimelineRowView({ row, index, control, width, current }: TimelineRowViewProps): VNode {
  if (row === undefined) return <div class="timeline-row" />;
  const { box, depth } = row;
  const task = control.task(row);
  const selected = control.isSelected(row);
  const bars = control.bars(row);
  const state = task ?? summarize(control.members(row));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a row of a treegrid, whose keys the grid handles
    // biome-ignore lint/a11y/useKeyWithClickEvents: likewise
    <div
      class={selected ? "timeline-row selected" : "timeline-row"}
      {...rowAttributes(row, index, selected)}
      {...{ "aria-label": rowInWords(box.label, task, bars, control.start0.value) }}
      tabIndex={current ? 0 : -1}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest(".timeline-twistie") !== null) control.toggle(row);
        else control.select(row);
      }}
      onDblClick={() => control.open(row)}
    >
      <div class="timeline-label" {...cell} style={{ paddingLeft: `${4 + depth * 12}px` }}>
        <span
          class={`timeline-twistie codicon ${box.expandable ? `codicon-chevron-${box.group ? "down" : "right"}` : ""}`}
          aria-hidden="true"
        />
        <StateIcon type={state.state_type} name={state.state_name} />
        <span class="ellipsis" title={box.label}>
          {box.label}
        </span>
        {box.many && task === undefined ? (
          <span class="muted numeric" title={formatPlural(box.members.length, "task run")}>
            ×{formatCount(Math.max(box.members.length, box.size ?? 0))}
          </span>
        ) : null}
      </div>
      <div class="timeline-bars" {...cell}>
        {bars.map((bar, place) => (
          <BarView key={place} bar={bar} window={control.window.value} now={control.now} width={width} />
        ))}
      </div>
    </div>
  );
}

/** Rows may hold nothing else; their keys are the grid's. */
const cell = { role: "gridcell" } as const;

/** Rows that are moved by a transform cannot be those of a table element. */
function rowAttributes({ box, depth }: TimelineRow, index: number, selected: boolean) {
  const isOpen: "true" | "false" = box.group ? "true" : "false";
  const isSelected: "true" | "false" = selected ? "true" : "false";
  return {
    role: "row",
    "data-row": index,
    "aria-level": depth + 1,
    "aria-rowindex": index + 1,
    "aria-selected": isSelected,
    "aria-expanded": box.expandable ? isOpen : undefined,
  } as const;
}

interface BarProps {
  readonly bar: Bar;
  readonly window: TimeWindow;
  readonly now: { readonly value: number };
  readonly width: number;
}

function BarView({ bar, window, now, width }: BarProps): VNode | null {
  const placed = placeBar(bar.from, bar.to ?? now.value, window, width);
  if (placed === null) return null;
  return (
    <div
      class={`timeline-bar ${bar.kind} ${bar.tone}${bar.to === null ? " open" : ""}`}
      style={{ left: `${placed.left}%`, width: `${placed.width}%` }}
      title={bar.title}
    />
  );
}
