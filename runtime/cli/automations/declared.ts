/** The automations of a millrace.json: read, and applied with what is deployed. */
import { readFileSync } from "node:fs";
import type { Client } from "../../client/client.ts";
import type { Automation, AutomationPlan, AutomationSettings } from "../../protocol/automations.ts";
import { automationSettings, readDeclaredAutomations } from "../../protocol/declared-automations.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { Io } from "../command.ts";
import { planText } from "./automation-text.ts";

/** @throws MillraceError "bad-file" naming line, column and field of all that is wrong. */
export function readAutomations(file: string): readonly AutomationSettings[] {
  const { automations, problems } = readDeclaredAutomations(readFileSync(file, "utf8").replace(/^\ufeff/, ""));
  if (problems.length > 0) {
    const list = problems.map(({ line, column, path, message }) => `${file}:${line}:${column}: ${path} ${message}`);
    throw new MillraceError("bad-file", `${list.join("\n")}\nNothing was deployed.`);
  }
  return automations.map((declared) => automationSettings(file, declared));
}

export interface PlannedAutomation {
  readonly automation: Automation | null;
  readonly plan: AutomationPlan;
}

/** @param deployments those that are about to be deployed: an action may name them already */
export async function planAutomations(
  client: Client,
  declared: readonly AutomationSettings[],
  options: { readonly dry: boolean; readonly deployments?: readonly string[] },
): Promise<readonly PlannedAutomation[]> {
  const planned: PlannedAutomation[] = [];
  for (const settings of declared) {
    const body = {
      ...settings,
      dry_run: options.dry,
      ...(options.deployments === undefined ? {} : { with_deployments: options.deployments }),
    };
    planned.push(await client.request("POST /api/automations", { body }));
  }
  return planned;
}

export function tellAutomations(
  declared: readonly AutomationSettings[],
  planned: readonly PlannedAutomation[],
  how: "planned" | "saved",
  io: Io,
): void {
  for (const [place, { plan }] of planned.entries()) {
    const name = declared[place]?.name ?? "";
    const text = `${planText({ name }, plan, how, io).join("\n")}\n`;
    if (plan.problems.length > 0) io.err(text);
    else io.out(text);
  }
}
