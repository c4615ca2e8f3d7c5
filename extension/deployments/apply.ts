/** Puts in force what a millrace.json declares - its deployments and its automations - after showing what that changes. */
import type { Client } from "../../runtime/client/client.ts";
import type { AutomationSettings } from "../../runtime/protocol/automations.ts";
import { automationSettings, readDeclaredAutomations } from "../../runtime/protocol/declared-automations.ts";
import type { DeploymentSettings } from "../../runtime/protocol/deployments.ts";
import { type FieldProblem, MillraceError } from "../../runtime/protocol/errors.ts";
import { formatPlural } from "../../runtime/protocol/formats.ts";
import { requireTrust } from "../commands/trust.ts";
import type { Context, DeclaredFile } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import type { OwnedDeploymentModel } from "./model.ts";

/** Loading a flow's file and copying what it imports may take a while. */
export const patience = 60_000;

export const askToDeploy = (client: Client, settings: DeploymentSettings, dry_run: boolean) =>
  client.request("POST /api/deployments", { body: { ...settings, dry_run }, timeout_ms: patience });

/** What one entry of the file would change. */
interface Planned {
  readonly title: string;
  readonly kind: "new" | "changed" | "unchanged";
  readonly changes: readonly { readonly path: string }[];
  readonly problems: readonly FieldProblem[];
  readonly carryOut: () => Promise<unknown>;
}

type Parts = Pick<Context, "vscode" | "service">;

/** @throws CancelledByUser, MillraceError "bad-file" and "bad-parameters" for what the file says wrongly */
export async function applyDeclared(
  { vscode, service }: Parts,
  deployments: OwnedDeploymentModel,
  file: string,
): Promise<void> {
  requireTrust(vscode, "Deploying a flow");
  // What is deployed is what somebody reads on the screen.
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === file);
  if (open?.isDirty === true && !(await open.save())) {
    throw new MillraceError("bad-file", `${file} could not be saved. Nothing was deployed.`);
  }
  await deployments.wrote(vscode.Uri.file(file));
  const declared = deployments.files.find(({ path }) => path === file);
  if (declared === undefined || declared.problem !== null) {
    throw new MillraceError("bad-file", `${file}: ${declared?.problem ?? "it cannot be read"}. Nothing was deployed.`);
  }
  const automations = automationsOf(declared);
  const client = await service.client();
  const planned = await planAll(client, declared, automations);
  const lines = planned.map(({ title, kind, changes, problems: [problem] }) => {
    if (problem !== undefined) return `${title}: ${problem.path} ${problem.message}`;
    return `${title}: ${kind === "changed" ? changes.map(({ path }) => path).join(", ") : kind}`;
  });
  // All or none: half of a file deployed is a state that nobody has written down.
  if (planned.some(({ problems }) => problems.length > 0)) {
    throw new MillraceError("bad-parameters", `Nothing was deployed. ${lines.join("; ")}`);
  }
  const wanted = planned.filter(({ kind }) => kind !== "unchanged");
  if (wanted.length === 0) {
    void vscode.window.showInformationMessage("Everything that this file declares is deployed as it stands there.");
    return;
  }
  const answer = await vscode.window.showWarningMessage(
    `Deploy ${whatOf(planned.slice(0, declared.deployments.length), planned.slice(declared.deployments.length))} on this computer?`,
    { modal: true, detail: lines.join("\n") },
    "Deploy",
  );
  if (answer !== "Deploy") throw new CancelledByUser();
  for (const { carryOut } of wanted) await carryOut();
  await deployments.read();
}

function automationsOf({ path, text }: DeclaredFile): readonly AutomationSettings[] {
  const { automations, problems } = readDeclaredAutomations(text);
  const [first] = problems;
  if (first !== undefined) {
    throw new MillraceError(
      "bad-file",
      `${path}: line ${first.line}: ${first.path} ${first.message}. Nothing was deployed.`,
    );
  }
  return automations.map((one) => automationSettings(path, one));
}

async function planAll(
  client: Client,
  declared: DeclaredFile,
  automations: readonly AutomationSettings[],
): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  const titles: string[] = [];
  for (const { settings } of declared.deployments) {
    const { deployment, plan } = await askToDeploy(client, settings, true);
    if (deployment !== null) titles.push(`${deployment.flow_name}/${deployment.name}`);
    planned.push({ ...plan, title: settings.name, carryOut: () => askToDeploy(client, settings, false) });
  }
  for (const settings of automations) {
    // An action may name a deployment of this file that is about to be there.
    const body = { ...settings, dry_run: true, with_deployments: titles };
    const { plan } = await client.request("POST /api/automations", { body });
    const carryOut = () => client.request("POST /api/automations", { body: { ...settings, dry_run: false } });
    planned.push({ ...plan, title: `automation ${settings.name}`, carryOut });
  }
  return planned;
}

function whatOf(deployments: readonly Planned[], automations: readonly Planned[]): string {
  const count = (all: readonly Planned[], name: string): string[] => {
    const changed = all.filter(({ kind }) => kind !== "unchanged").length;
    return changed === 0 ? [] : [formatPlural(changed, name)];
  };
  return [...count(deployments, "deployment"), ...count(automations, "automation")].join(" and ");
}
