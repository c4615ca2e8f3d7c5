/** Where a deployment does not fit its flow any more: at the flow, and where a millrace.json declares it. */
import type * as Vscode from "vscode";
import type { Deployment, DeploymentDrift } from "../../runtime/protocol/deployments.ts";
import type { Context, Declaration } from "../context.ts";
import type { RealFiles } from "../real-files.ts";

export const driftSource = "Millrace deployments";

export interface DriftMarks {
  /** The deployment that a mark is about. */
  deploymentOf(diagnostic: Vscode.Diagnostic): string | undefined;
}

export function markDrift(context: Context, files: RealFiles): DriftMarks {
  const { vscode, deployments, flows, own } = context;
  const collection = own(vscode.languages.createDiagnosticCollection("millrace-deployments"));
  let drawn = "";

  function draw(): void {
    const marks = new Map<string, Vscode.Diagnostic[]>();
    const mark = (uri: Vscode.Uri, range: Vscode.Range, deployment: Deployment, drift: DeploymentDrift): void => {
      const text = `${deployment.name}: ${drift.message}`;
      const diagnostic = new vscode.Diagnostic(range, text, severity(drift));
      diagnostic.source = driftSource;
      diagnostic.code = `${drift.kind} ${deployment.id}`;
      marks.set(uri.toString(), [...(marks.get(uri.toString()) ?? []), diagnostic]);
    };
    for (const deployment of deployments.deployments) {
      const declaration = deployments.declarationOf(deployment);
      for (const drift of deployments.drift(deployment.id)) {
        const at = flowRange(deployment);
        if (at !== undefined) mark(at.uri, at.range, deployment, drift);
        // Code changes all the time: that is told at the code, and in the file only what makes runs fail or differ.
        if (declaration === undefined || drift.kind === "code-changed") continue;
        mark(vscode.Uri.file(declaration.file), entryRange(context, declaration), deployment, drift);
      }
    }
    const now = JSON.stringify(
      [...marks].map(([uri, all]) => [uri, all.map(({ message, range }) => [message, range])]),
    );
    if (now === drawn) return;
    drawn = now;
    collection.clear();
    for (const [uri, all] of marks) collection.set(vscode.Uri.parse(uri), all);
  }

  function flowRange({ flow_file, flow_export }: Deployment) {
    const uri = vscode.Uri.file(files.shown(flow_file));
    const known = flows.files.get(uri.toString());
    if (known === undefined) return undefined;
    const selection = known.flows.find((flow) => flow.export === flow_export)?.selection;
    if (selection === undefined) return { uri, range: new vscode.Range(0, 0, 0, 0) };
    const { start, end } = selection;
    return { uri, range: new vscode.Range(start.line, start.character, end.line, end.character) };
  }

  const severity = ({ kind }: DeploymentDrift): Vscode.DiagnosticSeverity =>
    kind === "code-changed"
      ? vscode.DiagnosticSeverity.Hint
      : kind === "schema-changed"
        ? vscode.DiagnosticSeverity.Information
        : vscode.DiagnosticSeverity.Warning;

  own(deployments.onDidChange(draw));
  own(flows.onDidChange(draw));
  draw();
  return {
    deploymentOf({ source, code }) {
      return source === driftSource && typeof code === "string" ? code.split(" ")[1] : undefined;
    },
  };
}

/** Of the flow that an entry names. */
export function entryRange(
  { vscode, deployments }: Pick<Context, "vscode" | "deployments">,
  one: Declaration,
): Vscode.Range {
  const text = deployments.files.find(({ path }) => path === one.file)?.text ?? "";
  const { offset, length } = one.declared.flow_at;
  const place = (at: number): readonly [number, number] => {
    const lines = text.slice(0, at).split("\n");
    return [lines.length - 1, (lines.at(-1) ?? "").length];
  };
  return new vscode.Range(...place(offset), ...place(offset + length));
}

export function driftActions({ vscode }: Pick<Context, "vscode">, marks: DriftMarks): Vscode.CodeActionProvider {
  return {
    provideCodeActions(_document, _range, { diagnostics }) {
      return diagnostics.flatMap((diagnostic) => {
        const deployment_id = marks.deploymentOf(diagnostic);
        if (deployment_id === undefined) return [];
        const title = "Open the deployment";
        const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
        action.diagnostics = [diagnostic];
        action.command = { title, command: "millrace.editDeployment", arguments: [{ deployment_id }] };
        return [action];
      });
    },
  };
}
