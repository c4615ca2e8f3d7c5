/** The pages' editors: custom, read-only, known by their address alone. */
import type * as Vscode from "vscode";
import { type PageEvent, type PageIdentity, pageSchemes } from "../../runtime/protocol/pages.ts";
import { historyTitle, isSamePage, type PageAddress, titleOf } from "./address.ts";
import { type AttachedPage, type AttachParts, attachPage } from "./attach.ts";
import type { BlockDrafts } from "./block-drafts.ts";
import { type BlockPage, createBlockPage } from "./block-page.ts";
import { createDeployDrafts } from "./deploy-drafts.ts";
import { createDeployPage } from "./deploy-page.ts";
import type { ShownRuns } from "./shown-runs.ts";
import { tabIcon } from "./tab-icon.ts";

export interface PageEditors {
  /** Tells the pages of an address that are open; false when none is. */
  tell(address: PageAddress, event: PageEvent): boolean;
  /** The next page that opens under this address is told at once. */
  tellNext(address: PageAddress, event: PageEvent): void;
  /** Gives the page under this address another run; false when its tab has no page yet or is covered. */
  show(address: PageAddress, run: Extract<PageIdentity, { readonly page: "run" }>, title: string): boolean;
}

interface OpenPage {
  readonly uri: Vscode.Uri;
  identity: PageIdentity;
  readonly panel: Vscode.WebviewPanel;
  readonly page: AttachedPage;
}

export function registerEditors(parts: AttachParts, shownRuns: ShownRuns, drafts: BlockDrafts): PageEditors {
  const deployDrafts = createDeployDrafts(parts.context.extension.workspaceState);
  const { context } = parts;
  const { vscode, flows } = context;
  const open = new Set<OpenPage>();
  const waiting: { readonly address: PageAddress; readonly event: PageEvent }[] = [];

  function resolve(uri: Vscode.Uri, panel: Vscode.WebviewPanel): void {
    const identity = shownRuns.identityAt(uri);
    if (identity === undefined) {
      panel.webview.html = unknownPage(uri.path);
      return;
    }
    const title = firstTitle(identity, uri);
    panel.title = title;
    panel.iconPath = tabIcon(context, iconOf(identity));
    const block: BlockPage | undefined =
      identity.page === "block" ? createBlockPage({ context, pages: parts.pages, drafts, identity, uri }) : undefined;
    const page = attachPage(parts, panel.webview, {
      identity,
      title,
      ...(block === undefined ? {} : { block }),
      ...(identity.page === "deployment"
        ? { deploy: createDeployPage({ context, pages: parts.pages, identity, uri, drafts: deployDrafts }) }
        : {}),
      onTitle(text, state) {
        if (panel.title !== text) panel.title = text;
        if (identity.page === "run") panel.iconPath = tabIcon(context, state ?? "");
      },
    });
    const entry = { uri, identity, panel, page };
    open.add(entry);
    let isVisible = panel.visible;
    const visibility = panel.onDidChangeViewState(() => {
      if (panel.visible === isVisible) return;
      isVisible = panel.visible;
      if (isVisible) page.shown();
      else page.gone();
    });
    panel.onDidDispose(() => {
      open.delete(entry);
      visibility.dispose();
      page.dispose();
      void block?.closed();
    });
    for (const [index, { address, event }] of [...waiting.entries()].reverse()) {
      if (!isSamePage(address, shownRuns.addressAt(uri))) continue;
      waiting.splice(index, 1);
      page.tell(event);
    }
  }

  function firstTitle(identity: PageIdentity, uri: Vscode.Uri): string {
    if (identity.page === "history") return historyTitle(identity.filter);
    const run = identity.page === "run" ? context.runs.find(identity.run_id) : undefined;
    return run === undefined ? titleOf(uri) : `${run.flow_name} · ${run.name}`;
  }

  function iconOf(identity: PageIdentity): string {
    return identity.page === "run" ? (context.runs.find(identity.run_id)?.state_type ?? "") : identity.page;
  }

  for (const { viewType } of Object.values(pageSchemes)) {
    context.own(
      vscode.window.registerCustomEditorProvider(
        viewType,
        {
          openCustomDocument: (uri) => ({ uri, dispose() {} }),
          resolveCustomEditor: ({ uri }, panel) => resolve(uri, panel),
        },
        { webviewOptions: { retainContextWhenHidden: false }, supportsMultipleEditorsPerDocument: false },
      ),
    );
  }
  context.own(
    flows.onDidChange((uris) => {
      const changed = new Set(uris);
      for (const { identity, page } of open) {
        if (identity.page === "graph" && changed.has(identity.target.uri)) void drawAnew(identity.target.uri, page);
      }
    }),
  );

  async function drawAnew(uri: string, page: AttachedPage): Promise<void> {
    const entry = [...open].find((candidate) => candidate.page === page);
    if (entry?.identity.page !== "graph") return;
    try {
      page.tell({ type: "graph", graph: await flows.graph(entry.identity.target) });
    } catch (thrown) {
      context.log.error(`The graph of ${uri} could not be drawn anew:`, String(thrown));
    }
  }

  return {
    tell(address, event) {
      const pages = [...open].filter(({ uri }) => isSamePage(shownRuns.addressAt(uri), address));
      for (const { page } of pages) page.tell(event);
      return pages.length > 0;
    },
    show(address, run, title) {
      const entry = [...open].find(({ uri }) => isSameAddress(uri, address));
      if (entry === undefined || !entry.panel.visible) return false;
      shownRuns.show(entry.uri, run.run_id);
      entry.identity = run;
      entry.panel.title = title;
      entry.panel.iconPath = tabIcon(context, iconOf(run));
      entry.page.show(run);
      return true;
    },
    tellNext: (address, event) => void waiting.push({ address, event }),
  };
}

function isSameAddress(one: PageAddress, other: PageAddress): boolean {
  return one.scheme === other.scheme && one.path === other.path && one.query === other.query;
}

/** For an address that no version of this program gave out: no script, no style. */
function unknownPage(path: string): string {
  const shown = path.replace(/[&<>"']/g, "");
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'"><title>Millrace</title></head><body><p>There is no page at this address: ${shown}</p><p>Runs are listed in the Runs view of Millrace, and all of them in its history (Millrace: Open Run History).</p></body></html>`;
}
