/** Keys in the list of lines, as in the editor's own lists. */
import type { Host } from "../../kit/host.ts";
import type { RunStore } from "../store.ts";
import { linesText } from "./copy.ts";
import type { LogView } from "./log-view.ts";

/** Where a key leads from `active`; undefined for keys that do not move. Pure. */
export function moveTo(
  key: string,
  active: number | null,
  at: { first: number; total: number; page: number },
): number | undefined {
  const last = at.total - 1;
  const from = active ?? at.first;
  if (key === "ArrowDown") return active === null ? from : Math.min(last, from + 1);
  if (key === "ArrowUp") return active === null ? from : Math.max(0, from - 1);
  if (key === "PageDown") return Math.min(last, from + at.page);
  if (key === "PageUp") return Math.max(0, from - at.page);
  if (key === "Home") return 0;
  return key === "End" ? last : undefined;
}

export function handleKey(event: KeyboardEvent, view: LogView, copy: () => void): void {
  const { scroller } = view;
  const active = view.active.peek();
  const control = event.ctrlKey || event.metaKey;
  const row = moveTo(event.key, active, {
    first: scroller.firstSeen(),
    total: view.total.peek(),
    page: scroller.rowsPerPage(),
  });
  if (row !== undefined) {
    view.activate(row, event.shiftKey);
    if (event.key === "End") scroller.scrollToEnd();
    else scroller.scrollToRow(row);
  } else if (event.key === "Enter" && active !== null && event.target === event.currentTarget) view.toggle(active);
  else if (event.key.toLowerCase() === "c" && control && active !== null && !hasTextSelection()) {
    copy();
  } else if (event.key === "Escape" && view.find.open.peek()) view.find.close();
  else return;
  event.preventDefault();
}

function hasTextSelection(): boolean {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed;
}

export async function copyRows(view: LogView, host: Host, store: RunStore): Promise<void> {
  const active = view.active.peek();
  if (active === null) return;
  const anchor = view.anchor.peek() ?? active;
  const lines = await view.read(Math.min(active, anchor), Math.max(active, anchor));
  const what = lines.length === 1 ? "line" : `${lines.length} lines`;
  await host.call("copy", { text: linesText(lines, view, store), what });
}
