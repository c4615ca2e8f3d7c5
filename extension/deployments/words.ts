/** Deployments in words, the same in the tree, hovers, lenses and the status bar. Pure. */
import { cronPhrase } from "../../runtime/protocol/cron-phrase.ts";
import type { Deployment, DeploymentCode, Schedule } from "../../runtime/protocol/deployments.ts";
import { formatDuration } from "../../runtime/protocol/durations.ts";
import { formatRelative } from "../../runtime/protocol/formats.ts";

export function scheduleWords(schedule: Schedule): string {
  if ("cron" in schedule) return `${cronPhrase(schedule.cron) ?? schedule.cron} (${schedule.timezone})`;
  return `every ${formatDuration(schedule.interval * 1000).replace(/\.0s$/, "s")}`;
}

export function codeWords(code: DeploymentCode): string {
  if (code.type === "snapshot") return `snapshot ${code.hash.slice(0, 8)}`;
  if (code.type === "working-copy") return "the working copy";
  return `git ${code.reference}${code.commit === null ? "" : ` at ${code.commit.slice(0, 8)}`}`;
}

/** It fires by itself. */
export function isOn({ paused, schedules }: Pick<Deployment, "paused" | "schedules">): boolean {
  return !paused && schedules.some(({ active }) => active);
}

/** When it fires next, in words that fit behind its name. */
export function nextWords(deployment: Pick<Deployment, "paused" | "schedules" | "next_run">, now: number): string {
  if (deployment.schedules.length === 0) return "no schedule";
  if (!isOn(deployment)) return "schedule off";
  if (deployment.next_run === null) return "no time to come";
  const next = Date.parse(deployment.next_run);
  return next - now < 5000 ? "now" : formatRelative(next, now);
}
