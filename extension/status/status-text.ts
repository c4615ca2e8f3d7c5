/** What the status bar says. Pure. */
import type { FlowRun } from "../../runtime/protocol/api.ts";
import type { Deployment } from "../../runtime/protocol/deployments.ts";
import { formatCount, formatPlural } from "../../runtime/protocol/formats.ts";
import { stateLook } from "../../runtime/protocol/state-look.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { ServiceState } from "../context.ts";

export interface StatusText {
  readonly text: string;
  /** For screen readers, without icons. */
  readonly label: string;
  /** The run that a click opens. */
  readonly run: FlowRun | undefined;
}

/** Undefined hides the item. */
export function statusText(
  runs: readonly FlowRun[],
  hasFlows: boolean,
  service: ServiceState,
  unseenFailure: boolean,
): StatusText | undefined {
  const live = runs.filter((run) => !isTerminal(run.state_type));
  const [run] = live;
  if (run !== undefined) {
    const { icon, spins, word } = stateLook(run.state_type, run.state_name);
    const progress = progressOf(run);
    const what = live.length > 1 ? formatPlural(live.length, "run") : run.flow_name;
    return {
      text: `$(${icon}${spins ? "~spin" : ""}) ${what}${live.length > 1 || progress === undefined ? "" : ` · ${progress}`}`,
      label: `Millrace: ${live.length > 1 ? `${what} going on` : `${what} ${word}`}`,
      run: live.length > 1 ? undefined : run,
    };
  }
  const newest = runs[0];
  if (unseenFailure && newest !== undefined) {
    return { text: `$(error) ${newest.flow_name}`, label: `Millrace: ${newest.flow_name} failed`, run: newest };
  }
  if (service === "failed")
    return { text: "$(warning) Millrace", label: "Millrace: the service could not be started", run: undefined };
  return hasFlows ? { text: "$(play) Millrace", label: "Millrace", run: undefined } : undefined;
}

/**
 * "9 done": task runs are called as the flow goes on, so that there is no whole to count against. Nothing while none has
 * ended.
 */
export function progressOf(run: FlowRun): string | undefined {
  const { COMPLETED = 0, FAILED = 0, CRASHED = 0, CANCELLED = 0 } = run.task_run_counts;
  const ended = COMPLETED + FAILED + CRASHED + CANCELLED;
  return ended === 0 ? undefined : `${formatCount(ended)} done`;
}

/** Of deployments whose schedules are on; undefined when there is none. */
export function schedulesText(on: readonly Pick<Deployment, "keep_running">[]): string | undefined {
  if (on.length === 0) return undefined;
  const kept = on.filter(({ keep_running }) => keep_running).length;
  const when =
    kept === 0
      ? "only while VS Code is open"
      : kept === on.length
        ? "also with VS Code closed"
        : `${kept} of them also with VS Code closed`;
  return `${formatPlural(on.length, "schedule")} on, ${when}`;
}
