/** Automations in words. */
import type {
  Automation,
  AutomationAction,
  AutomationPlan,
  AutomationTrigger,
  Delivery,
} from "../../protocol/automations.ts";
import { formatDuration } from "../../protocol/durations.ts";
import type { Io } from "../command.ts";
import { ageText } from "../terminal/times.ts";
import { oneLine, truncate } from "../terminal/width.ts";

const time = (seconds: number): string => formatDuration(seconds * 1000).replace(/\.0(?=s)/, "");

export function triggerText(trigger: AutomationTrigger): string {
  const { deployments = [], flows = [], tags = [], folder } = trigger;
  const filters = [
    ...(deployments.length === 0 ? [] : [`of ${deployments.join(" or ")}`]),
    ...(flows.length === 0 ? [] : [`of the flow ${flows.join(" or ")}`]),
    ...(tags.length === 0 ? [] : [`tagged ${tags.join(" and ")}`]),
    ...(folder === undefined ? [] : [`in ${folder}`]),
  ];
  const run = ["run", ...filters].join(" ");
  switch (trigger.type) {
    case "state":
      return `a ${run} is ${trigger.states.join(" or ")}`;
    case "late":
      return `a ${run} is due for ${time(trigger.after)} and has not begun`;
    case "long-running":
      return `a ${run} goes on for more than ${time(trigger.than)}`;
    case "silence":
      return `no ${run} is ${(trigger.states ?? ["COMPLETED"]).join(" or ")} for ${time(trigger.within)}`;
    case "failure-rate": {
      const least = trigger.at_least ?? 5;
      return `${Math.round(trigger.rate * 100)}% of at least ${least} runs ${filters.join(" ")} fail within ${time(trigger.within)}`;
    }
  }
}

export function actionText(action: AutomationAction): string {
  switch (action.type) {
    case "slack":
    case "email":
      return `${action.type} by ${action.block}`;
    case "webhook":
      return `call ${action.block ?? action.url ?? ""}`;
    case "notification":
      return "show it in the editor";
    case "run-deployment":
      return `start ${action.deployment}`;
    case "pause-deployment":
      return `pause ${action.deployment ?? "the run's deployment"}`;
    case "cancel-run":
      return "cancel the run";
  }
}

/** For each a line, and under it what the other side answered or why it did not work. */
export function deliveryLines(deliveries: readonly Delivery[], { style }: Pick<Io, "style">): string[] {
  return deliveries.flatMap((one) => {
    const paint = one.state === "delivered" ? style.green : one.state === "failed" ? style.red : style.yellow;
    const age = ageText(Date.now() - Date.parse(one.created));
    const tries = one.attempts > 1 ? `, ${one.attempts} tries` : "";
    const what = oneLine(`${age} ago  ${one.action} ${one.to} (${one.reason}${tries})`);
    return [`  ${paint(one.state)} ${what}`, ...(one.message === null ? [] : [`    ${oneLine(one.message)}`])];
  });
}

export function planText(
  { name }: Pick<Automation, "name">,
  plan: AutomationPlan,
  how: "planned" | "saved",
  io: Io,
): string[] {
  const { style, columns } = io;
  const title = `automation ${style.bold(name)}`;
  if (plan.problems.length > 0) {
    const lines = plan.problems.map(
      ({ path, message }) => `  ${style.red("refused")} ${style.bold(path)}: ${oneLine(message)}`,
    );
    return [`${title} cannot be deployed:`, ...lines];
  }
  if (plan.kind === "unchanged") return [`${title} stands as it is`];
  const text = (value: unknown) => oneLine(JSON.stringify(value) ?? "");
  const changes = plan.changes.flatMap(({ path, before, after }) => [
    `  ${path}`,
    style.red(truncate(`    - ${text(before)}`, columns())),
    style.green(truncate(`    + ${text(after)}`, columns())),
  ]);
  const what = plan.kind === "new" ? "new" : "changed";
  return [`${title} ${how === "planned" ? `would be ${what}` : `is ${what}`}`, ...changes];
}
