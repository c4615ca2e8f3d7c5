/** The views of Millrace's own container: Flow, Flows, Runs. */
import type { Context } from "../context.ts";
import type { PagesAndFeed } from "../pages/index.ts";
import { registerFlowsView } from "./flows-view.ts";
import { registerPanel } from "./panel.ts";
import { registerRunsView } from "./runs-view.ts";

export function registerViews(context: Context, pages: PagesAndFeed): void {
  registerPanel(context, pages);
  registerFlowsView(context);
  registerRunsView(context);
}
