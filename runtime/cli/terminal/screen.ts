/**
 * Lines at the bottom of a terminal that are drawn again in place. Each frame is one write that touches only the lines
 * that changed, inside a synchronized update where the terminal knows it: nothing flickers.
 */
import { textWidth, truncate } from "./width.ts";

export interface Screen {
  /** Shows these lines in place of the last ones. */
  draw(lines: readonly string[]): void;
  /** Writes lines that stay, above the region. */
  print(lines: readonly string[]): void;
  /** Takes the region away and gives the cursor back. */
  close(): void;
}

export interface ScreenOptions {
  readonly write: (text: string) => void;
  readonly columns: () => number;
}

const csi = "\u001b[";
const beginUpdate = `${csi}?2026h`;
const endUpdate = `${csi}?2026l`;
export const hideCursor = `${csi}?25l`;
export const showCursor = `${csi}?25h`;

export function makeScreen({ write, columns }: ScreenOptions): Screen {
  let shown: readonly string[] = [];
  let shownAt = 0;
  let open = false;

  const erase = (): string => {
    if (shown.length === 0) return "\r";
    // A terminal that became narrower has wrapped the old lines: more rows to go up than there were lines.
    const width = Math.max(1, columns());
    const rows =
      width >= shownAt
        ? shown.length
        : shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / width)), 0);
    return `\r${csi}${rows}A${csi}J`;
  };
  const frame = (text: string): void => {
    if (text === "") return;
    const start = open ? "" : hideCursor;
    open = true;
    write(`${start}${beginUpdate}${text}${endUpdate}`);
  };
  const fitted = (lines: readonly string[]): string[] => {
    // The last column stays free: some terminals wrap as soon as it is written.
    const width = Math.max(1, columns() - 1);
    return lines.map((line) => truncate(line, width));
  };

  return {
    draw(lines) {
      const next = fitted(lines);
      if (columns() !== shownAt && shown.length > 0) {
        frame(`${erase()}${next.map((line) => `${line}\n`).join("")}`);
      } else {
        frame(difference(shown, next));
      }
      shown = next;
      shownAt = columns();
    },
    print(lines) {
      frame(`${erase()}${lines.map((line) => `${line}\n`).join("")}${shown.map((line) => `${line}\n`).join("")}`);
    },
    close() {
      if (!open) return;
      write(`${erase()}${showCursor}`);
      shown = [];
      open = false;
    },
  };
}

/** From the line below the old region to the line below the new one, writing only what differs. */
function difference(before: readonly string[], after: readonly string[]): string {
  const first = after.findIndex((line, index) => line !== before[index]);
  if (first < 0 && before.length === after.length) return "";
  let text = before.length === 0 ? "\r" : `\r${csi}${before.length}A`;
  for (const [index, line] of after.entries()) {
    text += index < before.length && before[index] === line ? "\n" : `${line}${csi}K\n`;
  }
  return before.length > after.length ? `${text}${csi}J` : text;
}
