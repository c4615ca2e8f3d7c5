/** Rows of cells as aligned lines. */
import { padEnd, padStart, textWidth, truncate } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** May be cut down to this many cells when the lines are wider than the terminal; others are never cut. */
  readonly shrinkTo?: number;
  /** Left out first (lowest number first) when shrinking is not enough. */
  readonly drop?: number;
}

/** Lines with a heading, fitted to `width` where the columns allow it. */
export function layoutColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  heading: (text: string) => string = (text) => text,
): string[] {
  let kept = columns.map((_, index) => index);
  let widths = fit(columns, rows, kept, width);
  while (total(kept, widths) > width) {
    const droppable = kept.filter((index) => columns[index]?.drop !== undefined);
    if (droppable.length === 0) break;
    const first = droppable.reduce((a, b) => ((columns[a]?.drop ?? 0) <= (columns[b]?.drop ?? 0) ? a : b));
    kept = kept.filter((index) => index !== first);
    widths = fit(columns, rows, kept, width);
  }
  const line = (cells: readonly string[]) =>
    kept
      .map((index, position) => {
        const cell = truncate(cells[index] ?? "", widths[index] ?? 0);
        if (columns[index]?.align === "right") return padStart(cell, widths[index] ?? 0);
        return position === kept.length - 1 ? cell : padEnd(cell, widths[index] ?? 0);
      })
      .join("  ")
      .trimEnd();
  return [heading(line(columns.map(({ title }) => title))), ...rows.map(line)];
}

function natural(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[index] ?? "")), textWidth(title)),
  );
}

function fit(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  kept: readonly number[],
  width: number,
): number[] {
  const widths = natural(columns, rows);
  let excess = total(kept, widths) - width;
  // Cell by cell from the widest that may still shrink, so that two long columns end equally long.
  while (excess > 0) {
    let widest = -1;
    for (const index of kept) {
      const limit = columns[index]?.shrinkTo;
      const cells = widths[index] ?? 0;
      if (limit !== undefined && cells > limit && (widest < 0 || cells > (widths[widest] ?? 0))) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

function total(kept: readonly number[], widths: readonly number[]): number {
  return kept.reduce((sum, index) => sum + (widths[index] ?? 0), 0) + 2 * Math.max(0, kept.length - 1);
}
