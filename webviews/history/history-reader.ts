/** Reads how many runs there were when, in stretches that begin at round times. */
import type { FlowRunFilter } from "../../runtime/protocol/api.ts";
import type { RunHistory } from "../../runtime/protocol/editor-api.ts";
import type { Host } from "../kit/host.ts";
import { alignBuckets, planBuckets } from "./buckets.ts";
import { type TimeRange, timeRanges } from "./filters.ts";

/** The chart covers at least this much: a handful of runs is no row of broad bars. */
const shortestMs = 10 * 60_000;

export type HistoryReader = (filter: FlowRunFilter, range: TimeRange, wanted: number) => Promise<RunHistory>;

export function createHistoryReader({
  host,
  now,
}: {
  readonly host: Pick<Host, "api">;
  readonly now: () => number;
}): HistoryReader {
  /** When the runs of the filter began that was asked for last. */
  let began = { key: "", at: 0 };
  return async (filter, range, wanted) => {
    const length = timeRanges.find(({ key }) => key === range)?.milliseconds ?? null;
    const at = now();
    const offset = -new Date(at).getTimezoneOffset() * 60_000;
    const over = async (from: number): Promise<RunHistory> => {
      const plan = planBuckets({ from: Math.min(from, at - shortestMs), to: at }, wanted, offset);
      const start = new Date(plan.start).toISOString();
      const end = new Date(plan.end).toISOString();
      const body = { filter, start, end, buckets: plan.buckets };
      return alignBuckets(await host.api("POST /api/flow_runs/history", { body }), plan);
    };
    if (length !== null) return over(at - length);
    // When the runs began only they can tell; then once more with round times. It stays so while the filter does.
    const key = JSON.stringify(filter);
    if (began.key !== key) {
      const rough = await host.api("POST /api/flow_runs/history", { body: { filter, buckets: 1 } });
      const start = Date.parse(rough.buckets[0]?.start ?? "");
      if (rough.total === 0 || Number.isNaN(start)) return rough;
      began = { key, at: start };
    }
    return over(began.at);
  };
}
