/** The one item in the status bar: what runs, or how the last run ended; its tooltip is a menu. */
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { lensTitle } from "../code/run-words.ts";
import type { Context } from "../context.ts";
import { isOn } from "../deployments/words.ts";
import { commandLink, escapeMarkdown } from "../markup.ts";
import type { OwnedRunModel } from "../service/run-model.ts";
import type { OwnedService } from "../service/service.ts";
import { schedulesText, statusText } from "./status-text.ts";

export interface StatusParts {
  readonly context: Context;
  readonly runs: OwnedRunModel;
  readonly service: OwnedService;
}

const menuCommands = [
  "millrace.openRun",
  "millrace.runHistory",
  "millrace.newFlow",
  "millrace.turnSchedulesOff",
  "millrace.stopOrchestrator",
  "millrace.showLog",
  "millrace.restart",
  "workbench.trust.manage",
  "workbench.view.extension.millrace",
];

export function registerStatus({ context, runs, service }: StatusParts): void {
  const { vscode, deployments, flows, own, pages } = context;
  const item = own(vscode.window.createStatusBarItem("millrace.status", vscode.StatusBarAlignment.Left, 0));
  item.name = "Millrace";
  /** The last failed run that nobody has looked at. */
  let unseen: string | undefined;

  function draw(): void {
    const shown = runs.runs;
    const newest = shown[0];
    if (unseen !== undefined && (pages.isVisible(unseen) || newest?.id !== unseen)) unseen = undefined;
    const hasFlows = [...flows.files.values()].some((file) => file.flows.length > 0);
    const text = statusText(shown, hasFlows, service.state, unseen !== undefined);
    if (text === undefined) {
      item.hide();
      return;
    }
    const profile = context.settings.get("profile");
    item.text = profile === "" ? text.text : `${text.text} · ${profile}`;
    item.accessibilityInformation = { label: text.label };
    item.backgroundColor = unseen === undefined ? undefined : new vscode.ThemeColor("statusBarItem.errorBackground");
    const run = text.run;
    item.command =
      run === undefined
        ? { title: "Millrace", command: "workbench.view.extension.millrace" }
        : { title: "Open Run", command: "millrace.openRun", arguments: [{ run_id: run.id }] };
    item.tooltip = tooltip(shown.slice(0, 5));
    item.show();
  }

  function tooltip(last: readonly FlowRun[]): Vscode.MarkdownString {
    const text = new vscode.MarkdownString(undefined, true);
    text.isTrusted = { enabledCommands: menuCommands };
    const now = Date.now();
    for (const run of last) {
      const [icon = "", rest = ""] = splitIcon(lensTitle(run, now));
      text.appendMarkdown(
        `${icon} ${commandLink(`${run.flow_name} · ${run.name}`, "millrace.openRun", { run_id: run.id })} ${escapeMarkdown(rest)}  \n`,
      );
    }
    if (last.length > 0) text.appendMarkdown("\n---\n\n");
    if (!vscode.workspace.isTrusted) {
      text.appendMarkdown(
        `$(shield) Restricted Mode: running is off. ${commandLink("Manage", "workbench.trust.manage")}\n\n`,
      );
    }
    const profile = context.settings.get("profile");
    if (profile !== "") text.appendMarkdown(`Millrace profile ${escapeMarkdown(profile)}  \n`);
    const schedules = schedulesText(deployments.deployments.filter(isOn));
    if (schedules !== undefined) {
      text.appendMarkdown(`$(clock) ${schedules} · ${commandLink("Turn Off…", "millrace.turnSchedulesOff")}\n\n`);
    }
    const state = serviceWords[service.state];
    const problem =
      service.state === "failed" && service.problem !== undefined ? `: ${escapeMarkdown(service.problem.message)}` : "";
    text.appendMarkdown(`Service ${state}${problem}`);
    if (service.state === "connected") text.appendMarkdown(` · ${commandLink("Stop…", "millrace.stopOrchestrator")}`);
    text.appendMarkdown(
      `\n\n${commandLink("Runs and flows", "workbench.view.extension.millrace")} · ${commandLink("History", "millrace.runHistory")} · ` +
        `${commandLink("New Flow", "millrace.newFlow")} · ${commandLink("Log", "millrace.showLog")}`,
    );
    return text;
  }

  own(
    runs.onDidChangeRun(({ run, before }) => {
      const failed = run.state_type === "FAILED" || run.state_type === "CRASHED";
      if (failed && run.parent_flow_run_id === null && before !== undefined && !isTerminal(before.state_type))
        unseen = run.id;
    }),
  );
  own(runs.onDidChange(draw));
  own(deployments.onDidChange(draw));
  own(flows.onDidChange(draw));
  own(service.onDidChangeState(draw));
  own(vscode.workspace.onDidGrantWorkspaceTrust(draw));
  own(vscode.window.tabGroups.onDidChangeTabs(draw));
}

const serviceWords = {
  stopped: "not running (it starts when a flow runs)",
  starting: "starting",
  connected: "running",
  waiting: "not answering, runs go on",
  failed: "could not be started",
} as const;

function splitIcon(title: string): readonly [string, string] {
  const at = title.indexOf(")") + 1;
  return [title.slice(0, at), title.slice(at).trim()];
}
