/** Runs, their history and graphs as pages in editor tabs. */

import { pageSchemes } from "../../runtime/protocol/pages.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context, Pages } from "../context.ts";
import { graphAddress, historyAddress, identityOf, type PageAddress, runAddress } from "./address.ts";
import type { AttachParts } from "./attach.ts";
import { registerEditors } from "./editors.ts";
import { createLiveFeed, type LiveFeed } from "./live-feed.ts";
import { isShown, placeFor } from "./tabs.ts";

export interface PagesAndFeed extends Pages {
  /** For other webviews of the extension (the Flow view). */
  readonly feed: LiveFeed;
}

export function createPages(context: Omit<Context, "pages">): PagesAndFeed {
  const { vscode, service, runs } = context;
  const feed = context.own(
    createLiveFeed({
      listen(listener) {
        const subscription = service.onEvent(listener);
        return () => subscription.dispose();
      },
      async parentOf(id) {
        const client = await service.existing();
        if (client === undefined) return null;
        return (await client.request("GET /api/flow_runs/:id", { params: { id } })).parent_flow_run_id;
      },
    }),
  );

  /** A run that has not begun is a form that somebody may be filling in: it stays as well. */
  function isLive(address: PageAddress): boolean {
    const identity = identityOf(address);
    if (identity?.page !== "run") return false;
    const run = runs.find(identity.run_id);
    return run === undefined ? identity.target !== null : !isTerminal(run.state_type);
  }

  async function show(address: PageAddress, viewType: string, focus: boolean): Promise<void> {
    const place = placeFor(vscode, address, { focus, isLive });
    await vscode.commands.executeCommand("vscode.openWith", place.uri, viewType, {
      viewColumn: place.viewColumn,
      preserveFocus: !focus,
      preview: place.preview,
    });
  }

  const pages: PagesAndFeed = {
    feed,
    async openRun(runId, { title, target, again, task_run_id, focus = false } = {}) {
      const run = runs.find(runId);
      const known = run === undefined ? undefined : `${run.flow_name} · ${run.name}`;
      const address = runAddress(runId, { title: title ?? known, target, again });
      if (task_run_id !== undefined) {
        const event = { type: "select", task_run_id } as const;
        if (!editors.tell(address, event)) editors.tellNext(address, event);
      }
      await show(address, pageSchemes.run.viewType, focus);
    },
    openHistory: (filter) => show(historyAddress(filter), pageSchemes.history.viewType, true),
    openGraph: (target) => show(graphAddress(target), pageSchemes.graph.viewType, false),
    isVisible: (runId) => isShown(vscode, runAddress(runId)),
  };
  const parts: AttachParts = { context, pages, feed };
  const editors = registerEditors(parts);
  return pages;
}
