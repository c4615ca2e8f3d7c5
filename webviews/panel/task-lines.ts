/** The tasks of a run in a few lines. Pure. */
import type { TaskRun } from "../../runtime/protocol/api.ts";
import { isTerminal, type StateName, type StateType } from "../../runtime/protocol/states.ts";

export interface TaskLine {
  readonly key: string;
  readonly name: string;
  /** The state that needs a look most. */
  readonly state_type: StateType;
  readonly state_name: StateName;
  /** 1 for a single task run. */
  readonly count: number;
  readonly done: number;
  readonly failed: number;
  /** Milliseconds since the epoch; null before it began, or while it lasts. */
  readonly from: number | null;
  readonly to: number | null;
  /** The task run to open: of many, the first that failed, else the newest. */
  readonly task_run_id: string;
}

export interface TaskLines {
  readonly lines: readonly TaskLine[];
  /** Lines that there was no room for. */
  readonly more: number;
}

/** As many calls of one task as this are one line, also where they were not mapped. */
const together = 4;

const rank: Readonly<Record<StateType, number>> = {
  FAILED: 0,
  CRASHED: 1,
  PAUSED: 2,
  RUNNING: 3,
  CANCELLING: 4,
  SCHEDULED: 5,
  PENDING: 6,
  CANCELLED: 7,
  COMPLETED: 8,
};

/** `tasks` in the order in which they came into being. What needs a look is among the lines, however few they are. */
export function taskLines(tasks: readonly TaskRun[], room: number): TaskLines {
  const calls = new Map<string, number>();
  for (const task of tasks) calls.set(task.task_key, (calls.get(task.task_key) ?? 0) + 1);
  const groups = new Map<string, TaskRun[]>();
  for (const task of tasks) {
    const isMany = (calls.get(task.task_key) ?? 0) >= together;
    const key = isMany ? `key ${task.task_key}` : (task.map_id ?? task.id);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  const all = [...groups].map(([key, group]) =>
    lineOf(key, group, calls.get(group[0]?.task_key ?? "") === group.length),
  );
  if (all.length <= room) return { lines: all, more: 0 };
  const urgent = all.filter((line) => rank[line.state_type] <= rank.RUNNING).slice(0, room);
  const newest = all.filter((line) => !urgent.includes(line)).slice(urgent.length - room || all.length);
  const chosen = new Set([...urgent, ...newest]);
  return { lines: all.filter((line) => chosen.has(line)), more: all.length - chosen.size };
}

/** "fetch" of "fetch-0": the number says nothing where there is no other. */
function shortName({ name, dynamic_key }: TaskRun): string {
  return name.endsWith(`-${dynamic_key}`) ? name.slice(0, -dynamic_key.length - 1) : name;
}

function lineOf(key: string, group: readonly TaskRun[], isOnly: boolean): TaskLine {
  const worst = group.reduce((one, other) => (rank[other.state_type] < rank[one.state_type] ? other : one));
  const starts = group.flatMap((task) => (task.start_time === null ? [] : [Date.parse(task.start_time)]));
  const ends = group.flatMap((task) => (task.end_time === null ? [] : [Date.parse(task.end_time)]));
  const isOver = group.every((task) => isTerminal(task.state_type));
  const failed = group.filter((task) => task.state_type === "FAILED" || task.state_type === "CRASHED");
  const newest = group.at(-1) ?? worst;
  return {
    key,
    name: group.length > 1 || isOnly ? shortName(worst) : worst.name,
    state_type: worst.state_type,
    state_name: worst.state_name,
    count: group.length,
    done: group.filter((task) => task.state_type === "COMPLETED").length,
    failed: failed.length,
    from: starts.length === 0 ? null : Math.min(...starts),
    to: isOver && ends.length > 0 ? Math.max(...ends) : null,
    task_run_id: (failed[0] ?? newest).id,
  };
}

/** How many have ended, and how many are known so far. */
export function progressOf(tasks: readonly TaskRun[]): { readonly done: number; readonly total: number } {
  return { done: tasks.filter((task) => isTerminal(task.state_type)).length, total: tasks.length };
}
