/** When a schedule fires: the pure rules about cron and interval schedules, their ends, and their words. */
import { cronProblem, cronTimes, localClock, timezoneProblem } from "./cron.ts";
import { describeCron } from "./cron-words.ts";
import type { DeploymentSchedule, Schedule } from "./deployments.ts";
import { formatDuration } from "./durations.ts";
import type { FieldProblem } from "./errors.ts";

/** A schedule with its ends; times outside of them do not exist. */
export type TimedSchedule = Pick<DeploymentSchedule, "schedule" | "start_date" | "end_date">;

/** Seconds. Faster than this is a loop in a flow, not a schedule. */
export const shortestInterval = 1;

/** The times that come after `after` (milliseconds since the epoch), in order; it ends at the schedule's end. */
export function* scheduleTimes({ schedule, start_date, end_date }: TimedSchedule, after: number): Generator<number> {
  const start = start_date === null ? Number.NEGATIVE_INFINITY : Date.parse(start_date) - 1;
  const end = end_date === null ? Number.POSITIVE_INFINITY : Date.parse(end_date);
  const from = Math.max(after, start);
  for (const time of "cron" in schedule ? cronInstants(schedule, from) : intervalInstants(schedule, from)) {
    if (time > end) return;
    yield time;
  }
}

export function nextTime(schedule: TimedSchedule, after: number): number | undefined {
  const first = scheduleTimes(schedule, after).next();
  return first.done === true ? undefined : first.value;
}

/** The last time after `after` and up to `until`, and those before it as far as `most` goes; oldest first. */
export function latestTimes(schedule: TimedSchedule, after: number, until: number, most: number): number[] {
  // Only forwards: walking backwards over changes of the clock is where cron readers err. A month of minutes is not
  // walked to find the last one: it is looked for in ever longer spans before `until`.
  for (const span of spans) {
    const from = Math.max(after, until - span);
    const found = timesBetween(schedule, from, until);
    if (found.length >= most || from === after) return found.slice(-most);
  }
  return timesBetween(schedule, after, until).slice(-most);
}

const hour = 3_600_000;
const spans = [hour / 60, hour, 6 * hour, 24 * hour, 7 * 24 * hour, 31 * 24 * hour, 400 * 24 * hour];

function timesBetween(schedule: TimedSchedule, after: number, until: number): number[] {
  const found: number[] = [];
  for (const time of scheduleTimes(schedule, after)) {
    if (time > until) break;
    found.push(time);
  }
  return found;
}

function* cronInstants({ cron, timezone }: Extract<Schedule, { cron: string }>, after: number): Generator<number> {
  // What is far in the past or never was (a start date of the year 1) is no instant that a reader can begin at.
  const from = new Date(Math.max(after, 0));
  for (const time of cronTimes(cron, { after: from, timezone })) yield time.getTime();
}

function* intervalInstants(schedule: Extract<Schedule, { interval: number }>, after: number): Generator<number> {
  const step = schedule.interval * 1000;
  const anchor = Date.parse(schedule.anchor_date);
  const from = Math.max(after, 0);
  for (let count = Math.floor((from - anchor) / step) + 1; ; count++) yield anchor + count * step;
}

/**
 * An ISO text as an instant, in milliseconds since the epoch. A date alone is a day of the zone: its first instant, or
 * with `end` its last. Undefined when the text is neither a date nor a time.
 */
export function instantOf(text: string, timezone: string, end = false): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const time = Date.parse(text);
    return Number.isNaN(time) ? undefined : time;
  }
  const day = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(day)) return undefined;
  return end ? firstInstant(day + 24 * hour, timezone) - 1 : firstInstant(day, timezone);
}

/** When the clock on the wall first shows `shown` (as if it were UTC) or more. */
function firstInstant(shown: number, timezone: string): number {
  const clock = localClock(timezone);
  let [before, behind] = [shown - 26 * hour, shown + 26 * hour];
  while (behind - before > 1000) {
    const middle = Math.floor((before + behind) / 2000) * 1000;
    if (clock(middle) >= shown) behind = middle;
    else before = middle;
  }
  return behind;
}

/** What is wrong with a schedule; `path` is where it stands. */
export function scheduleProblems(schedule: Schedule, path: string): FieldProblem[] {
  const zone = timezoneProblem(schedule.timezone);
  const problems = zone === undefined ? [] : [{ path: `${path}.timezone`, message: zone }];
  if ("cron" in schedule) {
    const problem = cronProblem(schedule.cron);
    return problem === undefined ? problems : [{ path: `${path}.cron`, message: problem }, ...problems];
  }
  if (!(schedule.interval >= shortestInterval) || !Number.isFinite(schedule.interval)) {
    problems.push({ path: `${path}.interval`, message: `must be ${shortestInterval} second or more` });
  }
  if (Number.isNaN(Date.parse(schedule.anchor_date))) {
    problems.push({ path: `${path}.anchor_date`, message: `"${schedule.anchor_date}" is no ISO 8601 time` });
  }
  return problems;
}

/** "at 05:00 on day 1 of the month (Europe/Berlin)", "every 10m"; null when it is too involved for a sentence. */
export function describeSchedule(schedule: Schedule): string | null {
  if ("interval" in schedule) return `every ${formatDuration(schedule.interval * 1000).replace(/\.0s$/, "s")}`;
  const words = describeCron(schedule.cron);
  return words === undefined ? null : `${words} (${schedule.timezone})`;
}

/** What changes of the clock do to the times given, in sentences: a person who reads a list of times would wonder. */
export function clockNotes(schedule: Schedule, times: readonly number[]): string[] {
  if ("interval" in schedule || times.length === 0) return [];
  const clock = localClock(schedule.timezone);
  const notes: string[] = [];
  for (const [place, time] of times.entries()) {
    const next = times[place + 1];
    if (next === undefined) break;
    const moved = (clock(next) - next - (clock(time) - time)) / 60_000;
    if (moved === 0) continue;
    const day = new Date(clock(next)).toISOString().slice(0, 10);
    const way = moved > 0 ? "forward" : "back";
    notes.push(`By ${day} the clocks in ${schedule.timezone} have gone ${way} by ${Math.abs(moved)} minutes.`);
  }
  return notes;
}
