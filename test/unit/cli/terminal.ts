/** As much of a terminal as our own output needs: enough to see what a person would see. */
import { textWidth } from "../../../runtime/cli/terminal/width.ts";

export interface TestTerminal {
  columns: number;
  write(text: string): void;
  /** Reflows as terminals do: rows that are too wide become several. */
  resize(columns: number): void;
  /** What can be seen, without empty lines at the end. */
  lines(): string[];
}

export function makeTerminal(columns: number): TestTerminal {
  let rows: string[] = [""];
  let row = 0;
  let column = 0;
  const terminal: TestTerminal = {
    columns,
    write(text) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what terminals take
      for (const [part, numbers, command] of text.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|\r|\n|[^\u001b\r\n]+/g)) {
        if (part === "\r") column = 0;
        else if (part === "\n") {
          row++;
          column = 0;
          while (rows.length <= row) rows.push("");
        } else if (command === "A") row = Math.max(0, row - Number(numbers || 1));
        else if (command === "K") rows[row] = (rows[row] ?? "").slice(0, column);
        else if (command === "J") rows = [...rows.slice(0, row), (rows[row] ?? "").slice(0, column)];
        else if (command === undefined) {
          const before = rows[row] ?? "";
          rows[row] = before.slice(0, column).padEnd(column) + part + before.slice(column + part.length);
          column += part.length;
          if (textWidth(rows[row] ?? "") > terminal.columns) throw new Error(`wraps: ${rows[row]}`);
        }
      }
    },
    resize(next) {
      const above = rows.slice(0, row).flatMap((line) => split(line, next));
      const below = rows.slice(row).flatMap((line) => split(line, next));
      rows = [...above, ...below];
      row = above.length;
      terminal.columns = next;
    },
    lines() {
      const seen = rows.map((line) => line.trimEnd());
      while (seen.at(-1) === "") seen.pop();
      return seen;
    },
  };
  return terminal;
}

function split(line: string, columns: number): string[] {
  return line === "" ? [""] : (line.match(new RegExp(`.{1,${columns}}`, "gu")) ?? [""]);
}
