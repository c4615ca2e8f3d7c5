/** The Work Pools tree: there once a second pool is. */
import type { Context } from "../context.ts";
import { poolNodes } from "./pool-nodes.ts";
import { createTree } from "./tree.ts";

export function registerWorkPoolsView(context: Context): void {
  const { vscode, deployments } = context;
  const tree = context.own(createTree(vscode, async () => []));
  context.own(
    vscode.window.createTreeView("millrace.workPools", { treeDataProvider: tree.provider, showCollapseAll: true }),
  );
  const draw = (): void => tree.show(poolNodes(deployments.pools, Date.now()));
  context.own(deployments.onDidChange(draw));
  if (deployments.isKnown) draw();
}
