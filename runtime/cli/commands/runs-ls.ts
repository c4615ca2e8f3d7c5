import { formatDuration, tryParseDuration } from "../../protocol/durations.ts";
import { exitCodes } from "../../protocol/errors.ts";
import { type StateType, stateTypes } from "../../protocol/states.ts";
import type { CommandContext, CommandHandler, Io } from "../command.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";
import { listRuns, listSummaries } from "../runs/list-runs.ts";
import type { RunSummary } from "../runs/summarize-run.ts";
import { layoutColumns } from "../terminal/columns.ts";
import { ageText } from "../terminal/times.ts";
import { oneLine } from "../terminal/width.ts";
import { glyphOf, paintOf, stateLabel } from "../view/glyphs.ts";
import { shortId } from "../view/summary.ts";

export const runsListHandler: CommandHandler = async (context) => {
  const { home, input, io, json } = context;
  const flow = input.text("flow");
  const text = input.text("search");
  const since = input.text("since");
  const states = statesOf(input.list("state"));
  const limit = limitOf(context);
  const { runs, more, unreadable } = await (json ? listRuns : listSummaries)(home, {
    limit,
    ...(flow === undefined ? {} : { flow_name: flow }),
    ...(text === undefined ? {} : { text }),
    ...(since === undefined ? {} : { after: new Date(Date.now() - ageOf(context, since)).toISOString() }),
    ...(states.length === 0 ? {} : { state_types: states }),
    ...(input.flag("subflows") ? { include_subflows: true } : {}),
  });
  if (json) printJson(io, runs);
  else if (!io.terminal) io.out(runs.map((run) => `${fieldsOf(run).join("\t")}\n`).join(""));
  else if (runs.length === 0) {
    const filtered = flow ?? text ?? since ?? states[0];
    io.out(filtered === undefined ? `No runs in ${home} yet. millrace run FILE makes one.\n` : "No runs match.\n");
  } else io.out(tableOf(runs, io, more));
  for (const problem of unreadable) io.err(`${io.style.yellow("not shown")}: ${problem}\n`);
  return exitCodes.completed;
};

function statesOf(typed: readonly string[]): StateType[] {
  return stateTypes.filter((type) => typed.includes(type.toLowerCase()));
}

function limitOf({ command, input }: CommandContext): number {
  const text = input.text("limit") ?? "20";
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw usage(command, `--limit: "${text}" is no whole number from 1.`);
  return limit;
}

/** Milliseconds. */
export function ageOf({ command }: Pick<CommandContext, "command">, text: string, option = "since"): number {
  const age = tryParseDuration(/^\d+$/.test(text) ? "" : text);
  if (age === undefined) throw usage(command, `--${option}: "${text}" is no age; write "30m", "2h" or "7d".`);
  return age;
}

function tableOf(runs: readonly RunSummary[], io: Io, more: boolean): string {
  const { style } = io;
  const now = Date.now();
  const rows = runs.map((run) => [
    `${glyphOf(stateOf(run), style)} ${paintOf(stateOf(run), style)(stateLabel(stateOf(run)))}`,
    oneLine(run.flow_name),
    oneLine(run.name),
    ageText(now - Date.parse(run.start_time ?? run.created)),
    durationOf(run, now),
    tasksOf(run),
    style.dim(shortId(run.id)),
  ]);
  const lines = layoutColumns(
    [
      { title: "STATE" },
      { title: "FLOW", shrinkTo: 8 },
      { title: "NAME", shrinkTo: 8 },
      { title: "AGO", align: "right" },
      { title: "TIME", align: "right", drop: 2 },
      { title: "TASKS", align: "right", drop: 1 },
      { title: "ID" },
    ],
    rows,
    io.columns(),
    style.dim,
  );
  const note = more ? [style.dim(`The newest ${runs.length}; more with --limit.`)] : [];
  return [...lines, ...note].map((line) => `${line}\n`).join("");
}

function durationOf(run: RunSummary, now: number): string {
  if (run.start_time === null) return "";
  const end = run.end_time === null ? now : Date.parse(run.end_time);
  return formatDuration(Math.max(0, end - Date.parse(run.start_time)));
}

/** "12", or "11/12" while some have not completed; nothing for a large run whose tasks were not read. */
function tasksOf(run: RunSummary): string {
  if (run.task_run_counts === undefined) return "";
  const total = Object.values(run.task_run_counts).reduce((sum, count) => sum + count, 0);
  const completed = run.task_run_counts.COMPLETED ?? 0;
  return completed === total ? String(total) : `${completed}/${total}`;
}

/** For programs: tab-separated, whole, no heading: id, state, flow, name, created, start, end. */
function fieldsOf(run: RunSummary): string[] {
  return [run.id, run.state_name, run.flow_name, run.name, run.created, run.start_time ?? "", run.end_time ?? ""].map(
    oneLine,
  );
}

function stateOf(run: RunSummary) {
  return { type: run.state_type, name: run.state_name };
}
