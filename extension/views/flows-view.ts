/** The Flows tree: what the workspace has, whether or not it has run. */
import type { Context } from "../context.ts";
import { flowNodes } from "./flow-nodes.ts";
import { createTree } from "./tree.ts";

/** While one types, flows change with each key. */
const drawEvery = 200;

export function registerFlowsView(context: Context): void {
  const { vscode, flows, runs } = context;
  const tree = context.own(createTree(vscode, async () => []));
  const view = context.own(
    vscode.window.createTreeView("millrace.flows", { treeDataProvider: tree.provider, showCollapseAll: true }),
  );
  let timer: NodeJS.Timeout | undefined;

  function draw(): void {
    timer = undefined;
    tree.show(
      flowNodes({
        files: [...flows.files.values()],
        folders: (vscode.workspace.workspaceFolders ?? []).map(({ uri, name }) => ({ uri: uri.toString(), name })),
        lastRun: (target) => runs.lastRun(target),
      }),
    );
    const hasFlows = [...flows.files.values()].some((file) => file.flows.length > 0);
    view.message =
      hasFlows && !vscode.workspace.isTrusted ? "Restricted Mode: flows are shown, running is off." : undefined;
  }

  function drawSoon(): void {
    timer ??= setTimeout(draw, drawEvery);
  }

  context.own(flows.onDidChange(drawSoon));
  context.own(runs.onDidChange(drawSoon));
  context.own(vscode.workspace.onDidChangeWorkspaceFolders(drawSoon));
  context.own(vscode.workspace.onDidGrantWorkspaceTrust(draw));
  context.own({ dispose: () => clearTimeout(timer) });
  const seen = () => {
    if (view.visible) flows.wake();
  };
  context.own(view.onDidChangeVisibility(seen));
  if (flows.files.size > 0) draw();
  seen();
}
