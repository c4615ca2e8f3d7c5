/** The views of Millrace's own container: Flow, Flows, Runs, Deployments, Blocks, Work Pools. */
import type { Context } from "../context.ts";
import type { PagesAndFeed } from "../pages/index.ts";
import { registerBlocksView } from "./blocks-view.ts";
import { registerDeploymentsView } from "./deployments-view.ts";
import { registerFlowsView } from "./flows-view.ts";
import { registerPanel } from "./panel.ts";
import { registerRunsView } from "./runs-view.ts";
import { registerWorkPoolsView } from "./work-pools-view.ts";

export function registerViews(context: Context, pages: PagesAndFeed): void {
  registerPanel(context, pages);
  registerFlowsView(context);
  registerRunsView(context);
  registerDeploymentsView(context);
  registerBlocksView(context);
  registerWorkPoolsView(context);
}
