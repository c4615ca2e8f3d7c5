import { type DocumentSymbol, SymbolKind, type WorkspaceSymbol } from "vscode-languageserver/node";
import type { CallSite, FileFlows, SiteRange } from "../../runtime/protocol/language.ts";

/** Flows with the tasks and flows that they call, and the tasks that the file defines. */
export function documentSymbols(file: FileFlows): DocumentSymbol[] {
  return [
    ...file.flows.map((flow) => ({
      name: flow.name,
      detail: "flow",
      kind: SymbolKind.Event,
      range: flow.range,
      selectionRange: flow.selection,
      children: file.calls.filter((call) => isIn(flow.range, call.range)).map(callSymbol),
    })),
    ...file.tasks.map(({ name, range, selection }) => ({
      name,
      detail: "task",
      kind: SymbolKind.Function,
      range,
      selectionRange: selection,
    })),
  ];
}

function callSymbol({ name, callee, form, range }: CallSite): DocumentSymbol {
  const kind = callee === "flow" ? SymbolKind.Event : SymbolKind.Function;
  return { name, detail: form === "map" ? "for each item" : callee, kind, range, selectionRange: range };
}

function isIn(outer: SiteRange, inner: SiteRange): boolean {
  const before = (a: SiteRange["start"], b: SiteRange["start"]) =>
    a.line < b.line || (a.line === b.line && a.character <= b.character);
  return before(outer.start, inner.start) && before(inner.end, outer.end);
}

/** @param folderName shortens a file's address for the list */
export function workspaceSymbols(
  files: Iterable<FileFlows>,
  query: string,
  folderName: (uri: string) => string,
): WorkspaceSymbol[] {
  const found: WorkspaceSymbol[] = [];
  for (const file of files) {
    const add = (kind: SymbolKind, names: readonly (string | null)[], range: SiteRange) => {
      const name = names.find((each) => each !== null && holdsInOrder(each, query));
      if (name != null)
        found.push({ name, kind, location: { uri: file.uri, range }, containerName: folderName(file.uri) });
    };
    for (const { name, variable, selection } of file.flows) add(SymbolKind.Event, [name, variable], selection);
    for (const { name, variable, selection } of file.tasks) add(SymbolKind.Function, [name, variable], selection);
  }
  return found;
}

/** Whether the letters of the query stand in the name in their order, as in the editor's own search. */
function holdsInOrder(name: string, query: string): boolean {
  let at = 0;
  const lower = name.toLowerCase();
  for (const letter of query.toLowerCase()) {
    if (/\s/.test(letter)) continue;
    at = lower.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
