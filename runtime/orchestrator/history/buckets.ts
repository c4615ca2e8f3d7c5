/** Runs over time: how many in which state, and how long they took. Pure. */
import type { HistoryBucket, RunHistory } from "../../protocol/editor-api.ts";
import { isTerminal, type StateType } from "../../protocol/states.ts";
import type { RunFacts } from "../index/store.ts";

export interface HistoryRange {
  /** Milliseconds since the epoch; the time that the runs span when left out. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly buckets: number;
}

type Counts = Partial<Record<StateType, number>>;

/** Runs that are counted, or sorted by duration, at one go. */
const atOneGo = 10_000;

/** Runs outside the range are not counted. The last bucket takes in its own end. */
export function historyOf(runs: readonly RunFacts[], range: HistoryRange): RunHistory {
  const steps = historySteps(runs, range);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same, with a pause every few milliseconds: a hundred thousand runs would keep an event loop for too long. */
export function* historySteps(runs: readonly RunFacts[], range: HistoryRange): Generator<void, RunHistory, void> {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { created } of runs) {
    if (created < first) first = created;
    if (created > last) last = created;
  }
  const start = range.start ?? (runs.length === 0 ? (range.end ?? 0) : first);
  const end = Math.max(start, range.end ?? (runs.length === 0 ? start : last));
  // Exact, so that buckets end where a page draws its lines.
  const width = (end - start) / range.buckets;
  const lastPlace = range.buckets - 1;
  const made = Array.from({ length: range.buckets }, () => ({ counts: counts(), durations: [] as number[] }));
  const all = counts();
  let total = 0;
  for (const [place, { created, state_type, duration }] of runs.entries()) {
    if (place % atOneGo === atOneGo - 1) yield;
    if (created < start || created > end) continue;
    const bucket = made[width === 0 ? 0 : Math.min(lastPlace, Math.floor((created - start) / width))];
    if (bucket === undefined) continue;
    total++;
    add(all, state_type);
    add(bucket.counts, state_type);
    if (isTerminal(state_type)) bucket.durations.push(duration);
  }
  const iso = (place: number): string => new Date(Math.min(start + Math.ceil(place * width), end)).toISOString();
  const buckets: HistoryBucket[] = [];
  let sorted = 0;
  for (const [place, bucket] of made.entries()) {
    const { length } = bucket.durations;
    if (sorted > 0 && sorted + length > atOneGo) {
      sorted = 0;
      yield;
    }
    sorted += length;
    buckets.push({
      start: iso(place),
      end: iso(place + 1),
      counts: bucket.counts,
      ...durations(bucket.durations),
    });
  }
  return { buckets: runs.length === 0 && range.start === undefined ? [] : buckets, total, counts: all };
}

function counts(): Counts {
  return {};
}

function add(to: Counts, type: StateType): void {
  to[type] = (to[type] ?? 0) + 1;
}

function durations(given: readonly number[]): Pick<HistoryBucket, "median_duration" | "longest_duration"> {
  const sorted = Float64Array.from(given).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return { median_duration: null, longest_duration: null };
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
  return { median_duration: median, longest_duration: sorted.at(-1) ?? null };
}
