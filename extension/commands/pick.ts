/** Which flow or run a command means: what it was given, what the editor shows, else what the user picks. */
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { formatDuration } from "../../runtime/protocol/durations.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { formatRelative } from "../../runtime/protocol/formats.ts";
import type { FlowSite, FlowTarget } from "../../runtime/protocol/language.ts";
import { stateLook } from "../../runtime/protocol/state-look.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";

type Parts = Pick<Context, "vscode" | "flows" | "runs" | "service">;
type RunParts = Parts & { readonly pages: Pick<Context["pages"], "runAt"> };

/** @throws CancelledByUser, and MillraceError when there is nothing to choose from. */
export async function pickFlow(context: Parts, given: unknown): Promise<FlowTarget> {
  const { vscode } = context;
  const told = targetOf(given);
  if (told !== undefined) return told;
  const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
  if (uri === undefined) {
    throw new MillraceError("no-flow", "No file with a flow is open. Open one, or use the Flows view of Millrace.");
  }
  await context.flows.read(uri);
  const file = context.flows.files.get(uri.toString());
  const flows = (file?.flows ?? []).filter((flow) => flow.export !== null);
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.toString() === uri.toString()) {
    const here = context.flows.flowAt(uri, editor.selection.active);
    if (here !== undefined) return runnable(context, uri, here);
  }
  const [only] = flows;
  if (only === undefined) {
    const hidden = file?.flows[0];
    if (hidden !== undefined) return runnable(context, uri, hidden);
    throw new MillraceError("no-flow", `There is no flow in ${vscode.workspace.asRelativePath(uri)}.`);
  }
  if (flows.length === 1) return context.flows.targetOf(uri, only);
  const picked = await vscode.window.showQuickPick(
    flows.map((flow) => ({
      label: flow.name,
      description: `line ${flow.selection.start.line + 1}`,
      ...(flow.description === null ? {} : { detail: flow.description }),
      flow,
    })),
    { title: vscode.workspace.asRelativePath(uri), placeHolder: "Which flow?" },
  );
  if (picked === undefined) throw new CancelledByUser();
  return context.flows.targetOf(uri, picked.flow);
}

function runnable({ flows }: Parts, uri: Vscode.Uri, flow: FlowSite): FlowTarget {
  if (flow.export === null) {
    const name = flow.variable ?? flow.name;
    throw new MillraceError(
      "no-flow",
      `The flow ${flow.name} is not exported, so nothing can start it. Write "export" before ${name}.`,
    );
  }
  return flows.targetOf(uri, flow);
}

export interface RunQuestion {
  readonly placeHolder: string;
  readonly wanted: (run: FlowRun) => boolean;
  /** Said when no run is wanted. */
  readonly none: string;
}

/** @throws CancelledByUser, and MillraceError when there is nothing to choose from. */
export async function pickRun(context: RunParts, given: unknown, question: RunQuestion): Promise<string> {
  const told = runIdOf(context, given);
  if (told !== undefined) return told;
  await context.service.client();
  if (context.runs.runs.length === 0) await context.runs.refresh();
  const runs = context.runs.runs.filter(question.wanted);
  if (runs.length === 0) throw new MillraceError("not-found", question.none);
  const now = Date.now();
  const picked = await context.vscode.window.showQuickPick(
    runs.map((run) => ({ ...runItem(run, now), run })),
    { placeHolder: question.placeHolder, matchOnDescription: true },
  );
  if (picked === undefined) throw new CancelledByUser();
  return picked.run.id;
}

export function runItem(run: FlowRun, now: number): { readonly label: string; readonly description: string } {
  const look = stateLook(run.state_type, run.state_name);
  const when = formatRelative(Date.parse(run.start_time ?? run.created), now);
  const long = isTerminal(run.state_type) ? `${formatDuration(run.total_run_time * 1000)} · ` : "";
  return { label: `$(${look.icon}) ${run.flow_name} · ${run.name}`, description: `${look.word} · ${long}${when}` };
}

/** A tree's element, a page's address, or the page in front. */
function runIdOf({ vscode, runs, pages }: RunParts, given: unknown): string | undefined {
  if (typeof given === "string" && given !== "") return given;
  const id = textField(given, "run_id");
  if (id !== undefined) return id;
  if (given instanceof vscode.Uri) return pages.runAt(given);
  const target = targetOf(given);
  if (target !== undefined) return runs.lastRun(target)?.id;
  const input = vscode.window.tabGroups.activeTabGroup?.activeTab?.input;
  return given === undefined && input instanceof vscode.TabInputCustom ? pages.runAt(input.uri) : undefined;
}

export function taskRunIdOf(given: unknown): string | undefined {
  return textField(given, "task_run_id");
}

/** A lens's argument, or that of a tree's element. */
export function targetOf(given: unknown): FlowTarget | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  if (isTarget(given)) return { uri: given.uri, export: given.export, name: given.name };
  return "target" in given && isTarget(given.target) ? given.target : undefined;
}

function isTarget(value: unknown): value is FlowTarget {
  return (
    typeof value === "object" &&
    value !== null &&
    "uri" in value &&
    typeof value.uri === "string" &&
    "name" in value &&
    typeof value.name === "string" &&
    "export" in value &&
    (value.export === null || typeof value.export === "string")
  );
}

function textField(value: unknown, field: "run_id" | "task_run_id"): string | undefined {
  if (typeof value !== "object" || value === null || !(field in value)) return undefined;
  const found: unknown = Reflect.get(value, field);
  return typeof found === "string" ? found : undefined;
}
