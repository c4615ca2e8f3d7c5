/** Text selections in a list whose rows come and go. */
import type { LogRecord } from "../../../runtime/protocol/records.ts";
import type { RowRange } from "../../kit/virtual-scroller.ts";
import type { RunStore } from "../store.ts";
import { plainLine } from "./line-text.ts";
import type { LogView } from "./log-view.ts";
import { taskName } from "./task-name.ts";

export function linesText(lines: readonly LogRecord[], view: LogView, store: RunStore): string {
  const run = store.run.peek();
  const start = Date.parse(run?.start_time ?? run?.created ?? "") || 0;
  return lines.map((line) => plainLine(line, taskName(store, line), view.times.peek(), start)).join("\n");
}

/** Rows that the selection's ends stand in: drawn as long as the selection lasts. */
export function heldRows(list: HTMLElement | null): RowRange | undefined {
  const selection = document.getSelection();
  if (list === null || selection === null || selection.isCollapsed) return undefined;
  const ends = [selection.anchorNode, selection.focusNode].map((node) => rowOf(node, list));
  const [anchor, focus] = ends;
  if (anchor === undefined || focus === undefined) return undefined;
  return { from: Math.min(anchor, focus), to: Math.max(anchor, focus) + 1 };
}

function rowOf(node: Node | null, list: HTMLElement): number | undefined {
  const element = node instanceof Element ? node : node?.parentElement;
  if (element === null || element === undefined || !list.contains(element)) return undefined;
  const row = element.closest<HTMLElement>("[data-row]")?.dataset["row"];
  return row === undefined ? undefined : Number(row);
}

/** Within one line just what is marked; over several, whole lines with their columns. */
export function copySelection(event: ClipboardEvent, view: LogView, store: RunStore): void {
  const { currentTarget: list } = event;
  const rows = list instanceof HTMLElement ? heldRows(list) : undefined;
  if (rows === undefined || rows.to - rows.from < 2) return;
  const lines: LogRecord[] = [];
  for (let row = rows.from; row < rows.to; row++) {
    const line = view.line(row);
    if (line !== undefined) lines.push(line);
  }
  event.clipboardData?.setData("text/plain", linesText(lines, view, store));
  event.preventDefault();
}
