/** The time axis: which stretch is seen, how wide a second is, where ticks stand. Pure; milliseconds and pixels. */
import { formatDuration } from "../../kit/format.ts";

export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** Least stretch that can be seen: a millisecond is then some 50 pixels wide. */
const least = 20;

/** The whole, with a little room after it while it grows. */
export function wholeWindow(start: number, end: number, grows: boolean): TimeWindow {
  const length = Math.max(least, end - start);
  return { from: start, to: start + length * (grows ? 1.06 : 1.02) };
}

/** Makes what is seen `factor` times shorter; the moment at `share` (0 to 1) of it stays where it is. */
export function zoomWindow(window: TimeWindow, factor: number, share: number, whole: TimeWindow): TimeWindow {
  const length = Math.max(least, Math.min((window.to - window.from) / factor, whole.to - whole.from));
  const at = window.from + (window.to - window.from) * share;
  return within({ from: at - length * share, to: at + length * (1 - share) }, whole);
}

export function moveWindow(window: TimeWindow, by: number, whole: TimeWindow): TimeWindow {
  return within({ from: window.from + by, to: window.to + by }, whole);
}

function within(window: TimeWindow, whole: TimeWindow): TimeWindow {
  const length = Math.min(window.to - window.from, whole.to - whole.from);
  const from = Math.max(whole.from, Math.min(window.from, whole.to - length));
  return { from, to: from + length };
}

/** Left and width in percent of what is seen; null when nothing of it is. Bars keep a width that can be hit. */
export function placeBar(
  from: number,
  to: number,
  window: TimeWindow,
  width: number,
): { readonly left: number; readonly width: number } | null {
  if (to < window.from || from > window.to) return null;
  const length = window.to - window.from;
  const pixel = width <= 0 ? 0 : 100 / width;
  const left = Math.max(0, ((from - window.from) / length) * 100);
  const right = Math.min(100, ((to - window.from) / length) * 100);
  const shown = Math.max(right - left, 2 * pixel);
  return { left: Math.min(left, 100 - shown), width: shown };
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

/** Ticks at round times since `start`, at least `apart` pixels from each other. */
export function ticks(window: TimeWindow, start: number, width: number, apart = 80): readonly Tick[] {
  if (width <= 0) return [];
  const perPixel = (window.to - window.from) / width;
  const step =
    steps.find((size) => size / perPixel >= apart) ?? Math.ceil((apart * perPixel) / 86_400_000) * 86_400_000;
  const found: Tick[] = [];
  for (let at = Math.ceil((window.from - start) / step) * step; start + at <= window.to; at += step) {
    found.push({ at: start + at, label: at === 0 ? "0" : sinceStart(at) });
  }
  return found;
}

function sinceStart(milliseconds: number): string {
  return formatDuration(milliseconds).replace(/\.0s$/, "s");
}
