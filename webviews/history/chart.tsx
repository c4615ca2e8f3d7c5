import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { HistoryBucket, RunHistory } from "../../runtime/protocol/editor-api.ts";
import { formatDuration, formatPlural } from "../kit/format.ts";
import { StateIcon } from "../kit/state.tsx";
import { stateLook, stateOrder } from "../kit/state-look.ts";
import { spanLabel } from "./buckets.ts";
import { bucketAt, type ChartLayout, chartHeight, chartSizes, layOutChart } from "./chart-layout.ts";
import type { Span } from "./filters.ts";

export interface ChartProps {
  readonly history: RunHistory;
  readonly span: Span | null;
  readonly onSpan: (span: Span | null) => void;
  /** The chart's width has changed: more or fewer buckets fit. */
  readonly onWidth: (width: number) => void;
}

/** Runs over time, stacked by state, and how long they took. Works as a slider for keys and screen readers. */
export function Chart({ history, span, onSpan, onWidth }: ChartProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const active = useSignal<number | null>(null);
  /** Where a drag, or a range chosen by keys, began. */
  const begun = useSignal<number | null>(null);
  useLayoutEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      const size = Math.round(entry?.contentRect.width ?? 0);
      if (size === 0 || size === width.peek()) return;
      width.value = size;
      onWidth(size);
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [onWidth, width]);
  const { buckets } = history;
  const layout = useMemo(() => layOutChart(buckets, Math.max(width.value, 160)), [buckets, width.value]);
  const at = active.value === null ? null : Math.min(active.value, buckets.length - 1);
  const marked = markedRange(begun.value, at, span, buckets);

  const choose = (from: number, to: number) => {
    const [first, last] = [buckets[Math.min(from, to)], buckets[Math.max(from, to)]];
    if (first === undefined || last === undefined) return;
    const next = { from: Date.parse(first.start), to: Date.parse(last.end) };
    onSpan(span !== null && span.from === next.from && span.to === next.to ? null : next);
  };
  const pointed = (event: PointerEvent): number | undefined =>
    bucketAt(event.clientX - (box.current?.getBoundingClientRect().left ?? 0), layout);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = buckets.length - 1;
    const from = at ?? last;
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: at === null ? last : from - 1,
      ArrowRight: at === null ? last : from + 1,
      PageUp: from - 10,
      PageDown: from + 10,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      begun.value = event.shiftKey ? (begun.peek() ?? from) : null;
      active.value = Math.max(0, Math.min(last, to));
    } else if ((event.key === "Enter" || event.key === " ") && at !== null) {
      choose(begun.peek() ?? at, at);
      begun.value = null;
    } else if (event.key === "Escape" && (span !== null || begun.peek() !== null)) {
      begun.value = null;
      onSpan(null);
    } else return;
    event.preventDefault();
  };
  const text = at === null ? summaryText(history) : bucketText(buckets[at]);
  return (
    <div
      ref={box}
      class="chart"
      role="slider"
      tabIndex={0}
      aria-label="Runs over time. Arrow keys move, Enter narrows the list to this time, Escape shows all."
      aria-valuemin={0}
      aria-valuemax={Math.max(0, buckets.length - 1)}
      aria-valuenow={at ?? Math.max(0, buckets.length - 1)}
      aria-valuetext={text}
      onKeyDown={onKeyDown}
      onBlur={() => {
        active.value = null;
        begun.value = null;
      }}
      onPointerMove={(event) => {
        active.value = pointed(event) ?? null;
      }}
      onPointerLeave={() => {
        if (begun.peek() === null) active.value = null;
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        begun.value = pointed(event) ?? null;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerUp={(event) => {
        const from = begun.peek();
        begun.value = null;
        if (from !== null) choose(from, pointed(event) ?? active.peek() ?? from);
      }}
    >
      <ChartDrawing layout={layout} width={width.value} marked={marked} active={at} />
      {at === null ? null : <Tooltip bucket={buckets[at]} layout={layout} index={at} width={width.value} />}
    </div>
  );
}

type Marked = readonly [number, number] | null;

function markedRange(
  begun: number | null,
  at: number | null,
  span: Span | null,
  buckets: readonly HistoryBucket[],
): Marked {
  if (begun !== null && at !== null) return [Math.min(begun, at), Math.max(begun, at)];
  if (span === null) return null;
  const inside = buckets.flatMap((bucket, index) =>
    Date.parse(bucket.end) > span.from && Date.parse(bucket.start) < span.to ? [index] : [],
  );
  const [first] = inside;
  const last = inside.at(-1);
  return first === undefined || last === undefined ? null : [first, last];
}

interface DrawingProps {
  readonly layout: ChartLayout;
  readonly width: number;
  readonly marked: Marked;
  readonly active: number | null;
}

function ChartDrawing({ layout, width, marked, active }: DrawingProps): VNode {
  const { left, right, top, bars, gap, durations } = chartSizes;
  const bottom = top + bars;
  const floor = bottom + gap + durations;
  const isOut = (index: number) => marked !== null && (index < marked[0] || index > marked[1]);
  const axis = (y: number, text: string) => (
    <text class="chart-axis" x={left - 8} y={y} text-anchor="end" dominant-baseline="middle">
      {text}
    </text>
  );
  return (
    <svg width={width} height={chartHeight} aria-hidden="true">
      <line class="chart-grid" x1={left} x2={width - right} y1={top + 0.5} y2={top + 0.5} />
      <line class="chart-grid" x1={left} x2={width - right} y1={bottom + 0.5} y2={bottom + 0.5} />
      <line class="chart-grid" x1={left} x2={width - right} y1={floor + 0.5} y2={floor + 0.5} />
      {axis(top + 1, shortCount(layout.mostRuns))}
      {axis(bottom, "0")}
      {layout.longestMedian > 0 ? axis(bottom + gap + 1, formatDuration(layout.longestMedian * 1000)) : null}
      {layout.longestMedian > 0 ? (
        <text class="chart-axis" x={left} y={bottom + gap - 6}>
          Median duration
        </text>
      ) : null}
      {active === null ? null : (
        <rect class="chart-active" x={left + active * layout.step} y={top} width={layout.step} height={floor - top} />
      )}
      {layout.bars.map((bar) => (
        <g key={bar.index} class={isOut(bar.index) ? "chart-out" : ""}>
          {bar.parts.map((part) => (
            <rect
              key={part.type}
              class={`chart-part ${stateLook(part.type).tone}`}
              x={bar.x}
              y={part.y}
              width={bar.width}
              height={part.height}
            />
          ))}
        </g>
      ))}
      {layout.lines.map((line) => (
        <polyline key={line[0]?.index} class="chart-line" points={line.map(({ x, y }) => `${x},${y}`).join(" ")} />
      ))}
      {layout.lines.flat().map(({ index, x, y }) => (
        <circle key={index} class="chart-point" cx={x} cy={y} r={index === active ? 3 : 1.5} />
      ))}
      {layout.labels.map(({ x, text }) => (
        <text key={x} class="chart-axis" x={x} y={floor + 14}>
          {text}
        </text>
      ))}
    </svg>
  );
}

interface TooltipProps {
  readonly bucket: HistoryBucket | undefined;
  readonly layout: ChartLayout;
  readonly index: number;
  readonly width: number;
}

const tooltipWidth = 200;

/** What a screen reader hears is the slider's value; this is for the eye. */
function Tooltip({ bucket, layout, index, width }: TooltipProps): VNode | null {
  if (bucket === undefined) return null;
  const middle = chartSizes.left + (index + 0.5) * layout.step;
  const beside = middle + 12 + tooltipWidth < width;
  const place = beside ? { left: `${middle + 12}px` } : { left: `${Math.max(0, middle - 12 - tooltipWidth)}px` };
  const states = stateOrder.filter((type) => (bucket.counts[type] ?? 0) > 0);
  return (
    <div class="chart-tooltip" style={{ ...place, width: `${tooltipWidth}px` }} aria-hidden="true">
      <div class="chart-tooltip-title">{bucketSpan(bucket)}</div>
      {states.length === 0 ? <div class="muted">No runs</div> : null}
      {states.map((type) => (
        <div key={type} class="chart-tooltip-row">
          <StateIcon type={type} />
          <span>{stateLook(type).word}</span>
          <span class="numeric">{bucket.counts[type]}</span>
        </div>
      ))}
      {bucket.median_duration === null ? null : (
        <div class="chart-tooltip-row muted">
          <span />
          <span>Median duration</span>
          <span class="numeric">{formatDuration(bucket.median_duration * 1000)}</span>
        </div>
      )}
      {bucket.longest_duration === null ? null : (
        <div class="chart-tooltip-row muted">
          <span />
          <span>Longest</span>
          <span class="numeric">{formatDuration(bucket.longest_duration * 1000)}</span>
        </div>
      )}
    </div>
  );
}

export function bucketSpan(bucket: HistoryBucket): string {
  return spanLabel({ from: Date.parse(bucket.start), to: Date.parse(bucket.end) });
}

function bucketText(bucket: HistoryBucket | undefined): string {
  if (bucket === undefined) return "";
  const states = stateOrder.flatMap((type) => {
    const count = bucket.counts[type] ?? 0;
    return count > 0 ? [`${count} ${stateLook(type).word.toLowerCase()}`] : [];
  });
  const median =
    bucket.median_duration === null ? [] : [`median duration ${formatDuration(bucket.median_duration * 1000)}`];
  return [bucketSpan(bucket), ...(states.length === 0 ? ["no runs"] : states), ...median].join(", ");
}

function summaryText({ total, buckets }: RunHistory): string {
  const [first] = buckets;
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return "No runs";
  return `${formatPlural(total, "run")}, ${spanLabel({ from: Date.parse(first.start), to: Date.parse(last.end) })}`;
}

function shortCount(count: number): string {
  return count >= 10_000 ? `${count / 1000}k` : String(count);
}
