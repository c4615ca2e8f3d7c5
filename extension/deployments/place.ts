/** Whose deployment a page holds, and where it is or would be written down. */
import path from "node:path";
import { fileName, nearestFile } from "../../runtime/client/millrace-json.ts";
import type { Deployment } from "../../runtime/protocol/deployments.ts";
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import type { DeclaredName } from "../../runtime/protocol/pages.ts";
import type { Context, Declaration, DeployPlace } from "../context.ts";
import { pathKey } from "../paths.ts";
import type { RealFiles } from "../real-files.ts";

export interface PlaceParts {
  readonly context: Pick<Context, "vscode" | "deployments">;
  readonly files: RealFiles;
}

export function placeOfDeployment({ context, files }: PlaceParts, deployment: Deployment): DeployPlace {
  const declaration = context.deployments.declarationOf(deployment);
  const flow_file = declaration?.settings.flow_file ?? files.shown(deployment.flow_file);
  return {
    flow_file,
    flow_export: declaration?.settings.flow_export ?? deployment.flow_export,
    deployment,
    declaration,
    file: declaration?.file ?? fileFor({ context, files }, flow_file),
  };
}

export function placeOfDeclared({ context }: PlaceParts, declaration: Declaration): DeployPlace {
  const { flow_file, flow_export } = declaration.settings;
  const deployment = context.deployments.deployedAs(declaration.settings);
  return { flow_file, flow_export, deployment, declaration, file: declaration.file };
}

export function placeOfTarget(parts: PlaceParts, { uri, export: exported, name }: FlowTarget): DeployPlace {
  const flow_file = parts.context.vscode.Uri.parse(uri).fsPath;
  const file = fileFor(parts, flow_file);
  return { flow_file, flow_export: exported ?? name, deployment: undefined, declaration: undefined, file };
}

/** The nearest one in the flow's workspace folder, else one at the top of it. */
function fileFor({ context: { vscode } }: PlaceParts, flowFile: string): string | null {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(flowFile))?.uri.fsPath;
  if (folder === undefined) return null;
  const near = nearestFile(path.dirname(flowFile));
  const inside = near !== undefined && !path.relative(folder, near).startsWith("..");
  return inside ? near : path.join(folder, fileName);
}

export function findDeclared(
  { deployments }: Pick<Context, "deployments">,
  { declared_in, flow, name }: DeclaredName,
): Declaration | undefined {
  return deployments.declared.find(
    ({ file, declared }) =>
      pathKey(file) === pathKey(declared_in) && declared.entry["flow"] === flow && declared.settings.name === name,
  );
}

export function declaredName({ file, declared }: Declaration): DeclaredName {
  return { declared_in: file, flow: String(declared.entry["flow"]), name: declared.settings.name };
}

/** The flow of a declaration as pages know flows. */
export function targetOfDeclared({ vscode, flows }: Pick<Context, "vscode" | "flows">, one: Declaration): FlowTarget {
  const uri = vscode.Uri.file(one.settings.flow_file).toString();
  const { flow_export } = one.settings;
  const site = flows.files.get(uri)?.flows.find((flow) => flow.export === flow_export);
  return { uri, export: flow_export, name: site?.name ?? flow_export };
}
