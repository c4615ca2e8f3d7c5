/** Runs, their history, graphs, blocks and deployments as pages in editor tabs. */

import type { FlowTarget } from "../../runtime/protocol/language.ts";
import { pageSchemes } from "../../runtime/protocol/pages.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context, Pages } from "../context.ts";
import {
  blockAddress,
  deploymentAddress,
  graphAddress,
  historyAddress,
  identityOf,
  newBlockAddress,
  newDeploymentAddress,
  type PageAddress,
  runAddress,
} from "./address.ts";
import type { AttachParts } from "./attach.ts";
import { createBlockDrafts } from "./block-drafts.ts";
import { registerEditors } from "./editors.ts";
import { createLiveFeed, type LiveFeed } from "./live-feed.ts";
import { createShownRuns } from "./shown-runs.ts";
import { closeTabs, isShown, placeFor, tabToReuse } from "./tabs.ts";

export interface PagesAndFeed extends Pages {
  /** For other webviews of the extension (the Flow view). */
  readonly feed: LiveFeed;
}

export function createPages(context: Omit<Context, "pages">): PagesAndFeed {
  const { vscode, service, runs } = context;
  const shownRuns = createShownRuns(context.extension.workspaceState);
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

  const drafts = createBlockDrafts(context.extension.workspaceState);

  /** A form that somebody may be filling in stays as well: of a run that has not begun, of a block or deployment. */
  function isLive(address: PageAddress): boolean {
    const identity = identityOf(address);
    if (identity?.page === "block") return drafts.find(vscode.Uri.from(address)) !== undefined;
    if (identity?.page === "deployment") return true;
    if (identity?.page !== "run") return false;
    const run = runs.find(identity.run_id);
    return run === undefined ? identity.target !== null : !isTerminal(run.state_type);
  }

  async function show(address: PageAddress, viewType: string, focus: boolean): Promise<void> {
    const place = placeFor(vscode, address, { focus, isLive, shownRuns });
    await vscode.commands.executeCommand("vscode.openWith", place.uri, viewType, {
      viewColumn: place.viewColumn,
      preserveFocus: !focus,
      // A form that is filled in goes for no other tab.
      preview: place.preview && viewType !== pageSchemes.deployment.viewType,
    });
  }

  /**
   * The next run of a flow appears where the last one ended: a new page takes the editor a tenth of a second at best, one
   * that is there a few milliseconds.
   */
  function reuse(run_id: string, target: FlowTarget, title: string): boolean {
    const opened = placeFor(vscode, runAddress(run_id), { focus: false, isLive, shownRuns });
    if (opened.isOpen) return false;
    const uri = tabToReuse(vscode, (address) => {
      const identity = shownRuns.identityAt(address);
      if (identity?.page !== "run" || identity.target?.uri !== target.uri) return false;
      const run = runs.find(identity.run_id);
      return identity.target.export === target.export && run !== undefined && isTerminal(run.state_type);
    });
    return uri !== undefined && editors.show(uri, { page: "run", run_id, target, again: null }, title);
  }

  const pages: PagesAndFeed = {
    feed,
    async openRun(runId, { title, target, again, deployment_id, task_run_id, focus = false, started = false } = {}) {
      if (started && target !== undefined && reuse(runId, target, title ?? target.name)) return;
      const run = runs.find(runId);
      const known = run === undefined ? undefined : `${run.flow_name} · ${run.name}`;
      const address = runAddress(runId, { title: title ?? known, target, again, deployment_id });
      if (task_run_id !== undefined) {
        const event = { type: "select", task_run_id } as const;
        if (!editors.tell(address, event)) editors.tellNext(address, event);
      }
      await show(address, pageSchemes.run.viewType, focus);
    },
    openHistory: (filter) => show(historyAddress(filter), pageSchemes.history.viewType, true),
    async openBlock({ slug, name, suggested, copy_of, test = false } = {}) {
      const isSaved = slug !== undefined && name !== undefined;
      const address = isSaved ? blockAddress({ slug, name }) : newBlockAddress({ slug, suggested, copy_of });
      if (test && !editors.tell(address, { type: "test" })) editors.tellNext(address, { type: "test" });
      await show(address, pageSchemes.block.viewType, true);
    },
    async closeBlock(block, renamed) {
      const address = blockAddress(block);
      if (renamed === undefined) drafts.forget(vscode.Uri.from(address));
      else drafts.move(vscode.Uri.from(address), vscode.Uri.from(blockAddress({ ...block, ...renamed })), renamed);
      await closeTabs(vscode, address);
    },
    isBlockVisible: (block) => isShown(vscode, blockAddress(block), shownRuns),
    blockAt(uri) {
      const identity = identityOf(uri);
      if (identity?.page !== "block" || identity.slug === null || identity.name === null) return undefined;
      return { slug: identity.slug, name: identity.name };
    },
    async openDeployment(what) {
      if ("deployment_id" in what) {
        const { deployment_id: id } = what;
        const known = context.deployments.find(id);
        const title = known === undefined ? "Deployment" : `${known.flow_name} · ${known.name}`;
        return show(deploymentAddress(id, title), pageSchemes.deployment.viewType, true);
      }
      const declared = "declared" in what ? what.declared : undefined;
      await show(newDeploymentAddress(what.target, declared), pageSchemes.deployment.viewType, true);
    },
    deploymentAt(uri) {
      const identity = identityOf(uri);
      return identity?.page === "deployment" ? (identity.deployment_id ?? undefined) : undefined;
    },
    openGraph: (target) => show(graphAddress(target), pageSchemes.graph.viewType, false),
    isVisible: (runId) => isShown(vscode, runAddress(runId), shownRuns),
    runAt(uri) {
      const identity = shownRuns.identityAt(uri);
      return identity?.page === "run" ? identity.run_id : undefined;
    },
  };
  const parts: AttachParts = { context, pages, feed };
  const editors = registerEditors(parts, shownRuns, drafts);
  return pages;
}
