/**
 * Fires schedules. One timer, for the earliest time of all; however many schedules there are, those that are not due
 * cost nothing. What must hold:
 * - A time fires once. What has fired, or was left out by a policy, is behind the schedule's `handled` mark, and the
 *   mark moves with the same durable record that asks for the run.
 * - The wall clock decides, looked at afresh each time: when it was put forward, or the machine slept, the times in
 *   between were missed and the schedule's policy says what becomes of them; when it was put back, marks go back with
 *   it, and who asks for runs leaves out those that there are already.
 */
import { setImmediate as turn } from "node:timers/promises";
import { nextTime } from "../../protocol/schedules.ts";
import type { Clock } from "./clock.ts";
import { dueTimes } from "./due.ts";
import type { StoredDeployment } from "./stored.ts";
import { createTimeHeap } from "./time-heap.ts";

export interface Fired {
  readonly deployment: StoredDeployment;
  readonly schedule_id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface Mark {
  readonly schedule_id: string;
  readonly until: number;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  /** The newest version of each. */
  readonly deployments: () => Iterable<StoredDeployment>;
  readonly deployment: (id: string) => StoredDeployment | undefined;
  readonly handled: (scheduleId: string) => number | undefined;
  /** Asks for the runs and moves the marks, durably; all of one look at once. */
  readonly fire: (fired: readonly Fired[], marks: readonly Mark[]) => Promise<void>;
  /** Called after each look, at least every few seconds: for what else depends on the time. */
  readonly onLook: (now: number) => void;
  readonly report: (error: unknown) => void;
}

export interface Scheduler {
  /** The deployment was made, changed or removed. */
  refresh(deploymentId: string): void;
  /** When it is looked next, at the latest at `time`: for what is due besides schedules. */
  wakeBy(time: number): void;
  /** When a schedule fires next; undefined when none does. */
  next(): number | undefined;
  nextOf(deploymentId: string): number | undefined;
  nextOfSchedule(scheduleId: string): number | undefined;
  /** Fires what is due. One look at a time. */
  look(): Promise<void>;
  /** Finds the next time of every schedule, then looks. Resolves when that is done. */
  start(): Promise<void>;
  stop(): void;
}

/** Milliseconds. A wall clock that somebody sets is noticed within that time. */
const longestSleep = 10_000;
/** Differences between the clocks up to this are corrections; more is a sleep, or somebody who set the clock. */
const jump = 2000;
/** Nobody looked for so long although the monotonic clock went on: the process stood still. */
const stoodStill = 60_000;
/** Milliseconds of work in one go while next times are found. */
const slice = 8;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock, deployment, handled, report } = options;
  const heap = createTimeHeap();
  /** Of each deployment's schedules in the heap: their next times. */
  const times = new Map<string, Map<string, number>>();
  const owners = new Map<string, string>();
  const remembered = createNextTimes();
  let watchedSince = clock.now();
  let last = { now: clock.now(), monotonic: clock.monotonic() };
  let cancelTimer: (() => void) | undefined;
  let wake = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let stopped = false;

  const drop = (deploymentId: string): void => {
    for (const id of times.get(deploymentId)?.keys() ?? []) {
      heap.remove(id);
      owners.delete(id);
    }
    times.delete(deploymentId);
  };

  const put = (deploymentId: string, scheduleId: string, time: number | undefined): void => {
    const own = times.get(deploymentId) ?? new Map<string, number>();
    if (time === undefined) {
      own.delete(scheduleId);
      heap.remove(scheduleId);
      owners.delete(scheduleId);
    } else {
      own.set(scheduleId, time);
      heap.put(scheduleId, time);
      owners.set(scheduleId, deploymentId);
    }
    if (own.size > 0) times.set(deploymentId, own);
    else times.delete(deploymentId);
  };

  const find = (found: StoredDeployment): void => {
    drop(found.id);
    if (found.paused) return;
    for (const schedule of found.schedules) {
      if (!schedule.active) continue;
      put(found.id, schedule.id, remembered.next(schedule, handled(schedule.id) ?? clock.now()));
    }
  };

  const arm = (): void => {
    if (stopped) return;
    cancelTimer?.();
    const until = Math.min(heap.first()?.time ?? Number.POSITIVE_INFINITY, wake) - clock.now();
    cancelTimer = clock.after(Math.max(0, Math.min(until, longestSleep)), () => void look());
  };

  /** Compares the clocks with what they were at the last look. */
  const compareClocks = (): "even" | "missed" | "back" => {
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    const passed = monotonic - last.monotonic;
    const drift = now - last.now - passed;
    last = { now, monotonic };
    if (drift < -jump) return "back";
    return drift > jump || passed > stoodStill ? "missed" : "even";
  };

  /** The clock was put back: times that are ahead again are not dealt with. */
  const rewind = async (): Promise<void> => {
    const now = clock.now();
    watchedSince = Math.min(watchedSince, now);
    const ahead: Mark[] = [];
    for (const { schedules } of options.deployments()) {
      for (const { id } of schedules) {
        if ((handled(id) ?? now) > now + jump) ahead.push({ schedule_id: id, until: now });
      }
    }
    if (ahead.length > 0) await options.fire([], ahead);
    await findAll();
  };

  const findAll = async (): Promise<void> => {
    let began = performance.now();
    for (const found of [...options.deployments()]) {
      // The newest by the time that its turn comes.
      const present = deployment(found.id);
      if (present !== undefined) find(present);
      if (performance.now() - began < slice) continue;
      await turn();
      began = performance.now();
    }
  };

  const lookNow = async (): Promise<void> => {
    const seen = compareClocks();
    if (seen === "back") await rewind();
    if (seen === "missed") watchedSince = last.now;
    const { now } = last;
    const fired: Fired[] = [];
    const marks: Mark[] = [];
    for (let first = heap.first(); first !== undefined && first.time <= now; first = heap.first()) {
      const { key } = first;
      const owner = owners.get(key) ?? "";
      const found = deployment(owner);
      const schedule = found?.schedules.find(({ id }) => id === key);
      if (found === undefined || schedule === undefined) {
        heap.remove(key);
        continue;
      }
      const before = handled(key) ?? now;
      const due = dueTimes(schedule, { handled: before, watchedSince, now });
      for (const time of due.fire) fired.push({ deployment: found, schedule_id: key, time });
      if (due.handled !== (due.fire.at(-1) ?? before)) marks.push({ schedule_id: key, until: due.handled });
      put(owner, key, remembered.next(schedule, Math.max(due.handled, before, now)));
    }
    if (fired.length > 0 || marks.length > 0) await options.fire(fired, marks);
    if (wake <= now) wake = Number.POSITIVE_INFINITY;
    options.onLook(now);
  };

  const look = (): Promise<void> => {
    looking ??= lookNow()
      .catch(report)
      .finally(() => {
        looking = undefined;
        arm();
      });
    return looking;
  };

  return {
    refresh(deploymentId) {
      const found = deployment(deploymentId);
      if (found === undefined) drop(deploymentId);
      else find(found);
      arm();
    },
    wakeBy(time) {
      if (time >= wake) return;
      wake = time;
      if (looking === undefined) arm();
    },
    next: () => heap.first()?.time,
    nextOf: (deploymentId) => {
      const own = times.get(deploymentId)?.values();
      return own === undefined ? undefined : Math.min(...own);
    },
    nextOfSchedule: (scheduleId) => times.get(owners.get(scheduleId) ?? "")?.get(scheduleId),
    look,
    async start() {
      const now = clock.now();
      watchedSince = now;
      last = { now, monotonic: clock.monotonic() };
      await rewind();
      watchedSince = now;
      await look();
    },
    stop() {
      stopped = true;
      cancelTimer?.();
    },
  };
}

/**
 * Thousands of schedules share few cron texts, and finding a next time takes a good part of a millisecond: what lies
 * between two known times has the second as its next.
 */
function createNextTimes() {
  const known = new Map<string, { readonly after: number; readonly next: number }>();
  return {
    next(schedule: StoredDeployment["schedules"][number], after: number): number | undefined {
      const plain = schedule.start_date === null && schedule.end_date === null && "cron" in schedule.schedule;
      if (!plain) return nextTime(schedule, after);
      const key = JSON.stringify(schedule.schedule);
      const found = known.get(key);
      if (found !== undefined && found.after <= after && after < found.next) return found.next;
      const next = nextTime(schedule, after);
      if (next === undefined) return undefined;
      const first = found !== undefined && found.next === next ? Math.min(found.after, after) : after;
      if (known.size > 20_000) known.clear();
      known.set(key, { after: first, next });
      return next;
    },
  };
}
