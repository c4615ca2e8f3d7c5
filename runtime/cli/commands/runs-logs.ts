/** `millrace runs logs`. Read from the run's own files: the same with and without an orchestrator. */
import { setTimeout as wait } from "node:timers/promises";
import { isRemote } from "../../client/profiles.ts";
import type { TaskRun } from "../../protocol/api.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import { type LogRecord, logLevels } from "../../protocol/records.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { logPages } from "../elsewhere/logs.ts";
import { withRun } from "../elsewhere/run-of.ts";
import { usage } from "../parse.ts";
import { findRun } from "../runs/find-run.ts";
import { openRun } from "../runs/open-run.ts";
import { makeLogReader } from "../runs/read-logs.ts";
import { cleanLines, oneLine } from "../terminal/width.ts";
import { levelName, paintLevel } from "../view/log-lines.ts";
import { clockTime, fieldsText } from "../view/plain.ts";

/** Milliseconds between two looks at a log that grows. */
const followTime = 100;
/** The same, where each look is a question over the network. */
const lookEvery = 500;

export const runsLogsHandler: CommandHandler = async (context) => {
  const { home, input } = context;
  const tail = countOf(context, "tail");
  if (isRemote(home)) return logsElsewhere(context, tail);
  const id = await findRun(home, input.arguments[0]);
  const first = openRun(home, id);
  if (first === undefined) throw new MillraceError("not-found", `There is no run ${id} in ${home}.`);
  const reader = makeLogReader(homePaths.run(home, id));
  const level = logLevels[levelOf(input.text("level"))];
  let run = first;
  let wanted = tasksWanted(run.view.taskRuns, input.text("task"), input.flag("follow"));
  const print = (logs: readonly LogRecord[]) => printLogs(context, run.view.taskRuns, logs);
  const isWanted = (log: LogRecord) =>
    log.level >= level && (wanted === undefined || (log.task_run_id !== undefined && wanted.has(log.task_run_id)));
  const before = reader.next().filter(isWanted);
  print(tail === undefined ? before : before.slice(-tail || before.length));
  while (input.flag("follow")) {
    // First the state, then the log: what a run wrote before it ended is not missed.
    const again = openRun(home, id);
    const ended = again?.flowRun === undefined || isTerminal(again.flowRun.state_type);
    if (again !== undefined) {
      run = again;
      wanted = tasksWanted(run.view.taskRuns, input.text("task"), true);
    }
    print(reader.next().filter(isWanted));
    if (ended) break;
    await wait(followTime);
  }
  return exitCodes.completed;
};

function logsElsewhere(context: CommandContext, tail: number | undefined): Promise<number> {
  const { input } = context;
  return withRun(context, async (client, { id, root_flow_run_id: root }) => {
    const level = logLevels[levelOf(input.text("level"))];
    const pages = logPages(client, id, { level });
    const typed = input.text("task");
    const tasksOf = async () => {
      const body = { limit: 10_000, include_subflows: true };
      return (await client.request("POST /api/flow_runs/:id/task_runs", { params: { id: root }, body })).items;
    };
    const print = async (logs: readonly LogRecord[], mayCome: boolean): Promise<void> => {
      const taskRuns = await tasksOf();
      const wanted = tasksWanted(taskRuns, typed, mayCome);
      printLogs(
        context,
        taskRuns,
        logs.filter(({ task_run_id: task }) => wanted === undefined || (task !== undefined && wanted.has(task))),
      );
    };
    const before = await pages.next();
    await print(tail === undefined ? before : before.slice(-tail), input.flag("follow"));
    while (input.flag("follow")) {
      const { state_type } = await client.request("GET /api/flow_runs/:id", { params: { id } });
      const more = await pages.next();
      if (more.length > 0) await print(more, true);
      if (isTerminal(state_type)) break;
      await wait(lookEvery);
    }
    return exitCodes.completed;
  });
}

function levelOf(text: string | undefined): keyof typeof logLevels {
  return text === "info" || text === "warn" || text === "error" ? text : "debug";
}

function countOf({ command, input }: CommandContext, name: string): number | undefined {
  const text = input.text(name);
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw usage(command, `--${name}: "${text}" is no whole number from 1.`);
  return count;
}

/** Ids of the task runs that a name, key or id means; undefined for all. */
function tasksWanted(
  tasks: readonly TaskRun[],
  typed: string | undefined,
  mayCome: boolean,
): ReadonlySet<string> | undefined {
  if (typed === undefined) return undefined;
  const found = tasks.filter(
    (task) => task.name === typed || task.task_key === typed || task.id === typed || task.id.endsWith(typed),
  );
  if (found.length === 0 && !mayCome) {
    const hint = didYouMean(
      typed,
      tasks.flatMap((task) => [task.name, task.task_key]),
    );
    throw new MillraceError("not-found", `The run has no task "${typed}".${hint}`);
  }
  return new Set(found.map((task) => task.id));
}

function printLogs({ io, json }: CommandContext, taskRuns: readonly TaskRun[], logs: readonly LogRecord[]): void {
  if (logs.length === 0) return;
  if (json) {
    io.out(logs.map((log) => `${JSON.stringify(log)}\n`).join(""));
    return;
  }
  const { style } = io;
  const names = new Map(taskRuns.map((task) => [task.id, task.name]));
  const lines = logs.flatMap((log) => {
    const task = log.task_run_id === undefined ? undefined : names.get(log.task_run_id);
    const who = task === undefined ? "" : style.dim(`${oneLine(task)}: `);
    const paint = paintLevel(log.level, style);
    return cleanLines(log.message).map(
      (text, index) =>
        `${style.dim(clockTime(log.at))} ${paint(levelName(log.level).padEnd(5))} ${who}${text}${index === 0 ? style.dim(fieldsText(log)) : ""}`,
    );
  });
  io.out(lines.map((line) => `${line}\n`).join(""));
}
