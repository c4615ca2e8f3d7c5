/** Resuming with its plan: what is kept, what runs, and what has changed since it was kept. */
import type { PlannedTask, ResumePlan } from "../../runtime/protocol/api.ts";
import { formatPlural } from "../../runtime/protocol/formats.ts";
import type { ResumeOptions } from "../../runtime/protocol/live.ts";
import type { Context, VscodeApi } from "../context.ts";
import { CancelledByUser } from "../problems.ts";

/** Resumes at once when the plan holds nothing to decide; otherwise, or when `ask`, shows it first. */
export async function resumeWithPlan(
  { vscode, service, actions, pages }: Pick<Context, "vscode" | "service" | "actions" | "pages">,
  runId: string,
  ask: boolean,
): Promise<void> {
  const client = await service.client();
  const plan = await client.request("POST /api/flow_runs/:id/plan", {
    params: { id: runId },
    body: { mode: "resume" },
  });
  const open = ask || plan.missing.length > 0 || plan.kept.some((task) => task.changed === true);
  const options: ResumeOptions = open ? await choose(vscode, plan) : { mode: "resume" };
  await actions.resumeRun({ run_id: runId, options });
  await pages.openRun(runId);
}

async function choose(vscode: VscodeApi, plan: ResumePlan): Promise<ResumeOptions> {
  const items = planItems(plan);
  const allow_rerun = plan.missing.length > 0 ? { allow_rerun: true } : {};
  if (items.length === 0) {
    const answer = await vscode.window.showQuickPick([{ label: "Resume", description: planWords(plan) }], {
      title: "Resume the Run",
    });
    if (answer === undefined) throw new CancelledByUser();
    return { mode: "resume", ...allow_rerun };
  }
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: `Resume: ${planWords(plan)}`,
    placeHolder: "Tick kept tasks that shall run again; the rest keeps its results",
    matchOnDescription: true,
  });
  if (picked === undefined) throw new CancelledByUser();
  const rerun = picked.map((item) => item.id);
  return { mode: "resume", ...(rerun.length === 0 ? {} : { rerun }), ...allow_rerun };
}

export interface PlanItem {
  readonly label: string;
  readonly description: string;
  readonly id: string;
}

/** Kept tasks, those that have changed since first: only about them there is something to decide. */
export function planItems(plan: ResumePlan): readonly PlanItem[] {
  const item = (task: PlannedTask): PlanItem => ({
    label: task.name,
    description: task.changed === true ? "kept · its code has changed since" : "kept",
    id: task.task_run_id,
  });
  const changed = plan.kept.filter((task) => task.changed === true);
  return [...changed, ...plan.kept.filter((task) => task.changed !== true)].map(item);
}

/** "3 kept, 1 will run, 1 changed since" */
export function planWords(plan: ResumePlan): string {
  const changed = plan.kept.filter((task) => task.changed === true).length;
  return [
    `${plan.kept.length} kept`,
    `${plan.runs_again.length + plan.missing.length} will run`,
    ...(changed === 0 ? [] : [`${changed} changed since`]),
    ...(plan.missing.length === 0 ? [] : [`${formatPlural(plan.missing.length, "result")} missing`]),
  ].join(", ");
}
