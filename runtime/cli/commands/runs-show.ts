/** `millrace runs show`. Read from the run's own files: the same with and without an orchestrator. */

import { isRemote } from "../../client/profiles.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { plainValue } from "../../protocol/fold/index.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { currentTasks, withInsides } from "../runs/current-tasks.ts";
import { findRun } from "../runs/find-run.ts";
import { damageOf, type OpenedRun, openRun } from "../runs/open-run.ts";
import { endOf, keptSource } from "../runs/show-end.ts";
import { oneLine, truncate } from "../terminal/width.ts";
import { fillModel } from "../view/from-api.ts";
import { makeModel } from "../view/model.ts";
import { artifactLines, headerLines, parameterLines } from "../view/run-facts.ts";
import { summaryLines } from "../view/summary.ts";
import { treeLines } from "../view/tree.ts";

export const runsShowHandler: CommandHandler = async (context) => {
  const { io, home, input, json } = context;
  if (isRemote(home)) return (await import("../elsewhere/show-run.ts")).showElsewhere(context);
  const id = await findRun(home, input.arguments[0]);
  const run = openRun(home, id);
  if (run?.flowRun === undefined) throw await withoutJournal(context, id, run);
  if (json) printJson(io, jsonOf(run));
  else
    io.out(
      pageOf(context, run, run.flowRun)
        .map((line) => `${line}\n`)
        .join(""),
    );
  return exitCodes.completed;
};

async function withoutJournal(
  { home }: CommandContext,
  id: string,
  run: OpenedRun | undefined,
): Promise<MillraceError> {
  const damage = run === undefined ? undefined : damageOf(run);
  if (damage !== undefined) return damage;
  const why = run?.contents.segments.at(-1)?.failure;
  if (why !== undefined) return new MillraceError("not-found", `Nothing of run ${id} was kept: ${why}.`);
  if (run !== undefined)
    return new MillraceError(
      "not-found",
      `Run ${id} is only just beginning, or ended before its first record was written.`,
    );
  return new MillraceError("not-found", `There is no run ${id} in ${home}. \`millrace runs ls\` lists the runs.`);
}

function jsonOf(run: OpenedRun): object {
  const { view, contents } = run;
  return {
    flow_run: view.flowRun,
    subflow_runs: view.subflowRuns,
    task_runs: view.taskRuns.map((task) => ({ ...task, kept: view.kept.has(task.id) })),
    artifacts: view.artifacts,
    notes: view.notes,
    result: run.flowRun === undefined ? null : (view.result(run.flowRun.id) ?? null),
    segments: contents.segments,
    problems: contents.problems,
    folder: run.folder,
  };
}

function pageOf({ io, input }: CommandContext, run: OpenedRun, flowRun: FlowRun): string[] {
  const { style } = io;
  const width = io.columns();
  const process = run.live === undefined || isTerminal(flowRun.state_type) ? [] : [String(run.live.writer.pid)];
  const lines = [
    ...headerLines(
      flowRun,
      { io, width },
      process.map((pid) => ["Process", pid] as const),
    ),
    ...parameterLines(flowRun, { io, width }),
  ];
  const model = input.flag("all")
    ? makeModel({ collapseAbove: Number.POSITIVE_INFINITY, collapseMapsFrom: Number.POSITIVE_INFINITY })
    : makeModel();
  fillModel(model, {
    ...run.view,
    flowRun,
    taskRuns: currentTasks(run.view.taskRuns),
    kept: withInsides(run.view.taskRuns, run.view.kept),
  });
  const running = !isTerminal(flowRun.state_type);
  lines.push("", ...treeLines(model, { style, width, ...(running ? { now: Date.now() } : {}) }).lines);
  lines.push(...artifactLines(run.view.artifacts, { io, width }));
  if (run.view.notes.length > 0) {
    lines.push("", style.bold("Notes"), ...run.view.notes.map((note) => truncate(`  ${oneLine(note.message)}`, width)));
  }
  const result = run.view.result(flowRun.id);
  if (flowRun.state_type === "COMPLETED" && result !== undefined && result.kind !== "none") {
    const shown = result.kind === "file" ? (result.preview ?? "") : (JSON.stringify(plainValue(result)) ?? "");
    if (shown !== "" && shown !== "null") lines.push("", style.bold("Result"), truncate(`  ${oneLine(shown)}`, width));
  }
  lines.push(...journalLines(run, style.yellow));
  const end = summaryLines(endOf(run, flowRun), {
    style,
    width,
    cwd: io.cwd,
    readSource: keptSource(run),
    showing: true,
  });
  // The first line repeats the heading, the second the tree.
  const rest = end.slice(1);
  lines.push("", ...(rest[0] === "" ? rest.slice(1) : rest));
  return lines;
}

/** Only what a sound, finished journal would not have. */
function journalLines({ contents }: OpenedRun, warn: (text: string) => string): string[] {
  const lines: string[] = [];
  for (const { message } of contents.problems) lines.push(warn(`  ${message}`));
  for (const { segment, torn, failure } of contents.segments) {
    if (failure !== undefined) lines.push(`  segment ${segment}: ${failure}`);
    if (torn > 0)
      lines.push(`  segment ${segment} ends in ${torn} bytes that were not written whole; they were left out`);
  }
  return lines.length === 0 ? [] : ["", "Journal", ...lines];
}
