/** A scheduler in a world of its own: a clock that sleeps, jumps and goes back, and a store that remembers durably. */
import type { Clock } from "../../../runtime/orchestrator/deployments/clock.ts";
import { scheduleDefaults } from "../../../runtime/orchestrator/deployments/model.ts";
import {
  createScheduler,
  type Fired,
  type Mark,
  type Scheduler,
} from "../../../runtime/orchestrator/deployments/scheduler.ts";
import type { StoredDeployment } from "../../../runtime/orchestrator/deployments/stored.ts";
import type { DeploymentSchedule, Schedule } from "../../../runtime/protocol/deployments.ts";

export interface World {
  /** Lets time pass: `wall` and monotonic clock together, timers on their way. */
  pass(milliseconds: number): Promise<void>;
  /** The wall clock is set; the monotonic clock knows nothing of it. */
  setClock(by: number): void;
  /** The machine sleeps: the wall goes on, nothing else. */
  sleep(milliseconds: number): void;
  /** The orchestrator is killed, and another one comes up after a while. */
  restart(after: number): Promise<void>;
  readonly now: () => number;
  /** Times that fired, of all schedules, in the order in which they did. */
  readonly fired: readonly Fired[];
  deploy(deployment: StoredDeployment): void;
  readonly looks: () => number;
}

export function schedule(when: Schedule, more: Partial<DeploymentSchedule> = {}): DeploymentSchedule {
  return { ...scheduleDefaults, id: `s-${JSON.stringify(when)}`, schedule: when, ...more };
}

export function deployment(id: string, schedules: readonly DeploymentSchedule[]): StoredDeployment {
  return {
    id,
    name: id,
    flow_name: "flow",
    flow_file: "/flow.ts",
    flow_export: "flow",
    cwd: "/",
    version: 1,
    description: null,
    tags: [],
    parameters: {},
    parameter_openapi_schema: null,
    schedules,
    paused: false,
    work_pool_name: "default",
    work_queue_name: "default",
    infrastructure: { type: "process" },
    code: { type: "working-copy" },
    concurrency_limit: null,
    collision_strategy: "ENQUEUE",
    keep_running: false,
    crash_retries: 0,
    declared_in: null,
    created: "2026-01-01T00:00:00.000Z",
    updated: "2026-01-01T00:00:00.000Z",
  };
}

/** @param longestSleep milliseconds; months pass quicker where nobody sets the clock */
export async function world(start: number, longestSleep = 10_000): Promise<World> {
  let wall = start;
  let monotonic = 0;
  let timer: { readonly at: number; readonly call: () => void } | undefined;
  let looks = 0;
  const deployments = new Map<string, StoredDeployment>();
  const handled = new Map<string, number>();
  const keys = new Set<string>();
  const fired: Fired[] = [];
  const clock: Clock = {
    now: () => wall,
    monotonic: () => monotonic,
    after(milliseconds, call) {
      const mine = { at: monotonic + milliseconds, call };
      timer = mine;
      return () => {
        if (timer === mine) timer = undefined;
      };
    },
  };
  let alive = 0;
  const up = (): Scheduler => {
    const life = ++alive;
    return createScheduler({
      clock,
      deployments: () => deployments.values(),
      deployment: (id) => deployments.get(id),
      handled: (id) => handled.get(id),
      async fire(all: readonly Fired[], marks: readonly Mark[]) {
        // As the orchestrator does: a run and the mark it moves are one record, and no key comes twice.
        for (const one of all) {
          const key = `${one.schedule_id} ${one.time}`;
          if (!keys.has(key)) fired.push(one);
          keys.add(key);
          handled.set(one.schedule_id, Math.max(one.time, handled.get(one.schedule_id) ?? one.time));
        }
        for (const { schedule_id, until } of marks) handled.set(schedule_id, until);
      },
      onLook: () => {
        if (life === alive) looks++;
      },
      longestSleep,
      report(error) {
        throw error;
      },
    });
  };
  let scheduler = up();
  await scheduler.start();

  /** The looks that a timer begins are asynchronous: they have ended when they set the next one. */
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < 50 && timer === undefined; turns++)
      await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    fired,
    now: () => wall,
    looks: () => looks,
    async pass(milliseconds) {
      for (let left = milliseconds; left > 0; ) {
        await settle();
        const step = timer === undefined ? left : Math.min(left, Math.max(0, timer.at - monotonic));
        wall += step;
        monotonic += step;
        left -= step;
        if (timer === undefined || timer.at > monotonic) continue;
        const { call } = timer;
        timer = undefined;
        call();
        await settle();
      }
    },
    setClock(by) {
      wall += by;
    },
    sleep(milliseconds) {
      wall += milliseconds;
    },
    async restart(after) {
      scheduler.stop();
      timer = undefined;
      wall += after;
      monotonic += after;
      scheduler = up();
      await scheduler.start();
    },
    deploy(made) {
      deployments.set(made.id, made);
      for (const { id } of made.schedules) if (!handled.has(id)) handled.set(id, wall);
      scheduler.refresh(made.id);
    },
  };
}
