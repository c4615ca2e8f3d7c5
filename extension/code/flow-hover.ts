/** Over a flow's name: its last runs, each a link. */
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import type { Context } from "../context.ts";
import { nextWords } from "../deployments/words.ts";
import { commandLink, escapeMarkdown } from "../markup.ts";
import type { RealFiles } from "../real-files.ts";
import { lensTitle } from "./run-words.ts";

const shownRuns = 5;

export function createFlowHover(
  { vscode, flows, service, deployments }: Pick<Context, "vscode" | "flows" | "service" | "deployments">,
  files: RealFiles,
): Vscode.HoverProvider {
  return {
    async provideHover(document, position) {
      const flow = (flows.files.get(document.uri.toString())?.flows ?? []).find(({ selection: { start, end } }) =>
        new vscode.Range(start.line, start.character, end.line, end.character).contains(position),
      );
      if (flow === undefined) return undefined;
      const client = await service.existing();
      if (client === undefined) return undefined;
      const { items } = await client.request("POST /api/flow_runs/filter", {
        body: {
          flow_file: files.real(document.uri.fsPath),
          ...(flow.export === null ? { flow_name: flow.name } : { flow_export: flow.export }),
          include_subflows: true,
          limit: shownRuns,
        },
      });
      const deployed = deployments.ofFlow(document.uri.fsPath, flow.export ?? flow.name);
      if (items.length === 0 && deployed.length === 0) return undefined;
      const text = new vscode.MarkdownString(undefined, true);
      text.isTrusted = { enabledCommands: ["millrace.openRun", "millrace.runHistory", "millrace.editDeployment"] };
      const now = Date.now();
      text.appendMarkdown(items.map((run) => line(run, now)).join("  \n"));
      for (const { id, name, ...rest } of deployed) {
        const link = commandLink(name, "millrace.editDeployment", { deployment_id: id });
        text.appendMarkdown(`\n\n$(cloud) ${link} ${escapeMarkdown(nextWords(rest, now))}`);
      }
      const target = { target: flows.targetOf(document.uri, flow) };
      text.appendMarkdown(`\n\n${commandLink("Run History", "millrace.runHistory", target)}`);
      return new vscode.Hover(text);
    },
  };
}

function line(run: FlowRun, now: number): string {
  const title = lensTitle(run, now);
  const icon = title.slice(0, title.indexOf(")") + 1);
  const link = commandLink(run.name, "millrace.openRun", { run_id: run.id });
  return `${icon} ${link} ${escapeMarkdown(title.slice(icon.length))}`;
}
