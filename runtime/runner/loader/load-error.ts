import { MillraceError, type SourceLocation } from "../../protocol/errors.ts";

/** A file of the user's that could not become a module, with the place where. Its message has an excerpt. */
export class LoadError extends MillraceError {
  readonly location: SourceLocation;

  constructor(location: SourceLocation, message: string, lineText: string, options: { cause?: unknown } = {}) {
    const place = `${location.file}:${location.line}:${location.column}`;
    const shown = excerpt(location, lineText);
    super("load-failed", `${place}: ${message}${shown === "" ? "" : `\n${shown}`}`, options);
    this.location = location;
  }
}

/** Made by this bundle or by the transformer's, which has the class too. */
export function isLoadError(error: unknown): error is LoadError {
  return error instanceof MillraceError && "location" in error;
}

/**
 *     3 |   const x = = 2;
 *       |             ^
 * A long line is cut around the place (minified files); tabs stay tabs under the caret's line too.
 */
export function excerpt(location: Pick<SourceLocation, "line" | "column">, lineText: string): string {
  if (lineText.trim() === "") return "";
  const room = 120;
  const from = location.column > room ? location.column - room / 2 : 0;
  const text = lineText.slice(from, from + room).trimEnd();
  const before = lineText.slice(from, location.column - 1).replace(/[^\t]/g, " ");
  const number = String(location.line);
  const gutter = " ".repeat(number.length);
  return `  ${number} | ${from > 0 ? "…" : ""}${text}\n  ${gutter} | ${from > 0 ? " " : ""}${before}^`;
}

/** Line and column (both from 1) of an offset in UTF-16 units, and the line's text. */
export function placeOf(text: string, offset: number): { line: number; column: number; lineText: string } {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const lineText = text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
  return { line: text.slice(0, start).split("\n").length, column: offset - start + 1, lineText };
}

/** The text of a line that counts from 1. */
export function lineOf(text: string, line: number): string {
  return text.split(/\r?\n/, line)[line - 1] ?? "";
}
