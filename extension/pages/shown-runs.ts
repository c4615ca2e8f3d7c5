/**
 * Which run a page shows that has been given another one: its address cannot change, so that is kept beside it, through
 * a reload of the window and reopening the tab.
 */
import type * as Vscode from "vscode";
import { type PageIdentity, pageSchemes } from "../../runtime/protocol/pages.ts";
import { identityOf, type PageAddress } from "./address.ts";

export interface ShownRuns {
  /** What an address stands for now. */
  identityAt(address: PageAddress): PageIdentity | undefined;
  /** The address that says so itself. */
  addressAt(address: PageAddress): PageAddress;
  show(address: PageAddress, runId: string): void;
}

const key = "millrace.shownRuns";
/** Pages that have been closed long ago are not reopened. */
const kept = 50;

export function createShownRuns(state: Pick<Vscode.Memento, "get" | "update">): ShownRuns {
  const isKept = (entry: unknown): entry is [string, string] =>
    Array.isArray(entry) && entry.length === 2 && entry.every((text) => typeof text === "string");
  const stored = state.get<unknown>(key);
  const runs = new Map<string, string>(Array.isArray(stored) ? stored.filter(isKept) : []);
  const nameOf = ({ path, query }: PageAddress): string => `${path}?${query}`;

  function addressAt(address: PageAddress): PageAddress {
    const run = address.scheme === pageSchemes.run.scheme ? runs.get(nameOf(address)) : undefined;
    if (run === undefined) return address;
    const { scheme, path, query } = address;
    return { scheme, path: `/${run}${path.slice(path.indexOf("/", 1))}`, query };
  }

  return {
    addressAt,
    identityAt: (address) => identityOf(addressAt(address)),
    show(address, runId) {
      runs.delete(nameOf(address));
      runs.set(nameOf(address), runId);
      for (const name of [...runs.keys()].slice(0, -kept)) runs.delete(name);
      void state.update(key, [...runs]);
    },
  };
}
