/** The `millrace` debug type: F5 in a flow file, and launch configurations, become a session of the JavaScript debugger. */
import path from "node:path";
import type * as Vscode from "vscode";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { pickFlow } from "../commands/pick.ts";
import { saveBeforeRun } from "../commands/save.ts";
import { requireTrust } from "../commands/trust.ts";
import type { Context } from "../context.ts";
import { expand, readFlowText } from "./flow-text.ts";
import { prepareLaunch } from "./launch.ts";
import { type Parameters, parametersFor } from "./parameters.ts";

export interface MillraceConfiguration extends Vscode.DebugConfiguration {
  readonly flow?: unknown;
  readonly parameters?: unknown;
  readonly env?: unknown;
  readonly cwd?: unknown;
  readonly stopOnEntry?: unknown;
  readonly skipFiles?: unknown;
}

export function createResolver(context: Context): Vscode.DebugConfigurationProvider {
  const { vscode, flows } = context;

  async function resolve(
    folder: Vscode.WorkspaceFolder | undefined,
    given: MillraceConfiguration,
  ): Promise<Vscode.DebugConfiguration> {
    requireTrust(vscode, "Debugging a flow");
    const active = vscode.window.activeTextEditor?.document.uri;
    const activeFile = active?.scheme === "file" ? active.fsPath : undefined;
    const top = folder?.uri.fsPath ?? path.dirname(activeFile ?? process.cwd());
    const surroundings = { folder: top, activeFile };
    // F5 without a launch.json: nothing is given.
    const text = typeof given.flow === "string" && given.flow !== "" ? given.flow : (activeFile ?? "");
    const named = readFlowText(text, surroundings);
    if (named === undefined)
      throw new MillraceError(
        "bad-usage",
        `flow: "${text}" names no file with a flow. Write for example "flows/etl.ts:etlParent", or open the file.`,
      );
    const uri = await saveBeforeRun(vscode, vscode.Uri.file(named.file));
    const known = flows.files.get(uri.toString())?.flows ?? [];
    const target =
      named.flow === undefined && known.length > 0
        ? await pickFlow(context, uri)
        : { uri: uri.toString(), export: named.flow ?? null, name: named.flow ?? path.basename(named.file) };
    const flow = target.export ?? named.flow;
    return prepareLaunch(context, {
      file: named.file,
      flow,
      parameters: objectOf(given.parameters) ?? (await parametersFor(context, target)),
      ...(given.name ? { name: given.name } : { name: `Millrace: ${target.name}` }),
      ...(typeof given.cwd === "string" ? { cwd: path.resolve(top, expand(given.cwd, surroundings)) } : {}),
      ...(given.stopOnEntry === true ? { stopOnEntry: true } : {}),
      env: variablesOf(given.env),
      skipFiles: Array.isArray(given.skipFiles) ? given.skipFiles.map(String) : [],
    });
  }

  return {
    async resolveDebugConfiguration(folder, configuration) {
      try {
        return await resolve(folder, configuration);
      } catch (thrown) {
        context.report(thrown, "Debugging the flow");
        return undefined;
      }
    },
  };
}

/** Every flow that can be started, for "Select and Start Debugging". */
export function createOffers({ vscode, flows }: Context): Vscode.DebugConfigurationProvider {
  return {
    provideDebugConfigurations(folder) {
      return [...flows.files.values()].flatMap(({ uri, flows: sites }) => {
        const file = vscode.Uri.parse(uri);
        const own = vscode.workspace.getWorkspaceFolder(file);
        if (folder !== undefined && own?.uri.toString() !== folder.uri.toString()) return [];
        const place = vscode.workspace.asRelativePath(file, false);
        return sites
          .filter((site) => site.export !== null)
          .map((site) => ({
            type: "millrace",
            request: "launch",
            name: `Debug ${site.name} (${place})`,
            flow: `${place}:${site.export}`,
            parameters: {},
          }));
      });
    },
  };
}

function objectOf(value: unknown): Parameters | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function variablesOf(value: unknown): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    Object.entries(objectOf(value) ?? {}).map(([name, text]) => [name, text === null ? null : String(text)]),
  );
}
