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
import type { DeploymentSchedule } from "../../protocol/deployments.ts";
import { nextTime, scheduleTimes } from "../../protocol/schedules.ts";
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
  /** Milliseconds: within that time it is noticed that somebody has set the wall clock. */
  readonly longestSleep?: number;
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

/** Differences between the clocks up to this are corrections; more is a sleep, or somebody who set the clock. */
const jump = 2000;
/** So many times the longest sleep nobody looked although the monotonic clock went on: the process stood still. */
const stoodStill = 6;
/** Milliseconds of work in one go while next times are found. */
const slice = 8;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock, deployment, handled, report, longestSleep = 10_000 } = options;
  const heap = createTimeHeap();
  /** Of each deployment: those of its schedules that stand in the heap. */
  const own = new Map<string, readonly string[]>();
  const owners = new Map<string, string>();
  /** Times that are due and being dealt with: until the next is known, they stand for their schedules. */
  const firing = new Map<string, number>();
  const remembered = createNextTimes();
  let watchedSince = clock.now();
  let last = { now: clock.now(), monotonic: clock.monotonic() };
  let cancelTimer: (() => void) | undefined;
  let wake = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let stopped = false;

  const drop = (deploymentId: string): void => {
    for (const id of own.get(deploymentId) ?? []) {
      heap.remove(id);
      owners.delete(id);
      firing.delete(id);
    }
    own.delete(deploymentId);
  };

  const put = (deploymentId: string, scheduleId: string, time: number | undefined): void => {
    const others = (own.get(deploymentId) ?? []).filter((id) => id !== scheduleId);
    const present = time === undefined ? others : [...others, scheduleId];
    if (present.length > 0) own.set(deploymentId, present);
    else own.delete(deploymentId);
    firing.delete(scheduleId);
    if (time === undefined) {
      heap.remove(scheduleId);
      owners.delete(scheduleId);
    } else {
      heap.put(scheduleId, time);
      owners.set(scheduleId, deploymentId);
    }
  };

  const timeOf = (scheduleId: string): number | undefined => heap.timeOf(scheduleId) ?? firing.get(scheduleId);

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
    return drift > jump || passed > stoodStill * longestSleep ? "missed" : "even";
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

  const findAll = (): Promise<void> =>
    inTurns([...options.deployments()], ({ id }) => {
      // The newest by the time that its turn comes.
      const present = deployment(id);
      if (present !== undefined) find(present);
    });

  /** The usual case, for which nothing has to be worked out: one time, which somebody was there for. */
  const isAlone = ({ schedule }: DeploymentSchedule, time: number, before: number, now: number): boolean =>
    "cron" in schedule && time > before && time > watchedSince && now - time < 60_000;

  const lookNow = async (): Promise<void> => {
    const seen = compareClocks();
    if (seen === "back") await rewind();
    if (seen === "missed") watchedSince = last.now;
    const { now } = last;
    const fired: Fired[] = [];
    const marks: Mark[] = [];
    const passed: { readonly schedule: DeploymentSchedule; readonly owner: string; readonly after: number }[] = [];
    for (let first = heap.first(); first !== undefined && first.time <= now; first = heap.first()) {
      const { key, time } = first;
      heap.remove(key);
      firing.set(key, time);
      const owner = owners.get(key) ?? "";
      const found = deployment(owner);
      const schedule = found?.schedules.find(({ id }) => id === key);
      if (found === undefined || schedule === undefined) {
        firing.delete(key);
        continue;
      }
      const before = handled(key) ?? now;
      const due = isAlone(schedule, time, before, now)
        ? { fire: [time], handled: time }
        : dueTimes(schedule, { handled: before, watchedSince, now });
      for (const each of due.fire) fired.push({ deployment: found, schedule_id: key, time: each });
      if (due.handled !== (due.fire.at(-1) ?? before)) marks.push({ schedule_id: key, until: due.handled });
      passed.push({ schedule, owner, after: Math.max(due.handled, before, time) });
    }
    if (fired.length > 0 || marks.length > 0) await options.fire(fired, marks);
    // What is due is on its way before anybody asks when it is due the next time.
    await inTurns(passed, ({ schedule, owner, after }) => {
      const present = deployment(owner);
      const isStill =
        present?.paused === false && present.schedules.some((one) => one.id === schedule.id && one.active);
      put(owner, schedule.id, isStill ? remembered.next(schedule, Math.max(after, now)) : undefined);
    });
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
      const times = own.get(deploymentId)?.flatMap((id) => timeOf(id) ?? []) ?? [];
      return times.length === 0 ? undefined : Math.min(...times);
    },
    nextOfSchedule: timeOf,
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

async function inTurns<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  let began = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - began < slice) continue;
    await turn();
    began = performance.now();
  }
}

/**
 * Thousands of schedules share few cron texts, and beginning with one takes a good part of a millisecond: what lies
 * between two known times has the second as its next, and for those that fire often the reader is kept that gives what
 * comes behind it.
 */
function createNextTimes() {
  const known = new Map<string, { readonly after: number; readonly next: number }>();
  const readers = new Map<string, Generator<number>>();
  return {
    next(schedule: DeploymentSchedule, after: number): number | undefined {
      const plain = schedule.start_date === null && schedule.end_date === null && "cron" in schedule.schedule;
      if (!plain) return nextTime(schedule, after);
      const key = JSON.stringify(schedule.schedule);
      const found = known.get(key);
      if (found !== undefined && found.after <= after && after < found.next) return found.next;
      const isStep = found !== undefined && found.next === after;
      const times = (isStep ? readers.get(key) : undefined) ?? scheduleTimes(schedule, after);
      const { value, done } = times.next();
      if (done === true) return undefined;
      if (known.size > mostKnown) known.clear();
      known.set(key, { after, next: value });
      readers.delete(key);
      if (isStep) readers.set(key, times);
      const [oldest] = readers.keys();
      if (readers.size > mostReaders && oldest !== undefined) readers.delete(oldest);
      return value;
    },
  };
}

const mostKnown = 5000;
const mostReaders = 200;
