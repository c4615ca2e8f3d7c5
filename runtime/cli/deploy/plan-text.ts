/** What deploying changes, for people. */
import type { Deployment, DeploymentChange, DeploymentCode, DeploymentPlan } from "../../protocol/deployments.ts";
import { describeSchedule } from "../../protocol/schedules.ts";
import type { Io } from "../command.ts";
import { dateText } from "../terminal/times.ts";
import { oneLine, truncate } from "../terminal/width.ts";

/** Lines under the deployment's name: what is new, what was and what will be. */
export function planLines(plan: DeploymentPlan, deployment: Deployment | null, { style, columns }: Io): string[] {
  const width = columns();
  if (plan.problems.length > 0) {
    return plan.problems.map(
      ({ path, message }) => `  ${style.red("refused")} ${style.bold(path)}: ${oneLine(message)}`,
    );
  }
  if (plan.kind === "changed") return plan.changes.flatMap((change) => changeLines(change, style, width));
  if (plan.kind === "unchanged" || deployment === null) return [];
  return [...scheduleLines(deployment), `  code: ${codeText(deployment.code)}`].map((line) => truncate(line, width));
}

function changeLines({ path, before, after }: DeploymentChange, style: Io["style"], width: number): string[] {
  if (path === "parameter_openapi_schema") return ["  the parameters that the flow takes"];
  const text = (value: unknown) => (value === null ? "(none)" : oneLine(JSON.stringify(value) ?? ""));
  return [
    `  ${path}`,
    ...(before === null ? [] : [style.red(truncate(`    - ${text(before)}`, width))]),
    ...(after === null ? [] : [style.green(truncate(`    + ${text(after)}`, width))]),
  ];
}

export function scheduleLines({ schedules }: Pick<Deployment, "schedules">): string[] {
  return schedules.map(({ schedule, active, overlap, missed, slug }) => {
    const said = "cron" in schedule ? schedule.cron : "";
    const words = describeSchedule(schedule) ?? `${said} (${"timezone" in schedule ? schedule.timezone : "UTC"})`;
    const name = slug === null ? "" : `${slug}: `;
    const policies = `missed: ${missed}, overlap: ${overlap}${active ? "" : ", off"}`;
    return `  schedule: ${name}${words}; ${policies}`;
  });
}

export function codeText(code: DeploymentCode): string {
  if (code.type === "snapshot") return `snapshot ${code.hash.slice(0, 12)}`;
  if (code.type === "git") return `git ${code.reference} (${code.commit?.slice(0, 10) ?? "at each run"})`;
  return "working copy: whatever lies in the folder when a run begins";
}

export function nextText(deployment: Pick<Deployment, "next_run" | "paused" | "schedules">): string {
  if (deployment.paused) return "paused";
  if (deployment.next_run !== null) return `next run ${dateText(Date.parse(deployment.next_run))}`;
  return deployment.schedules.length === 0 ? "no schedule: run it with millrace deployments run" : "no run to come";
}
