/** Debugging flows: the lens and command, and the `millrace` debug type behind F5. */
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import { pickFlow } from "../commands/pick.ts";
import { saveBeforeRun } from "../commands/save.ts";
import { requireTrust } from "../commands/trust.ts";
import type { Context } from "../context.ts";
import { runField } from "./configuration.ts";
import { prepareLaunch } from "./launch.ts";
import { type Parameters, parametersFor } from "./parameters.ts";
import { createOffers, createResolver } from "./provider.ts";
import { followSessions } from "./sessions.ts";

export interface DebugOptions {
  readonly parameters?: Parameters;
  readonly run_id?: string;
}

/** @returns the run's id when the debugger has started, else undefined. @throws CancelledByUser, MillraceError, NotTrusted. */
export async function debugFlow(
  context: Context,
  target: FlowTarget,
  options: DebugOptions = {},
): Promise<string | undefined> {
  const { vscode } = context;
  requireTrust(vscode, "Debugging a flow");
  const uri = await saveBeforeRun(vscode, vscode.Uri.parse(target.uri));
  const parameters = options.parameters ?? (await parametersFor(context, target));
  const configuration = await prepareLaunch(context, {
    file: uri.fsPath,
    flow: target.export ?? target.name,
    name: `Millrace: ${target.name}`,
    parameters,
    ...(options.run_id === undefined ? {} : { run_id: options.run_id }),
  });
  const started = await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), configuration);
  return started ? String(configuration[runField]) : undefined;
}

export function registerDebug(context: Context): void {
  const { vscode, own } = context;
  followSessions(context);
  // Each that resolves is asked in turn: only one does.
  const { Dynamic } = vscode.DebugConfigurationProviderTriggerKind;
  own(vscode.debug.registerDebugConfigurationProvider("millrace", createResolver(context)));
  own(vscode.debug.registerDebugConfigurationProvider("millrace", createOffers(context), Dynamic));
  own(
    vscode.commands.registerCommand("millrace.debug", async (given: unknown, options: DebugOptions | undefined) => {
      try {
        return await debugFlow(context, await pickFlow(context, given), options);
      } catch (thrown) {
        // Whoever calls this for a page tells the user there.
        if (options?.run_id !== undefined) throw thrown;
        context.report(thrown, "Debugging the flow");
        return undefined;
      }
    }),
  );
}
