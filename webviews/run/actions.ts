/** What can be done with a run in its state, in the words of the editor. Pure. */
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";

export type RunActionId = "cancel" | "resume" | "continue" | "again";

export interface RunAction {
  readonly id: RunActionId;
  readonly title: string;
  readonly icon: string;
}

const actions = {
  cancel: { id: "cancel", title: "Cancel", icon: "debug-stop" },
  resume: { id: "resume", title: "Resume", icon: "debug-continue" },
  continue: { id: "continue", title: "Continue…", icon: "debug-continue" },
  again: { id: "again", title: "Run Again…", icon: "run" },
} as const satisfies Record<RunActionId, RunAction>;

/** The primary one first. A subflow is cancelled, resumed and started with the run that it belongs to. */
export function runActions(
  run: Pick<FlowRun, "state_type" | "parent_flow_run_id" | "flow_file">,
): readonly RunAction[] {
  if (run.parent_flow_run_id !== null) return [];
  const again = run.flow_file === "" ? [] : [actions.again];
  if (run.state_type === "CANCELLING") return [];
  if (run.state_type === "PAUSED") return [actions.continue, actions.cancel];
  if (!isTerminal(run.state_type)) return [actions.cancel];
  return run.state_type === "COMPLETED" ? again : [actions.resume, ...again];
}

/** Why nothing can be started or stopped here; null when it can. */
export function whyNot(surroundings: { readonly trusted: boolean; readonly service: string }): string | null {
  if (!surroundings.trusted) return "This folder is open in Restricted Mode: trust it to run and resume flows.";
  return null;
}

const startedBy: Readonly<Record<string, string>> = {
  editor: "from the editor",
  cli: "from the command line",
  script: "from a script",
  api: "through the API",
  schedule: "by a schedule",
  deployment: "by hand",
  worker: "by a worker",
  testing: "by a test",
  task: "as one task run again",
};

export function startedByWords(trigger: string | null): string | null {
  return trigger === null ? null : (startedBy[trigger] ?? `by ${trigger}`);
}

/** Milliseconds between start and end; `to` null while it goes on. Null before it has begun. */
export function runSpan(run: Pick<FlowRun, "start_time" | "end_time" | "state_type">): {
  readonly from: number;
  readonly to: number | null;
} | null {
  if (run.start_time === null) return null;
  const from = Date.parse(run.start_time);
  return { from, to: isTerminal(run.state_type) ? Date.parse(run.end_time ?? run.start_time) : null };
}
