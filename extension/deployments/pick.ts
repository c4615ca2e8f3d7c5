/** Which deployment a command means: what it was given, the page in front, else what the user picks. */
import type { Deployment } from "../../runtime/protocol/deployments.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { DeclaredName } from "../../runtime/protocol/pages.ts";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import { nextWords } from "./words.ts";

type Parts = Pick<Context, "vscode" | "service" | "deployments" | "pages">;

export interface DeploymentQuestion {
  readonly placeHolder: string;
  readonly wanted?: (deployment: Deployment) => boolean;
  /** Said when none is wanted. */
  readonly none?: string;
}

/** @throws CancelledByUser, and MillraceError when there is none. */
export async function pickDeployment(
  { vscode, service, deployments, pages }: Parts,
  given: unknown,
  {
    placeHolder,
    wanted = () => true,
    none = "No flow is deployed yet. Deploy one with the lens above it.",
  }: DeploymentQuestion,
): Promise<string> {
  const told =
    textField(given, "deployment_id") ?? (given instanceof vscode.Uri ? pages.deploymentAt(given) : undefined);
  if (told !== undefined) return told;
  const input = vscode.window.tabGroups.activeTabGroup?.activeTab?.input;
  const shown =
    given === undefined && input instanceof vscode.TabInputCustom ? pages.deploymentAt(input.uri) : undefined;
  if (shown !== undefined) return shown;
  await service.client();
  await deployments.read();
  if (deployments.problem !== null) throw new MillraceError("not-answering", deployments.problem);
  const choices = deployments.deployments.filter(wanted);
  if (choices.length === 0) throw new MillraceError("not-found", none);
  const now = Date.now();
  const picked = await vscode.window.showQuickPick(
    choices.map((deployment) => ({
      label: `${deployment.flow_name} · ${deployment.name}`,
      description: nextWords(deployment, now),
      id: deployment.id,
    })),
    { placeHolder, matchOnDescription: true },
  );
  if (picked === undefined) throw new CancelledByUser();
  return picked.id;
}

export function textField(given: unknown, field: string): string | undefined {
  const value: unknown = typeof given === "object" && given !== null ? Reflect.get(given, field) : undefined;
  return typeof value === "string" ? value : undefined;
}

export function declaredOf(given: unknown): DeclaredName | undefined {
  if (typeof given !== "object" || given === null || !("declared" in given)) return undefined;
  const [declared_in, flow, name] = ["declared_in", "flow", "name"].map((key) => textField(given.declared, key));
  return declared_in === undefined || flow === undefined || name === undefined
    ? undefined
    : { declared_in, flow, name };
}
