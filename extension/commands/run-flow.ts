/** Run: at once when nothing has to be filled in, else through the form. */

import { newId } from "../../runtime/protocol/ids.ts";
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import type { Context } from "../context.ts";
import { siteOf } from "../language/flow-model.ts";
import { saveBeforeRun } from "./save.ts";
import { requireTrust } from "./trust.ts";

export async function runFlow(context: Context, target: FlowTarget): Promise<string | undefined> {
  requireTrust(context.vscode, "Running a flow");
  if (await needsParameters(context, target)) {
    await openForm(context, target);
    return undefined;
  }
  return (await context.actions.startRun({ target, parameters: {} })).run_id;
}

/** The run's page in state "new": a form that becomes the run's page when it starts. */
export async function openForm({ vscode, pages }: Context, target: FlowTarget): Promise<void> {
  requireTrust(vscode, "Running a flow");
  await pages.openRun(newId(), { title: target.name, target, focus: true });
}

async function needsParameters(context: Context, target: FlowTarget): Promise<boolean> {
  const site = siteOf(context.flows.files, target.uri, target.export, target.name);
  if (site === undefined) return false;
  if (site.parameters.some((parameter) => parameter.required)) return true;
  if (site.parameters_complete) return false;
  // Only the runner can tell what a schema made by code asks for.
  const uri = await saveBeforeRun(context.vscode, context.vscode.Uri.parse(target.uri));
  const client = await context.service.client();
  try {
    const { flows } = await client.request("POST /api/describe", { body: { file: uri.fsPath } });
    const flow = flows.find((one) => one.export === target.export);
    return flow !== undefined && flow.required.length > 0;
  } catch (thrown) {
    // The run itself tells what is wrong with the file, on its page.
    context.log.debug(`describe ${uri.fsPath}: ${String(thrown)}`);
    return false;
  }
}
