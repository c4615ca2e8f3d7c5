/** Where deployments, work pools and automations name a block, and the same under another name. Pure. */
import type { AutomationAction } from "./automations.ts";
import type { BlockUsers } from "./blocks.ts";
import type { DeploymentCode, Infrastructure } from "./deployments.ts";

/** The type of block that an action's name alone stands for. */
export const actionBlockTypes = { slack: "slack-webhook", email: "email", webhook: "webhook" } as const;

/** "team" of a Slack action is the block slack-webhook/team. */
export function blockKeyOf(reference: string, slug: string): string {
  return reference.includes("/") ? reference : `${slug}/${reference}`;
}

/** The block that an action speaks with. */
export function blockOfAction(action: AutomationAction): string | undefined {
  if (action.type !== "slack" && action.type !== "email" && action.type !== "webhook") return undefined;
  return action.block === undefined ? undefined : blockKeyOf(action.block, actionBlockTypes[action.type]);
}

/** From one key to another: "email/reports" → "email/letters". */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** Written as it was: a name alone stays a name alone. */
export function renamedReference(reference: string, { from, to }: Renaming, slug: string): string {
  if (blockKeyOf(reference, slug) !== from) return reference;
  return reference.includes("/") ? to : to.slice(to.indexOf("/") + 1);
}

export function actionRenamed(action: AutomationAction, renaming: Renaming): AutomationAction {
  if (blockOfAction(action) !== renaming.from) return action;
  if (action.type !== "slack" && action.type !== "email" && action.type !== "webhook") return action;
  const slug = actionBlockTypes[action.type];
  return action.block === undefined ? action : { ...action, block: renamedReference(action.block, renaming, slug) };
}

export function infrastructureRenamed(infrastructure: Infrastructure, { from, to }: Renaming): Infrastructure {
  return infrastructure.type === "docker" && infrastructure.block === from
    ? { ...infrastructure, block: to }
    : infrastructure;
}

export function codeRenamed(code: DeploymentCode, { from, to }: Renaming): DeploymentCode {
  return code.type === "git" && code.credentials === from ? { ...code, credentials: to } : code;
}

/** What uses a block - all but itself - and in which field, for messages. */
export function blockUserTexts(
  { documents, deployments = [], work_pools = [], automations = [] }: BlockUsers,
  own: string,
): readonly { readonly path: string; readonly message: string }[] {
  return [
    ...documents
      .map(({ block_type_slug, name, field }) => ({ path: `${block_type_slug}/${name}`, message: field }))
      .filter((user) => user.path !== own),
    ...deployments.map(({ title, field }) => ({ path: `the deployment ${title}`, message: field })),
    ...work_pools.map(({ name }) => ({ path: `the work pool ${name}`, message: "infrastructure.block" })),
    ...automations.map(({ name, field }) => ({ path: `the automation ${name}`, message: field })),
  ];
}

/** Fields in which a deployment names the block. */
export function fieldsWithBlock(
  { infrastructure, code }: { readonly infrastructure: Infrastructure; readonly code: DeploymentCode },
  key: string,
): readonly string[] {
  return [
    ...(infrastructure.type === "docker" && infrastructure.block === key ? ["infrastructure.block"] : []),
    ...(code.type === "git" && code.credentials === key ? ["code.credentials"] : []),
  ];
}
