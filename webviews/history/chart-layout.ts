/** Where each part of the chart stands. Pure: pixels from the upper left. */
import type { HistoryBucket } from "../../runtime/protocol/editor-api.ts";
import type { StateType } from "../../runtime/protocol/states.ts";
import { axisLabel } from "./buckets.ts";

/** From the bottom of a bar to its top: what went well carries what did not. */
export const stackOrder: readonly StateType[] = [
  "COMPLETED",
  "CANCELLED",
  "SCHEDULED",
  "PAUSED",
  "PENDING",
  "RUNNING",
  "CANCELLING",
  "CRASHED",
  "FAILED",
];

export const chartSizes = { left: 52, right: 8, top: 8, bars: 88, gap: 24, durations: 40, axis: 20 } as const;
export const chartHeight = chartSizes.top + chartSizes.bars + chartSizes.gap + chartSizes.durations + chartSizes.axis;

export interface ChartBar {
  readonly index: number;
  readonly x: number;
  readonly width: number;
  readonly total: number;
  readonly parts: readonly { readonly type: StateType; readonly y: number; readonly height: number }[];
}

export interface ChartLayout {
  readonly bars: readonly ChartBar[];
  /** Width of one bucket with the space around its bar. */
  readonly step: number;
  readonly mostRuns: number;
  readonly longestMedian: number;
  /** Medians as points; a line joins those of neighbouring buckets only. */
  readonly lines: readonly (readonly { readonly index: number; readonly x: number; readonly y: number }[])[];
  readonly labels: readonly { readonly x: number; readonly text: string }[];
}

const labelWidth = 80;
const widestBar = 40;

export function layOutChart(buckets: readonly HistoryBucket[], width: number, locale?: string): ChartLayout {
  const { left, right, top, bars: barsHeight, gap, durations } = chartSizes;
  const step = Math.max(1, (width - left - right) / Math.max(1, buckets.length));
  const space = step >= 6 ? 2 : step >= 3 ? 1 : 0;
  const totals = buckets.map((bucket) => stackOrder.reduce((sum, type) => sum + (bucket.counts[type] ?? 0), 0));
  const mostRuns = niceCeiling(Math.max(1, ...totals));
  const longestMedian = Math.max(0, ...buckets.map((bucket) => bucket.median_duration ?? 0));
  const bars = buckets.map((bucket, index): ChartBar => {
    const total = totals[index] ?? 0;
    const heights = partHeights(
      stackOrder.map((type) => bucket.counts[type] ?? 0),
      (total / mostRuns) * barsHeight,
    );
    let y = top + barsHeight;
    const parts = stackOrder.flatMap((type, at) => {
      const height = heights[at] ?? 0;
      if (height === 0) return [];
      y -= height;
      return [{ type, y, height }];
    });
    const barWidth = Math.min(widestBar, Math.max(1, step - space));
    return { index, x: left + (index + 0.5) * step - barWidth / 2, width: barWidth, total, parts };
  });
  const lines: { index: number; x: number; y: number }[][] = [];
  for (const [index, { median_duration: median }] of buckets.entries()) {
    if (median === null) continue;
    const share = longestMedian === 0 ? 0 : median / longestMedian;
    const point = { index, x: left + (index + 0.5) * step, y: top + barsHeight + gap + durations * (1 - share) };
    const current = lines.at(-1);
    if (current?.at(-1)?.index === index - 1) current.push(point);
    else lines.push([point]);
  }
  return { bars, step, mostRuns, longestMedian, lines, labels: axisLabels(buckets, width, step, locale) };
}

/** A single failure among a thousand is still seen: each state that occurs has 2 pixels before the rest is shared out. */
function partHeights(counts: readonly number[], height: number): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const least = 2;
  const sure = least * counts.filter((count) => count > 0).length;
  const shared = Math.max(height, sure) - sure;
  return counts.map((count) => (count === 0 ? 0 : least + (count / total) * shared));
}

/** The axis ends at a number that can be read, not far above the highest bar. */
export function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * power >= value) ?? 10;
  return factor * power;
}

function axisLabels(buckets: readonly HistoryBucket[], width: number, step: number, locale?: string) {
  const first = buckets[0];
  if (first === undefined) return [];
  const every = Math.max(1, Math.ceil(labelWidth / step));
  const length = Date.parse(first.end) - Date.parse(first.start);
  const labels: { x: number; text: string }[] = [];
  for (let index = 0; index < buckets.length; index += every) {
    const bucket = buckets[index];
    const x = chartSizes.left + index * step;
    if (bucket === undefined || x + labelWidth > width) continue;
    const text = axisLabel(Date.parse(bucket.start), length * every, locale);
    if (labels.at(-1)?.text !== text) labels.push({ x, text });
  }
  return labels;
}

/** The bucket at this distance from the left; undefined beside the bars. */
export function bucketAt(x: number, layout: ChartLayout): number | undefined {
  const index = Math.floor((x - chartSizes.left) / layout.step);
  return index >= 0 && index < layout.bars.length ? index : undefined;
}
