/** What a resume would do, before anything runs. */
import type { FlowRun, PlannedTask, ResumePlan } from "../../protocol/api.ts";
import type { Io } from "../command.ts";
import { oneLine, padEnd, textWidth, truncate } from "../terminal/width.ts";
import { shortId } from "./summary.ts";

/** Equal tasks beyond this many become a number. */
const mostNamed = 20;

export function planLines(plan: ResumePlan, flowRun: FlowRun, io: Pick<Io, "style" | "columns">): string[] {
  const { style } = io;
  const width = io.columns();
  const missing = new Set(plan.missing.map((task) => task.task_run_id));
  const again = plan.runs_again;
  const left = Math.min(
    40,
    [...plan.kept, ...again].reduce((most, { name }) => Math.max(most, textWidth(name)), 0),
  );
  const line = (mark: string, task: PlannedTask, text: string) =>
    truncate(`  ${mark} ${padEnd(truncate(oneLine(task.name), left), left)}  ${style.dim(text)}`.trimEnd(), width);
  const some = <Task>(tasks: readonly Task[], show: (task: Task) => string): string[] => {
    const rest = tasks.length - mostNamed;
    return [...tasks.slice(0, mostNamed).map(show), ...(rest > 0 ? [style.dim(`    … and ${rest} more`)] : [])];
  };
  const keptMark = style.green(style.unicode ? "✓" : "keep");
  const againMark = style.yellow(style.unicode ? "↻" : "run ");
  const lines = [`Resuming ${style.bold(oneLine(flowRun.flow_name))} ${oneLine(flowRun.name)} would`];
  lines.push("", `keep ${count(plan.kept.length)}`, ...some(plan.kept, (task) => line(keptMark, task, changeOf(task))));
  lines.push("", `run ${count(again.length)} again, and what was not reached yet`);
  lines.push(
    ...some(again, (task) =>
      line(missing.has(task.task_run_id) ? style.red(style.unicode ? "!" : "LOST") : againMark, task, task.reason),
    ),
  );
  const way = plan.missing.length > 0 ? " --allow-rerun" : "";
  lines.push("", `  ${style.cyan(`millrace runs resume ${shortId(plan.run_id)}${way}`)}`);
  return lines;
}

/** Kept all the same: whether it should be is the user's to say. */
function changeOf({ changed, task_key }: PlannedTask): string {
  return changed === true ? `its code has changed since; --rerun ${task_key} runs it again` : "";
}

function count(number: number): string {
  return `${number} ${number === 1 ? "task" : "tasks"}`;
}
