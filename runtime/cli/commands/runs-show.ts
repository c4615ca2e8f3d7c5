/** `millrace runs show`. Read from the run's own files: the same with and without an orchestrator. */

import type { FlowRun } from "../../protocol/api.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { plainValue } from "../../protocol/fold/index.ts";
import type { ArtifactRecord } from "../../protocol/records.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { currentTasks, withInsides } from "../runs/current-tasks.ts";
import { findRun } from "../runs/find-run.ts";
import { damageOf, type OpenedRun, openRun } from "../runs/open-run.ts";
import { endOf, keptSource } from "../runs/show-end.ts";
import { ageText, dateText } from "../terminal/times.ts";
import { cleanLines, oneLine, padEnd, truncate } from "../terminal/width.ts";
import { locationText } from "../view/error-lines.ts";
import { fillModel } from "../view/from-api.ts";
import { makeModel } from "../view/model.ts";
import { summaryLines } from "../view/summary.ts";
import { treeLines } from "../view/tree.ts";

export const runsShowHandler: CommandHandler = async (context) => {
  const { io, home, input, json } = context;
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
  const now = Date.now();
  const lines = [...headerLines(run, flowRun, width, io, now)];
  const parameters = Object.entries(flowRun.parameters);
  if (parameters.length > 0) {
    lines.push("", style.bold("Parameters"));
    const left = Math.max(...parameters.map(([name]) => name.length));
    for (const [name, value] of parameters) {
      lines.push(truncate(`  ${padEnd(oneLine(name), left)}  ${oneLine(JSON.stringify(value) ?? "undefined")}`, width));
    }
  }
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
  lines.push("", ...treeLines(model, { style, width, ...(running ? { now } : {}) }).lines);
  const artifacts = run.view.artifacts.filter(({ type }) => type !== "progress");
  if (artifacts.length > 0)
    lines.push("", style.bold("Artifacts"), ...artifacts.map((artifact) => artifactLine(artifact, width, style.dim)));
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

function headerLines(run: OpenedRun, flowRun: FlowRun, width: number, io: CommandContext["io"], now: number): string[] {
  const { style } = io;
  const facts: [string, string][] = [["Run", run.id]];
  const place = flowRun.flow_export === null ? flowRun.flow_file : `${flowRun.flow_file}:${flowRun.flow_export}`;
  if (flowRun.flow_file !== "") {
    const short = locationText({ file: flowRun.flow_file, line: 0, column: 0 }, io.cwd).replace(/:0:0$/, "");
    facts.push(["File", place.replace(flowRun.flow_file, short)]);
  }
  const begun = flowRun.start_time ?? flowRun.created;
  facts.push(["Started", `${dateText(Date.parse(begun))} ${style.dim(`(${ageText(now - Date.parse(begun))} ago)`)}`]);
  if (flowRun.run_count > 1) facts.push(["Executed", `${flowRun.run_count} times`]);
  if (flowRun.created_by !== null) facts.push(["By", flowRun.created_by]);
  if (flowRun.tags.length > 0) facts.push(["Tags", flowRun.tags.map(oneLine).join(", ")]);
  if (flowRun.idempotency_key !== null) facts.push(["Key", oneLine(flowRun.idempotency_key)]);
  if (run.live !== undefined && !isTerminal(flowRun.state_type)) facts.push(["Process", String(run.live.writer.pid)]);
  return facts.map(([name, value]) => truncate(`${style.dim(padEnd(name, 8))}  ${value}`, width));
}

function artifactLine(artifact: ArtifactRecord, width: number, dim: (text: string) => string): string {
  const value = plainValue(artifact.data);
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const first = cleanLines(artifact.description ?? text)[0] ?? "";
  return truncate(`  ${artifact.key}  ${dim(artifact.type)}  ${first}`, width);
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
