/** Which of a schedule's times become runs now. Pure: what time it is, and since when somebody looks, is told. */
import type { DeploymentSchedule } from "../../protocol/deployments.ts";
import { latestTimes, scheduleTimes, type TimedSchedule } from "../../protocol/schedules.ts";

export interface DueQuestion {
  /** Times up to this one are dealt with. */
  readonly handled: number;
  /** From this time on somebody was there to start runs: orchestrator up, machine awake. */
  readonly watchedSince: number;
  readonly now: number;
}

export interface DueAnswer {
  /** These become runs, oldest first. */
  readonly fire: readonly number[];
  /** Times up to this one are dealt with then. */
  readonly handled: number;
}

/** Milliseconds: a restart, or a machine that slept through the exact moment, has not missed it. As Prefect's "Late". */
export const onTimeWithin = 15_000;

/**
 * Times since `watchedSince` fire, however late a busy machine notices them. Those before were missed: the schedule's
 * policy says what becomes of them. The newest of all counts as on time when it is only seconds old.
 */
export function dueTimes(
  schedule: TimedSchedule & Pick<DeploymentSchedule, "missed" | "missed_limit">,
  { handled, watchedSince, now }: DueQuestion,
): DueAnswer {
  if (now <= handled) return { fire: [], handled };
  const watchedFrom = Math.max(handled, Math.min(watchedSince, now));
  const onTime: number[] = [];
  for (const time of scheduleTimes(schedule, watchedFrom)) {
    if (time > now) break;
    onTime.push(time);
  }
  const most = schedule.missed === "all" ? Math.max(1, schedule.missed_limit) : 1;
  const missed = watchedFrom > handled ? latestTimes(schedule, handled, watchedFrom, most) : [];
  const newest = onTime.at(-1) ?? missed.at(-1);
  if (newest === undefined) return { fire: [], handled };
  return { fire: [...madeUp(schedule.missed, missed, onTime, now), ...onTime], handled: newest };
}

function madeUp(
  policy: DeploymentSchedule["missed"],
  missed: readonly number[],
  onTime: readonly number[],
  now: number,
): readonly number[] {
  if (policy === "all") return missed;
  const newest = missed.at(-1);
  if (newest === undefined || onTime.length > 0) return [];
  return policy === "latest" || now - newest <= onTimeWithin ? [newest] : [];
}
