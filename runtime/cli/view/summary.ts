/** The end of a run on a terminal or in a log: what became of it, why, and what to do next. */
import { formatDuration } from "../../protocol/durations.ts";
import type { ErrorRecord } from "../../protocol/errors.ts";
import type { State, StateType } from "../../protocol/states.ts";
import type { Style } from "../terminal/style.ts";
import { cleanLines, oneLine, padEnd, textWidth, truncate, wrap } from "../terminal/width.ts";
import { type ErrorView, errorLines } from "./error-lines.ts";
import { glyphOf, paintOf, stateLabel } from "./glyphs.ts";
import { errorHeadline } from "./headline.ts";
import type { FailedTask } from "./tally.ts";

export interface RunEnd {
  readonly runId: string;
  readonly runName: string;
  readonly flowName: string;
  readonly state: State;
  readonly durationMs: number | undefined;
  readonly counts: ReadonlyMap<StateType, number>;
  readonly kept: number;
  readonly cached: number;
  readonly failed: readonly FailedTask[];
  readonly error: ErrorRecord | undefined;
}

export interface SummaryView extends ErrorView {
  /** The run is being shown: no need to say how. */
  readonly showing?: boolean;
}

export function summaryLines(end: RunEnd, view: SummaryView, result?: string): string[] {
  const { style } = view;
  const time = end.durationMs === undefined ? "" : ` ${style.dim("in")} ${formatDuration(end.durationMs)}`;
  const lines = [
    `${style.unicode ? `${glyphOf(end.state, style)} ` : ""}${style.bold(oneLine(end.flowName))} ${oneLine(end.runName)} ${paintOf(end.state, style)(stateLabel(end.state).toLowerCase())}${time}`,
  ];
  const counted = countsText(end, style);
  if (counted !== "") lines.push(`  ${counted}`);
  if (result !== undefined) lines.push(`  ${result}`);
  lines.push(...reasonLines(end, view));
  const next = nextSteps(end).filter(([command]) => !(view.showing && command.startsWith("millrace runs show")));
  if (next.length > 0) {
    const left = Math.max(...next.map(([command]) => textWidth(command)));
    lines.push("");
    for (const [command, what] of next) {
      const wide = left + textWidth(what) + 4 <= view.width;
      lines.push(wide ? `  ${padEnd(style.cyan(command), left)}  ${style.dim(what)}` : `  ${style.cyan(command)}`);
    }
  }
  return lines;
}

function reasonLines(end: RunEnd, view: ErrorView): string[] {
  const { style } = view;
  if (end.state.type === "COMPLETED") return [];
  const lines: string[] = [];
  const { shown, who } = rootCause(end);
  if (shown !== undefined) {
    lines.push("");
    if (who !== undefined) {
      const attempts = who.attempts > 1 ? style.dim(` after ${who.attempts} attempts`) : "";
      lines.push(`  ${style.dim("task")} ${style.bold(oneLine(who.name))}${attempts}`);
    }
    lines.push(...errorLines(shown, { ...view, width: view.width - 2 }).map((line) => `  ${line}`));
  } else if (end.state.message !== undefined) {
    lines.push(
      "",
      ...cleanLines(end.state.message)
        .flatMap((line) => wrap(line, view.width - 2))
        .map((line) => `  ${line}`),
    );
  }
  const consequences = end.failed.filter((task) => task !== who && chainOf(task.error).slice(1).some(isSame(shown)));
  if (consequences.length > 0) {
    const names = consequences.slice(0, 5).map((task) => oneLine(task.name));
    const more = consequences.length > names.length ? ` and ${consequences.length - names.length} more` : "";
    lines.push(
      "",
      ...wrap(`not run because of it: ${names.join(", ")}${more}`, view.width - 2).map(
        (line) => `  ${style.dim(line)}`,
      ),
    );
  }
  const others = end.failed.filter(
    (task) => task !== who && !consequences.includes(task) && !isSame(shown)(task.error),
  );
  if (others.length > 0) {
    lines.push("");
    for (const task of others.slice(0, 5)) {
      const why = task.error === undefined ? "" : `  ${errorHeadline(task.error)}`;
      lines.push(truncate(`  ${style.dim("also failed:")} ${oneLine(task.name)}${why}`, view.width));
    }
    if (others.length > 5) lines.push(style.dim(`  and ${others.length - 5} more`));
  }
  const output = end.state.details?.last_output ?? [];
  if (end.state.type === "CRASHED" && output.length > 0) {
    lines.push(
      "",
      style.dim("  last output of the process:"),
      ...output.slice(-10).map((line) => `    ${oneLine(line)}`),
    );
  }
  return lines;
}

