/** The times at which schedules fire next, over all deployments. Found when asked for: none of them is kept. */
import type { UpcomingRun } from "../../protocol/deployments.ts";
import { scheduleTimes } from "../../protocol/schedules.ts";
import { insideAny } from "../index/paths.ts";
import { timeKey } from "./run-requests.ts";
import type { StoredDeployment } from "./stored.ts";
import { createTimeHeap } from "./time-heap.ts";

export interface UpcomingOptions {
  readonly after: number;
  readonly limit: number;
  readonly under?: readonly string[];
  /** The time that a schedule is known to fire at next: spares finding it again. */
  readonly nextOf: (scheduleId: string) => number | undefined;
}

export function upcomingRuns(
  deployments: Iterable<StoredDeployment>,
  { after, limit, under, nextOf }: UpcomingOptions,
): UpcomingRun[] {
  const isInside = under === undefined ? undefined : insideAny(under);
  const heap = createTimeHeap();
  const sources = new Map<string, { readonly deployment: StoredDeployment; times?: Generator<number> }>();
  for (const deployment of deployments) {
    if (deployment.paused || isInside?.(deployment.flow_file) === false) continue;
    for (const { id } of deployment.schedules) {
      const next = nextOf(id);
      if (next === undefined) continue;
      sources.set(id, { deployment });
      heap.put(id, next);
    }
  }
  const found: UpcomingRun[] = [];
  for (let first = heap.first(); first !== undefined && found.length < limit; first = heap.first()) {
    const { key, time } = first;
    const source = sources.get(key);
    const schedule = source?.deployment.schedules.find(({ id }) => id === key);
    if (source === undefined || schedule === undefined) break;
    const { id, name, flow_name, parameters } = source.deployment;
    if (time > after) {
      found.push({
        deployment_id: id,
        deployment_name: name,
        flow_name,
        schedule_id: key,
        time: timeKey(time),
        parameters: { ...parameters, ...schedule.parameters },
      });
    }
    source.times ??= scheduleTimes(schedule, time);
    const { value, done } = source.times.next();
    if (done === true) heap.remove(key);
    else heap.put(key, value);
  }
  return found;
}
