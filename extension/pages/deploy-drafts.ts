/** What is typed into Deploy pages and not deployed: kept when a tab is closed, and through a reload of the window. */
import type * as Vscode from "vscode";

export interface DeployDrafts {
  /** As the page gave it. */
  find(page: Vscode.Uri): unknown;
  /** Null when there is nothing to lose any more. */
  keep(page: Vscode.Uri, typed: unknown): void;
}

const key = "millrace.deployDrafts";
/** More than these nobody comes back to. */
const most = 20;

export function createDeployDrafts(state: Pick<Vscode.Memento, "get" | "update">): DeployDrafts {
  const stored: unknown = state.get<unknown>(key);
  const entries = new Map<string, unknown>(Array.isArray(stored) ? stored.filter(isEntry) : []);
  return {
    find: (page) => entries.get(page.toString()) ?? null,
    keep(page, typed) {
      const had = entries.delete(page.toString());
      if (typed !== null) entries.set(page.toString(), typed);
      else if (!had) return;
      for (const old of [...entries.keys()].slice(0, -most)) entries.delete(old);
      void state.update(key, [...entries]);
    },
  };
}

function isEntry(entry: unknown): entry is readonly [string, unknown] {
  return Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string";
}
