/** The end of a run that was executed earlier, in the words of one that was executed here. */

import { realDisk } from "../../journal/disk.ts";
import { readSource } from "../../journal/sources.ts";
import type { FlowRun, TaskRun } from "../../protocol/api.ts";
import { exitCodes } from "../../protocol/errors.ts";
import type { StateType } from "../../protocol/states.ts";
import type { CommandContext } from "../command.ts";
import { type RunEnd, summaryLines } from "../view/summary.ts";
import { currentTasks, withInsides } from "./current-tasks.ts";
import type { OpenedRun } from "./open-run.ts";

/** Exit code of a run in this state (DESIGN §6). */
export function exitCodeOf(state: StateType): number {
  if (state === "COMPLETED") return exitCodes.completed;
  return state === "FAILED" ? exitCodes.failed : exitCodes.crashed;
}

export function showEnd({ io, json }: Pick<CommandContext, "io" | "json">, run: OpenedRun): number {
  const { flowRun } = run;
  if (flowRun === undefined) return exitCodes.crashed;
  const exitCode = exitCodeOf(flowRun.state_type);
  if (json)
    io.out(
      `${JSON.stringify({ kind: "summary", existing: true, run_id: run.id, exit_code: exitCode, flow_run: flowRun })}\n`,
    );
  else {
    const view = { style: io.style, width: io.columns(), cwd: io.cwd, readSource: keptSource(run) };
    io.out(
      summaryLines(endOf(run, flowRun), view)
        .map((line) => `${line}\n`)
        .join(""),
    );
  }
  return exitCode;
}

export function endOf(run: OpenedRun, flowRun: FlowRun): RunEnd {
  const { taskRuns, kept } = run.view;
  return endFrom(flowRun, currentTasks(taskRuns), withInsides(taskRuns, kept));
}

/** @param current as `currentTasks` gives them */
export function endFrom(flowRun: FlowRun, current: readonly TaskRun[], kept: ReadonlySet<string>): RunEnd {
  const tasks = current.filter((task) => task.child_flow_run_id === null);
  const counts = new Map<StateType, number>();
  for (const task of tasks) counts.set(task.state_type, (counts.get(task.state_type) ?? 0) + 1);
  const failed = tasks.filter((task) => task.state_type === "FAILED" || task.state_type === "CRASHED");
  const start = flowRun.start_time;
  return {
    runId: flowRun.id,
    runName: flowRun.name,
    flowName: flowRun.flow_name,
    state: {
      type: flowRun.state_type,
      name: flowRun.state_name,
      timestamp: Date.parse(flowRun.state.timestamp),
      ...(flowRun.state.message === null ? {} : { message: flowRun.state.message }),
      details: flowRun.state.state_details,
    },
    durationMs:
      start === null || flowRun.end_time === null ? undefined : Date.parse(flowRun.end_time) - Date.parse(start),
    counts,
    kept: tasks.filter((task) => kept.has(task.id)).length,
    cached: tasks.filter((task) => task.state_name === "Cached").length,
    failed: failed.map((task) => ({
      id: task.id,
      name: task.name,
      error: task.error ?? undefined,
      attempts: task.run_count,
    })),
    error: flowRun.error ?? undefined,
  };
}

/** Sources as the run loaded them, where they were kept: the file may have changed since. */
export function keptSource(run: OpenedRun): (file: string) => string | undefined {
  return (file) => {
    const kept = run.view.sources.find((source) => source.file === file);
    return kept === undefined ? undefined : readSource(realDisk, run.folder, kept.hash);
  };
}
