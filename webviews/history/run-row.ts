/** What a row of the history says of its run. Pure. */
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { isTerminal, type StateType } from "../../runtime/protocol/states.ts";
import { stateLook, stateOrder } from "../kit/state-look.ts";

export type RowAction = "open" | "resume" | "continue" | "cancel" | "again";

export const actionLooks: Readonly<Record<RowAction, { readonly icon: string; readonly title: string }>> = {
  open: { icon: "go-to-file", title: "Open Run" },
  resume: { icon: "debug-continue", title: "Resume" },
  continue: { icon: "play", title: "Continue…" },
  cancel: { icon: "debug-stop", title: "Cancel" },
  again: { icon: "run-all", title: "Run Again…" },
};

/** What can be done with a run in this state, the most wanted first. Subflow runs belong to their parents. */
export function rowActions(type: StateType, trusted: boolean): readonly RowAction[] {
  if (!trusted) return [];
  if (type === "FAILED" || type === "CRASHED") return ["resume", "again"];
  if (type === "CANCELLED") return ["resume", "again"];
  if (type === "PAUSED") return ["continue", "cancel"];
  if (type === "COMPLETED") return ["again"];
  return type === "CANCELLING" ? [] : ["cancel"];
}

export interface TaskCount {
  readonly type: StateType;
  readonly count: number;
}

/** Task runs by state, what needs a look first. */
export function taskCounts(run: FlowRun): readonly TaskCount[] {
  return stateOrder.flatMap((type) => {
    const count = run.task_run_counts[type] ?? 0;
    return count > 0 ? [{ type, count }] : [];
  });
}

export function taskCountsText(run: FlowRun): string {
  const counts = taskCounts(run);
  return counts.length === 0
    ? "no tasks"
    : counts.map(({ type, count }) => `${count} ${stateLook(type).word.toLowerCase()}`).join(", ");
}

const parameterLength = 24;
/** Characters of all parameters that are read out with the row. */
const spokenLength = 80;

/** `year=2021 months=[1,2]`; long values are cut, and `{}` is nothing. */
export function parametersText(parameters: Readonly<Record<string, unknown>>): string {
  return Object.entries(parameters)
    .map(([key, value]) => `${key}=${cut(valueText(value))}`)
    .join(" ");
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/\s+/g, " ") : (JSON.stringify(value) ?? String(value));
}

function cut(text: string): string {
  return text.length > parameterLength ? `${text.slice(0, parameterLength - 1)}…` : text;
}

/** Milliseconds since the epoch: when it began, or is to begin, or came into being. */
export function startOf(run: FlowRun): number {
  return Date.parse(run.start_time ?? run.expected_start_time ?? run.created);
}

/** Null while it goes on or has not begun. */
export function endOf(run: FlowRun): number | null {
  if (run.end_time !== null) return Date.parse(run.end_time);
  return isTerminal(run.state_type) ? Date.parse(run.state.timestamp) : null;
}

const triggers: Readonly<Record<string, string>> = {
  cli: "terminal",
  script: "script",
  editor: "editor",
  api: "API",
  schedule: "schedule",
  worker: "worker",
  testing: "test",
};

/** How the run was started, in a word. */
export function triggerText(run: FlowRun): string {
  if (run.parent_flow_run_id !== null) return "subflow";
  const by = run.created_by ?? "";
  return triggers[by] ?? by;
}

/** The whole row in one sentence, for those who hear it. */
export function rowLabel(run: FlowRun, started: string, duration: string): string {
  const parameters = parametersText(run.parameters);
  const spoken = parameters.length > spokenLength ? `${parameters.slice(0, spokenLength)}…` : parameters;
  return [
    `${stateLook(run.state_type, run.state_name).word}: ${run.flow_name}, ${run.name}`,
    `started ${started}`,
    ...(duration === "" ? [] : [duration]),
    taskCountsText(run),
    ...(spoken === "" ? [] : [spoken]),
  ].join(", ");
}
