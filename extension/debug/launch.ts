/** Gathers what a debug session of a flow needs: the runtime, a Node, parameters, the environment of a run. */
import { existsSync } from "node:fs";
import path from "node:path";
import type * as Vscode from "vscode";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { variablesFile, workingFolder } from "../commands/environment.ts";
import type { Context } from "../context.ts";
import { nodeConfiguration } from "./configuration.ts";

export interface FlowLaunch {
  readonly file: string;
  /** Export or name. */
  readonly flow: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly run_id?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | null>>;
  readonly stopOnEntry?: boolean;
  readonly skipFiles?: readonly string[];
  readonly name?: string;
}

/** @throws MillraceError when there is no such file, no Node that is new enough, or the home cannot be written. */
export async function prepareLaunch(context: Context, launch: FlowLaunch): Promise<Vscode.DebugConfiguration> {
  const { vscode, settings, service } = context;
  const { file, flow, stopOnEntry, skipFiles, env } = launch;
  if (!existsSync(file)) throw new MillraceError("bad-file", `${file}: there is no such file.`);
  const uri = vscode.Uri.file(file);
  const { chooseNode, chosenNode } = await import("../../runtime/client/node-path.ts");
  const { installRuntime } = await import("../../runtime/client/install.ts");
  const wanted = settings.get("nodePath");
  const node = wanted === "" || wanted === "auto" ? await chooseNode() : await chosenNode(wanted);
  const { folder: runtime } = installRuntime(service.home, undefined, node.path);
  const variables = variablesFile(vscode, settings, uri);
  return nodeConfiguration({
    request: {
      home: service.home,
      run_id: launch.run_id ?? newId(),
      file,
      ...(flow === undefined ? {} : { flow }),
      parameters: launch.parameters,
      cwd: launch.cwd ?? workingFolder(vscode, uri),
      ...(variables === undefined ? {} : { environment: { MILLRACE_ENV_FILE: variables } }),
    },
    name: launch.name ?? `Millrace: ${flow ?? path.basename(file)}`,
    runtime,
    node: node.path,
    electron: node.because === "the editor's own",
    ...(env === undefined ? {} : { env }),
    ...(stopOnEntry === undefined ? {} : { stopOnEntry }),
    ...(skipFiles === undefined ? {} : { skipFiles }),
  });
}
