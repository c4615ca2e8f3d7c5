/** A piece of source code with a caret under the column that matters. */
import type { Style } from "../terminal/style.ts";
import { oneLine, padStart, textWidth, truncate } from "../terminal/width.ts";

export interface ExcerptOptions {
  readonly style: Style;
  readonly width: number;
  readonly before?: number;
  readonly after?: number;
}

/** Line and column count from 1. No lines when the text has no such line: it has changed since. */
export function sourceExcerpt(text: string, line: number, column: number, options: ExcerptOptions): string[] {
  const { style } = options;
  const all = text.split(/\r?\n/);
  const target = all[line - 1];
  if (target === undefined || column > target.length + 1) return [];
  const first = Math.max(1, line - (options.before ?? 2));
  const last = Math.min(all.length, line + (options.after ?? 1));
  const gutter = String(last).length;
  const room = Math.max(10, options.width - gutter - 5);
  // The lines move left together when the column would be off the screen.
  const caret = textWidth(expand(target.slice(0, column - 1)));
  const shift = caret < room - 4 ? 0 : caret - Math.floor(room / 2);
  const bar = style.unicode ? "│" : "|";
  const result: string[] = [];
  for (let number = first; number <= last; number++) {
    const code = dropCells(expand(all[number - 1] ?? ""), shift);
    const here = number === line;
    const mark = here ? style.red(style.unicode ? "❯" : ">") : " ";
    const shown = truncate(code, room);
    result.push(
      `${mark} ${style.dim(padStart(String(number), gutter))} ${style.dim(bar)} ${here ? shown : style.dim(shown)}`.trimEnd(),
    );
    if (here) result.push(`  ${" ".repeat(gutter)} ${style.dim(bar)} ${" ".repeat(caret - shift)}${style.red("^")}`);
  }
  return result;
}

function expand(code: string): string {
  return oneLine(code.replace(/\t/g, "  "));
}

function dropCells(text: string, cells: number): string {
  return cells === 0 ? text : text.slice(truncate(text, cells, "").length);
}
