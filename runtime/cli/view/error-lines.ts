/** An error of a flow or task: its message, where it was thrown, the code there. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { ErrorRecord, SourceLocation } from "../../protocol/errors.ts";
import type { Style } from "../terminal/style.ts";
import { cleanLines, wrap } from "../terminal/width.ts";
import { sourceExcerpt } from "./source-excerpt.ts";

export interface ErrorView {
  readonly style: Style;
  readonly width: number;
  readonly cwd: string;
  /** Text of a source file as it was when the run loaded it; undefined when it is not known. */
  readonly readSource?: (file: string) => string | undefined;
}

const mostMessageLines = 12;

export function errorLines(error: ErrorRecord, view: ErrorView): string[] {
  const { style } = view;
  const lines = messageLines(error, "", view);
  if (error.location !== undefined) {
    lines.push(`  at ${style.cyan(locationText(error.location, view.cwd))}`);
    const text = (view.readSource ?? readSourceFile)(error.location.file);
    if (text !== undefined) {
      const { line, column } = error.location;
      const excerpt = sourceExcerpt(text, line, column, { style, width: view.width - 2 });
      lines.push(...excerpt.map((code) => `  ${code}`));
    }
  }
  let cause = error.cause;
  for (let depth = 0; cause !== undefined && depth < 5; depth++) {
    lines.push(...messageLines(cause, "caused by ", view));
    if (cause.location !== undefined) lines.push(`  at ${style.cyan(locationText(cause.location, view.cwd))}`);
    cause = cause.cause;
  }
  return lines;
}

function messageLines(error: ErrorRecord, prefix: string, { style, width }: ErrorView): string[] {
  const all = cleanLines(error.message).flatMap((line) => wrap(line, width - 12, "keep"));
  const shown = all.slice(0, mostMessageLines);
  const bare = error.name === "Error" || error.name === "MillraceError";
  const name = bare && error.message !== "" ? "" : `${error.name}${error.message === "" ? "" : ": "}`;
  const lines = shown.map((line, index) =>
    index === 0 ? `${style.dim(prefix)}${style.red(style.bold(name))}${style.red(line)}` : `  ${style.red(line)}`,
  );
  if (all.length > shown.length) lines.push(style.dim(`  … ${all.length - shown.length} lines more`));
  return lines;
}

/** `flows/ingest.ts:23:15`: relative when it lies in the current folder, so that terminals and people can open it. */
export function locationText(location: SourceLocation, cwd: string): string {
  return `${shortPath(location.file, cwd)}:${location.line}:${location.column}`;
}

export function shortPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === "" || relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}

export function readSourceFile(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
