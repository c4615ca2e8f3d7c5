/** Stretches of time for the chart that begin at round times, and how they are called. */
import type { RunHistory } from "../../runtime/protocol/editor-api.ts";
import type { Span } from "./filters.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  1000,
  5000,
  15_000,
  30_000,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  90 * day,
  365 * day,
];

export interface BucketPlan {
  readonly start: number;
  readonly end: number;
  readonly buckets: number;
  readonly step: number;
}

/**
 * At most `wanted` buckets over the span. `offset` is what local time is ahead of UTC, in milliseconds: days begin at
 * the local midnight of the end of the span (an hour off on the other side of a change of the clocks).
 */
export function planBuckets(span: Span, wanted: number, offset: number): BucketPlan {
  const length = Math.max(1, span.to - span.from);
  const last = 365 * day;
  const step =
    steps.find((size) => Math.ceil(length / size) + 1 <= Math.max(2, wanted)) ??
    last * Math.ceil(length / last / Math.max(1, wanted - 1));
  const start = Math.floor((span.from + offset) / step) * step - offset;
  const buckets = Math.max(1, Math.ceil((span.to - start) / step));
  return { start, end: start + buckets * step, buckets, step };
}

/** The round times that were asked for: an answer's may be off by its own rounding. */
export function alignBuckets(history: RunHistory, { start, step, buckets }: BucketPlan): RunHistory {
  if (history.buckets.length !== buckets) return history;
  const at = (index: number) => new Date(start + index * step).toISOString();
  return {
    ...history,
    buckets: history.buckets.map((bucket, index) => ({ ...bucket, start: at(index), end: at(index + 1) })),
  };
}

/** A short name of a moment on the axis, as exact as the step asks for. */
export function axisLabel(time: number, step: number, locale?: string): string {
  const date = new Date(time);
  if (step < minute) return date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  if (step < day) {
    const midnight = date.getHours() === 0 && date.getMinutes() === 0;
    return midnight
      ? date.toLocaleDateString(locale, { day: "numeric", month: "short" })
      : date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  }
  if (step < 90 * day) return date.toLocaleDateString(locale, { day: "numeric", month: "short" });
  return date.toLocaleDateString(locale, { month: "short", year: "numeric" });
}

/** "12 Nov, 14:00 - 14:30"; whole days without the time. */
export function spanLabel({ from, to }: Span, locale?: string): string {
  const isMidnight = (time: number) => new Date(time).getHours() === 0 && new Date(time).getMinutes() === 0;
  const date = (time: number) => new Date(time).toLocaleDateString(locale, { day: "numeric", month: "short" });
  if (isMidnight(from) && isMidnight(to)) {
    const lastDay = date(to - 1);
    return date(from) === lastDay ? lastDay : `${date(from)} – ${lastDay}`;
  }
  const exact = to - from < minute ? { second: "2-digit" as const } : {};
  const clock = (time: number) =>
    new Date(time).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", ...exact });
  return date(from) === date(to)
    ? `${date(from)}, ${clock(from)} – ${clock(to)}`
    : `${date(from)}, ${clock(from)} – ${date(to)}, ${clock(to)}`;
}
