/** Starting a flow from the editor. */
import type { Client } from "../../runtime/client/client.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import { runWords } from "../../runtime/protocol/run-words.ts";
import type { Context } from "../context.ts";
import { runEnvironment, workingFolder } from "./environment.ts";
import { saveBeforeRun } from "./save.ts";
import { requireTrust } from "./trust.ts";

export interface StartInput {
  readonly target: FlowTarget;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly run_id?: string;
  readonly debug?: boolean;
  readonly open?: boolean;
  readonly deployment_id?: string;
}

type Parts = Omit<Context, "actions">;

/** @returns the run's id, once the service has taken it. `began` is told of it before anything else happens with it. */
export async function startRun(
  context: Parts,
  input: StartInput,
  began: (runId: string) => void,
): Promise<{ readonly run_id: string }> {
  const { vscode, service, pages, settings } = context;
  requireTrust(vscode, "Running a flow");
  const uri = await saveBeforeRun(vscode, vscode.Uri.parse(input.target.uri));
  const target = { ...input.target, uri: uri.toString() };
  const run_id = input.run_id ?? newId();
  began(run_id);
  if (input.debug === true) {
    const options = { parameters: input.parameters, run_id };
    const started = await vscode.commands.executeCommand<string | undefined>("millrace.debug", target, options);
    return { run_id: started ?? run_id };
  }
  const open = input.open ?? settings.get("run.openPage", uri) === "always";
  // A page takes longer to come up than a run to begin: it waits for the run's first event, not the run for the page.
  const opened = open
    ? pages.openRun(run_id, { title: `${target.name} · ${runWords(run_id)}`, target, started: true })
    : undefined;
  const created = service.client().then((client) => create(context, client, { ...input, target, run_id }));
  await Promise.all([created, opened]);
  return { run_id };
}

async function create(
  { vscode, settings }: Parts,
  client: Client,
  { target, parameters, run_id, deployment_id }: StartInput & { readonly run_id: string },
): Promise<void> {
  if (deployment_id !== undefined) {
    const body = { id: run_id, parameters };
    await client.request("POST /api/deployments/:id/create_flow_run", { params: { id: deployment_id }, body });
    return;
  }
  const uri = vscode.Uri.parse(target.uri);
  await client.request("POST /api/flow_runs", {
    body: {
      id: run_id,
      file: uri.fsPath,
      flow: target.export ?? target.name,
      parameters,
      cwd: workingFolder(vscode, uri),
      trigger: "editor",
      ...runEnvironment(vscode, settings, uri),
    },
  });
}
