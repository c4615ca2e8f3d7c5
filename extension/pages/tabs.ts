/** Where a page opens: in its own tab where there is one, else where other pages are, else beside the code. */
import type * as Vscode from "vscode";
import { pageSchemes } from "../../runtime/protocol/pages.ts";
import type { VscodeApi } from "../context.ts";
import { isSamePage, type PageAddress } from "./address.ts";
import type { ShownRuns } from "./shown-runs.ts";

export interface PagePlace {
  /** That of the open tab where there is one: the same page may have been opened under a longer address. */
  readonly uri: Vscode.Uri;
  readonly viewColumn: Vscode.ViewColumn;
  readonly preview: boolean;
  readonly isOpen: boolean;
}

/**
 * @param isLive whether a page shows what is still going on: such a page is not replaced by the next one
 */
export function placeFor(
  vscode: VscodeApi,
  address: PageAddress,
  options: { readonly focus: boolean; readonly shownRuns: ShownRuns; isLive(address: PageAddress): boolean },
): PagePlace {
  const { focus, shownRuns, isLive } = options;
  const { all, activeTabGroup } = vscode.window.tabGroups;
  for (const group of all) {
    for (const tab of group.tabs) {
      const uri = pageOf(vscode, tab);
      if (uri !== undefined && isSamePage(shownRuns.addressAt(uri), address)) {
        return { uri, viewColumn: group.viewColumn, preview: tab.isPreview, isOpen: true };
      }
    }
  }
  const uri = vscode.Uri.from(freeAddress(vscode, address));
  const isPage = (tab: Vscode.Tab | undefined) => tab !== undefined && pageOf(vscode, tab) !== undefined;
  // Someone who reads pages stays where he is; someone who writes code keeps it in view, also with pages behind it.
  const group =
    isPage(activeTabGroup.activeTab) || (focus && activeTabGroup.tabs.length === 0)
      ? activeTabGroup
      : (all.find(({ activeTab }) => isPage(activeTab)) ??
        all.find(({ tabs, viewColumn }) => tabs.some(isPage) && (focus || viewColumn !== activeTabGroup.viewColumn)));
  const isEmpty = all.length === 1 && activeTabGroup.tabs.length === 0;
  const shown = group?.tabs.find((tab) => tab.isPreview);
  const kept = shown === undefined ? undefined : pageOf(vscode, shown);
  return {
    uri,
    viewColumn: group?.viewColumn ?? (isEmpty ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside),
    preview: kept === undefined || !isLive(shownRuns.addressAt(kept)),
    isOpen: false,
  };
}

/** Whether a page is the visible tab of some group. */
export function isShown(vscode: VscodeApi, address: PageAddress, shownRuns: ShownRuns): boolean {
  return vscode.window.tabGroups.all.some(({ activeTab }) => {
    const uri = activeTab === undefined ? undefined : pageOf(vscode, activeTab);
    return uri !== undefined && isSamePage(shownRuns.addressAt(uri), address);
  });
}

/** Closes the tabs of a page. */
export async function closeTabs(vscode: VscodeApi, address: PageAddress): Promise<void> {
  const isOfPage = (tab: Vscode.Tab): boolean => {
    const uri = pageOf(vscode, tab);
    return uri !== undefined && isSamePage(uri, address);
  };
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter(isOfPage));
  if (tabs.length > 0) await vscode.window.tabGroups.close(tabs);
}

/** The tab that the next run of a flow may take over: one in sight that nobody has kept, whose run of it has ended. */
export function tabToReuse(vscode: VscodeApi, isDone: (address: PageAddress) => boolean): Vscode.Uri | undefined {
  for (const { activeTab } of vscode.window.tabGroups.all) {
    const uri = activeTab?.isPreview ? pageOf(vscode, activeTab) : undefined;
    if (uri !== undefined && isDone(uri)) return uri;
  }
  return undefined;
}

/** An address whose tab is open and shows another run is taken: this page gets one of its own. */
function freeAddress(vscode: VscodeApi, address: PageAddress): PageAddress {
  const uris = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map((tab) => pageOf(vscode, tab)?.toString()));
  const taken = (one: PageAddress): boolean => uris.includes(vscode.Uri.from(one).toString());
  let free = address;
  for (let copy = 2; taken(free); copy++) {
    free = { ...address, query: [address.query, `copy=${copy}`].filter(Boolean).join("&") };
  }
  return free;
}

const schemes: ReadonlySet<string> = new Set(Object.values(pageSchemes).map(({ scheme }) => scheme));

function pageOf(vscode: VscodeApi, tab: Vscode.Tab): Vscode.Uri | undefined {
  const { input } = tab;
  return input instanceof vscode.TabInputCustom && schemes.has(input.uri.scheme) ? input.uri : undefined;
}
