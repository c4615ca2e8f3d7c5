/** What a resume would do, line by line, and what the user has ticked. Pure. */
import type { PlannedTask, ResumePlan } from "../../runtime/protocol/api.ts";
import type { ResumeOptions } from "../../runtime/protocol/live.ts";

export interface ResumeLine {
  readonly task: PlannedTask;
  readonly fate: "kept" | "runs";
  /** Why it runs, or that its code has changed since; "" for what is simply kept. */
  readonly note: string;
  /** It can be ticked to run again. */
  readonly choice: boolean;
}

/** What runs first, then what was changed since, then what is kept: what needs a thought stands above. */
export function resumeLines(plan: ResumePlan): readonly ResumeLine[] {
  const missing = new Set(plan.missing.map((task) => task.task_run_id));
  const runs = plan.runs_again.map(
    (task): ResumeLine => ({
      task,
      fate: "runs",
      note: missing.has(task.task_run_id) ? "its result is missing from the disk" : task.reason,
      choice: false,
    }),
  );
  const kept = (changed: boolean) =>
    plan.kept
      .filter((task) => (task.changed === true) === changed)
      .map(
        (task): ResumeLine => ({
          task,
          fate: "kept",
          note: changed ? "its code was changed since" : "",
          choice: true,
        }),
      );
  return [...runs, ...kept(true), ...kept(false)];
}

/** "2 tasks are kept, 1 runs." */
export function resumeSummary(lines: readonly ResumeLine[], ticked: ReadonlySet<string>): string {
  const runs = lines.filter(({ fate, task }) => fate === "runs" || ticked.has(task.task_run_id)).length;
  const kept = lines.length - runs;
  const changed = lines.filter(
    ({ note, fate, task }) => fate === "kept" && note !== "" && !ticked.has(task.task_run_id),
  );
  if (lines.length === 0) return "Nothing had finished: the flow runs from its beginning.";
  const parts = [
    kept === 0 ? "" : `${count(kept)} ${kept === 1 ? "is" : "are"} kept`,
    runs === 0 ? "" : `${kept === 0 ? count(runs) : runs.toLocaleString("en-US")} run${runs === 1 ? "s" : ""} again`,
  ].filter((part) => part !== "");
  const code = changed.length === 0 ? "" : ` The code of ${count(changed.length)} was changed since.`;
  return `${parts.join(", ")}; then the flow goes on.${code}`;
}

function count(tasks: number): string {
  return tasks === 1 ? "1 task" : `${tasks.toLocaleString("en-US")} tasks`;
}

export function resumeOptions(base: ResumeOptions, plan: ResumePlan, ticked: ReadonlySet<string>): ResumeOptions {
  return {
    ...base,
    ...(ticked.size === 0 ? {} : { rerun: [...ticked] }),
    ...(plan.missing.length === 0 ? {} : { allow_rerun: true }),
  };
}
