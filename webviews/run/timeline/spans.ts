/** The states of each task run over time: what was read, and what live states add to it. Pure; times in milliseconds. */
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import type { TaskTimeline, TimelineSpan } from "../../../runtime/protocol/editor-api.ts";
import { isTerminal } from "../../../runtime/protocol/states.ts";

export type Spans = readonly TimelineSpan[];

/** The spans of a task run, as far as they are known, when its present state is `task`'s. */
export function spansNow(read: Spans | undefined, task: TaskRun): Spans {
  const at = Date.parse(task.state.timestamp);
  const spans = read === undefined || read.length === 0 ? guess(task) : [...read];
  const last = spans.at(-1);
  if (last === undefined) return spans;
  if (isTerminal(task.state_type))
    return last.to === null ? [...spans.slice(0, -1), { ...last, to: Math.max(last.from, at) }] : spans;
  const same = last.from === at && last.state_name === task.state_name;
  if (same && last.to === null) return spans;
  // What was read ended before the task was taken up again; or a state has come since.
  if (last.from > at) return spans;
  const closed = last.to === null ? [...spans.slice(0, -1), { ...last, to: at }] : spans;
  return [...closed, open(task, at)];
}

/** From a task run alone: when it began and what it is now. */
function guess(task: TaskRun): TimelineSpan[] {
  const at = Date.parse(task.state.timestamp);
  const begin = task.start_time === null ? at : Date.parse(task.start_time);
  const end = task.end_time === null ? null : Date.parse(task.end_time);
  const running = { state_type: "RUNNING", state_name: "Running", attempt: Math.max(1, task.run_count) } as const;
  if (isTerminal(task.state_type)) return task.start_time === null ? [] : [{ ...running, from: begin, to: end ?? at }];
  if (task.start_time !== null && begin < at) return [{ ...running, attempt: 1, from: begin, to: at }, open(task, at)];
  return [open(task, at)];
}

function open(task: TaskRun, from: number): TimelineSpan {
  return { state_type: task.state_type, state_name: task.state_name, from, to: null, attempt: task.run_count };
}

export function byTask(tasks: readonly TaskTimeline[]): ReadonlyMap<string, Spans> {
  return new Map(tasks.map((task) => [task.task_run_id, task.spans]));
}
