import "./timeline.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Host } from "../../kit/host.ts";
import { EmptyState, Skeleton } from "../../kit/notices.tsx";
import { Button } from "../../kit/toolkit.ts";
import { VirtualRows } from "../../kit/virtual-rows.tsx";
import { Scroller } from "../../kit/virtual-scroller.ts";
import type { RunStore } from "../store.ts";
import { createTimelineControl, type TimelineOptions } from "./control.ts";
import { TimelineRowView } from "./row.tsx";
import { ticks } from "./scale.ts";

export interface TimelineProps extends Omit<TimelineOptions, "store" | "host"> {
  readonly store: RunStore;
  readonly host: Host;
}

export const rowHeight = 24;

/** One row per task, a bar per attempt; the wheel with Control zooms, a drag of the axis moves. */
export function TimelineTab({ store, host, selection, opened, openCode }: TimelineProps): VNode {
  const control = useMemo(
    () => createTimelineControl({ store, host, selection, opened, openCode }),
    [store, host, selection, opened, openCode],
  );
  useEffect(() => control.start(), [control]);
  const scroller = useMemo(() => new Scroller(rowHeight), []);
  const list = useRef<HTMLDivElement | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const rows = control.rows.value;
  scroller.setCount(rows.length);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      width.value = Math.max(0, element.clientWidth - labelWidth(element.clientWidth) - 12);
    });
    observer.observe(element);
    const wheel = (event: WheelEvent) => {
      if (!(event.ctrlKey || event.metaKey) && Math.abs(event.deltaX) <= Math.abs(event.deltaY) && !event.shiftKey)
        return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const share = (event.clientX - box.left - labelWidth(box.width)) / Math.max(1, width.peek());
      if (event.ctrlKey || event.metaKey) {
        control.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 150), Math.max(0, Math.min(1, share)));
      } else {
        control.move((event.deltaX || event.deltaY) / Math.max(1, width.peek()));
      }
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", wheel);
    };
  }, [control, width, rows.length === 0]);

  const chosen = control.chosenRow;
  useEffect(() => {
    if (chosen.value >= 0) scroller.scrollToRow(chosen.value);
  }, [chosen.value, scroller]);

  if (rows.length === 0) {
    if (!store.tasksRead.value) return <Skeleton label="Reading the tasks" />;
    return (
      <EmptyState centred>{store.live.value ? "No task has begun yet." : "This run has called no task."}</EmptyState>
    );
  }
  const focusRow = (row: number) => {
    scroller.scrollToRow(row);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-row="${row}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target instanceof HTMLElement ? Number(event.target.dataset["row"] ?? "-1") : -1;
    if (at < 0) return;
    const row = rows[at];
    const to: number | undefined = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + scroller.rowsPerPage(),
      PageUp: at - scroller.rowsPerPage(),
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to !== undefined) focusRow(Math.max(0, Math.min(rows.length - 1, to)));
    else if (row !== undefined && event.key === "ArrowRight" && row.box.expandable && !row.box.group)
      control.toggle(row);
    else if (row !== undefined && event.key === "ArrowLeft" && row.box.group) control.toggle(row);
    else if (row !== undefined && event.key === "Enter") control.open(row);
    else if (row !== undefined && event.key === " ") control.select(row);
    else if (event.key === "+" || event.key === "=") control.zoom(1.5, 0.5);
    else if (event.key === "-") control.zoom(1 / 1.5, 0.5);
    else if (event.key === "0") control.showAll();
    else return;
    event.preventDefault();
  };
  const current = control.current.value >= rows.length ? 0 : control.current.value;
  return (
    <div class="timeline" ref={frame}>
      <Axis control={control} width={width.value} />
      <VirtualRows
        scroller={scroller}
        elementRef={list}
        attributes={{
          class: "timeline-rows",
          role: "treegrid",
          "aria-label": "Timeline",
          "aria-rowcount": rows.length,
          onKeyDown,
          onFocusCapture: (event) => {
            const at = event.target instanceof HTMLElement ? Number(event.target.dataset["row"] ?? "-1") : -1;
            if (at >= 0) control.current.value = at;
          },
        }}
        draw={(row) => (
          <TimelineRowView
            key={row}
            index={row}
            row={rows[row]}
            control={control}
            width={width.value}
            current={row === current}
          />
        )}
      />
      <Now control={control} />
    </div>
  );
}

/** As in the style sheet. */
export function labelWidth(whole: number): number {
  return whole < 520 ? 144 : 220;
}

function Axis(props: { control: ReturnType<typeof createTimelineControl>; width: number }): VNode {
  const { control, width } = props;
  const window = control.window.value;
  const drag = useRef<{ x: number } | null>(null);
  return (
    <div class="timeline-axis">
      <div class="timeline-corner toolbar" role="toolbar" aria-label="Zoom">
        <Button kind="icon" icon="zoom-out" title="Zoom Out (-)" onClick={() => control.zoom(1 / 1.5, 0.5)} />
        <Button kind="icon" icon="zoom-in" title="Zoom In (+)" onClick={() => control.zoom(1.5, 0.5)} />
        <Button kind="icon" icon="screen-full" title="Show All (0)" onClick={() => control.showAll()} />
      </div>
      <div
        class="timeline-scale"
        aria-hidden="true"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX };
        }}
        onPointerMove={(event) => {
          if (drag.current === null || width === 0) return;
          control.move((drag.current.x - event.clientX) / width);
          drag.current = { x: event.clientX };
        }}
        onPointerUp={() => {
          drag.current = null;
        }}
      >
        {ticks(window, control.start0.value, width).map(({ at, label }) => (
          <span
            key={at}
            class="timeline-tick numeric"
            style={{ left: `${(100 * (at - window.from)) / (window.to - window.from)}%` }}
          >
            {label}
          </span>
        ))}
      </div>
    </div>
  );
}

/** A line that moves while the run goes on. */
function Now({ control }: { readonly control: ReturnType<typeof createTimelineControl> }): VNode | null {
  const share = control.nowShare.value;
  if (share === null) return null;
  return (
    <div class="timeline-over" aria-hidden="true">
      <div class="timeline-now" style={{ left: `${share * 100}%` }} />
    </div>
  );
}
