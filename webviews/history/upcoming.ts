/** Runs to come in the chart and above the list: times at which schedules fire. Pure. */
import type { UpcomingRun } from "../../runtime/protocol/deployments.ts";
import type { HistoryBucket, RunHistory } from "../../runtime/protocol/editor-api.ts";
import type { Choice } from "./filters.ts";

/** More than these nobody looks through, and a schedule of seconds has no end of them. */
export const mostUpcoming = 200;

/** Those that the filters of the list let through. */
export function wantedUpcoming(upcoming: readonly UpcomingRun[], { flow, text }: Choice): readonly UpcomingRun[] {
  const part = text.trim().toLowerCase();
  return upcoming.filter(
    ({ flow_name, deployment_name, parameters }) =>
      (flow?.name === undefined || flow.name === flow_name) &&
      (part === "" || `${flow_name} ${deployment_name} ${JSON.stringify(parameters)}`.toLowerCase().includes(part)),
  );
}

/** The chart's other half: as many stretches again at most, up to the last run that is known to come. */
export function withUpcoming(history: RunHistory, upcoming: readonly UpcomingRun[]): RunHistory {
  const last = history.buckets.at(-1);
  if (last === undefined || upcoming.length === 0) return history;
  const step = Date.parse(last.end) - Date.parse(last.start);
  const begin = Date.parse(last.end);
  const counts = new Map<number, number>();
  let now = 0;
  for (const { time } of upcoming) {
    const place = Math.floor((Date.parse(time) - begin) / step);
    if (place < 0) now++;
    else if (place < history.buckets.length) counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const shown = counts.size === 0 ? 0 : Math.max(...counts.keys()) + 1;
  const coming = Array.from({ length: shown }, (_, place): HistoryBucket => {
    const count = counts.get(place) ?? 0;
    return {
      start: new Date(begin + place * step).toISOString(),
      end: new Date(begin + (place + 1) * step).toISOString(),
      counts: count === 0 ? {} : { SCHEDULED: count },
      median_duration: null,
      longest_duration: null,
    };
  });
  const present: HistoryBucket =
    now === 0 ? last : { ...last, counts: { ...last.counts, SCHEDULED: (last.counts.SCHEDULED ?? 0) + now } };
  return { ...history, buckets: [...history.buckets.slice(0, -1), present, ...coming] };
}