/** The failed task that the run's error began with: an error about an input that failed leads to that input's task. */
function rootCause(end: RunEnd): { readonly shown: ErrorRecord | undefined; readonly who: FailedTask | undefined } {
  for (const error of chainOf(end.error).reverse()) {
    const who = end.failed.find((task) => isSame(error)(task.error));
    if (who?.error !== undefined) return { shown: who.error, who };
  }
  if (end.error !== undefined) return { shown: end.error, who: undefined };
  const who = end.failed.find((task) => task.error !== undefined);
  return { shown: who?.error, who };
}

/** The error and its causes, outermost first. */
function chainOf(error: ErrorRecord | undefined): ErrorRecord[] {
  const chain: ErrorRecord[] = [];
  for (let next = error; next !== undefined && chain.length < 10; next = next.cause) chain.push(next);
  return chain;
}

function isSame(error: ErrorRecord | undefined): (other: ErrorRecord | undefined) => boolean {
  return (other) => error !== undefined && other?.message === error.message && other.name === error.name;
}

const order: readonly (readonly [StateType, string])[] = [
  ["COMPLETED", "completed"],
  ["FAILED", "failed"],
  ["CRASHED", "crashed"],
  ["CANCELLED", "cancelled"],
  ["RUNNING", "unfinished"],
  ["PENDING", "unfinished"],
  ["SCHEDULED", "waiting"],
  ["PAUSED", "paused"],
];

/** "14 tasks: 12 completed (3 kept), 1 failed", or "" for a run without tasks. */
export function countsText(
  end: Pick<RunEnd, "counts" | "kept" | "cached">,
  style: Pick<Style, "green" | "red" | "dim">,
): string {
  const total = [...end.counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0 && end.kept === 0) return "";
  const parts: string[] = [];
  for (const [type, word] of order) {
    const count = end.counts.get(type) ?? 0;
    if (count === 0) continue;
    const text = `${count} ${word}`;
    parts.push(type === "FAILED" || type === "CRASHED" ? style.red(text) : text);
  }
  if (end.cached > 0) parts.push(`${end.cached} from the cache`);
  if (end.kept > 0) parts.push(`${end.kept} kept`);
  return `${total} ${total === 1 ? "task" : "tasks"}${style.dim(":")} ${parts.join(style.dim(", "))}`;
}

/** The end of an id tells runs apart; the beginning is the time, alike for all of one day. */
export function shortId(runId: string): string {
  return runId.slice(-8);
}

function nextSteps(end: RunEnd): (readonly [string, string])[] {
  const id = shortId(end.runId);
  const completed = (end.counts.get("COMPLETED") ?? 0) + end.kept;
  switch (end.state.type) {
    case "COMPLETED":
      return [[`millrace runs show ${id}`, "look at it again"]];
    case "FAILED":
    case "CRASHED":
    case "CANCELLED":
      // The same parameters would fail again.
      if (end.error?.code === "bad-parameters") return [[`millrace runs show ${id}`, "look at it again"]];
      return [
        [
          `millrace runs resume ${id}`,
          completed === 0
            ? "run it again"
            : `go on, keeping ${completed === 1 ? "the completed task" : `the ${completed} completed tasks`}`,
        ],
        [`millrace runs show ${id}`, "look at it again"],
        [`millrace runs logs ${id}`, "read its log"],
      ];
    case "PAUSED":
      return [[`millrace runs continue ${id}`, "answer the pause"]];
    default:
      return [];
  }
}
