/** What is drawn in one row of the timeline. Pure. */
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import type { StateName, StateType } from "../../../runtime/protocol/states.ts";
import { isTerminal } from "../../../runtime/protocol/states.ts";
import { formatDuration } from "../../kit/format.ts";
import { stateLook } from "../../kit/state-look.ts";
import { type Spans, spansNow } from "./spans.ts";

export interface Bar {
  readonly from: number;
  /** Null while it lasts. */
  readonly to: number | null;
  /** "run": an attempt; "wait": for a retry, a slot, a runner; "many": when the members of a map or loop ran. */
  readonly kind: "run" | "wait" | "many";
  /** Class that gives its colour. */
  readonly tone: string;
  readonly title: string;
}

/** The bars of a task run: each attempt in the colour of how it ended, each wait. */
export function taskBars(task: TaskRun, read: Spans | undefined): readonly Bar[] {
  const spans = spansNow(read, task);
  const bars: Bar[] = [];
  spans.forEach((span, place) => {
    if (isTerminal(span.state_type)) return;
    const running = span.state_type === "RUNNING" || span.state_type === "CANCELLING" || span.state_type === "PAUSED";
    if (span.to !== null && span.to <= span.from && !running) return;
    const next = spans[place + 1];
    const end = running ? endOfAttempt(task, span.to, next) : span;
    const look = stateLook(end.state_type, end.state_name);
    const length = span.to === null ? "" : ` · ${formatDuration(Math.max(0, span.to - span.from))}`;
    const what = running
      ? `Attempt ${Math.max(1, span.attempt)}: ${look.word}`
      : stateLook(span.state_type, span.state_name).word;
    bars.push({
      from: span.from,
      to: span.to,
      kind: running ? "run" : "wait",
      tone: running ? look.tone : stateLook(span.state_type, span.state_name).tone,
      title: `${what}${length}`,
    });
  });
  if (bars.length === 0 && isTerminal(task.state_type)) {
    const at = Date.parse(task.end_time ?? task.state.timestamp);
    const look = stateLook(task.state_type, task.state_name);
    bars.push({ from: at, to: at, kind: "run", tone: look.tone, title: look.word });
  }
  return bars;
}

function endOfAttempt(
  task: TaskRun,
  to: number | null,
  next: { readonly state_type: StateType; readonly state_name: StateName } | undefined,
): { readonly state_type: StateType; readonly state_name: StateName } {
  if (to === null) return task;
  // An attempt that another one follows has failed.
  const retried = next !== undefined && (next.state_name === "AwaitingRetry" || next.state_name === "Retrying");
  if (retried) return { state_type: "FAILED", state_name: "Failed" };
  return next !== undefined && isTerminal(next.state_type) ? next : task;
}

/** More members than this are one bar from the first to the last: hundreds in one line say no more. */
const drawnMembers = 60;

/** The bars of a map or a loop: when its members ran, those that failed in their colour. */
export function manyBars(members: readonly TaskRun[]): readonly Bar[] {
  const begun = members.filter((task) => task.start_time !== null);
  const bars = begun.length <= drawnMembers ? begun.map(memberBar) : merged(begun);
  return [...bars].sort((left, right) => left.from - right.from);
}

/** A task run that has changed is another object. */
const memberBars = new WeakMap<TaskRun, Bar>();

function memberBar(task: TaskRun): Bar {
  const known = memberBars.get(task);
  if (known !== undefined) return known;
  const from = Date.parse(task.start_time ?? task.state.timestamp);
  const to = task.end_time === null ? null : Date.parse(task.end_time);
  const look = stateLook(task.state_type, task.state_name);
  const bar: Bar = { from, to, kind: "many", tone: look.tone, title: `${task.name}: ${look.word}` };
  memberBars.set(task, bar);
  return bar;
}

/** One bar for all that went well, one more for each that did not. */
function merged(members: readonly TaskRun[]): Bar[] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let open = false;
  const bad: Bar[] = [];
  for (const task of members) {
    const bar = memberBar(task);
    from = Math.min(from, bar.from);
    if (bar.to === null) open = true;
    else to = Math.max(to, bar.to);
    if (isTerminal(task.state_type) && task.state_type !== "COMPLETED" && bad.length < drawnMembers) bad.push(bar);
  }
  const look = open ? "state-running" : "state-completed";
  const title = `${members.length.toLocaleString("en-US")} task runs`;
  return [{ from, to: open ? null : to, kind: "many", tone: look, title }, ...bad];
}

/** What a screen reader is told of a row's time. */
export function rowInWords(label: string, task: TaskRun | undefined, bars: readonly Bar[], start: number): string {
  const [first] = bars;
  if (first === undefined) return `${label}: not begun`;
  const begins = `begins ${formatDuration(Math.max(0, first.from - start))} after the start`;
  const ends = bars.some((bar) => bar.to === null)
    ? "goes on"
    : `takes ${formatDuration(Math.max(0, ...bars.map((bar) => (bar.to ?? 0) - first.from)))}`;
  const attempts = bars.filter((bar) => bar.kind === "run").length;
  const state = task === undefined ? "" : `${stateLook(task.state_type, task.state_name).word}, `;
  return `${label}: ${state}${begins}, ${ends}${task !== undefined && attempts > 1 ? `, ${attempts} attempts` : ""}`;
}
