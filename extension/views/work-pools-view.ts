/** The Work Pools tree: there once a second pool is. */
import type { Context } from "../context.ts";
import { poolNodes } from "./pool-nodes.ts";
import { createTree } from "./tree.ts";

/** What runs and waits in a pool is told by no event of its own. */
const readEvery = 3000;

export function registerWorkPoolsView(context: Context): void {
  const { vscode, deployments } = context;
  const tree = context.own(createTree(vscode, async () => []));
  const view = context.own(
    vscode.window.createTreeView("millrace.workPools", { treeDataProvider: tree.provider, showCollapseAll: true }),
  );
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => tree.show(poolNodes(deployments.pools, Date.now()));
  const look = (): void => {
    clearInterval(timer);
    if (view.visible) timer = setInterval(() => void deployments.read(), readEvery);
  };
  context.own(deployments.onDidChange(draw));
  context.own(view.onDidChangeVisibility(look));
  context.own(new vscode.Disposable(() => clearInterval(timer)));
  draw();
  look();
}
