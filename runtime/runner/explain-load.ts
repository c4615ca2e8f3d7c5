/** Why a user's file could not be loaded, in words that say where and what to do. */
import fs from "node:fs";
import path from "node:path";
import { MillraceError, type SourceLocation, toError } from "../protocol/errors.ts";
import { fileOf, parseStack, userLocation } from "../protocol/stack.ts";
import { LoadError, lineOf, placeOf } from "./loader/load-error.ts";
import { missOf } from "./loader/misses.ts";

/**
 * @param entry the file that was to be loaded; the failure may be in one that it imports.
 * @param recompile gives the place of a syntax error that V8 keeps to itself
 */
export function explainLoadFailure(
  thrown: unknown,
  entry: string,
  recompile: () => LoadError | undefined,
): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const error = toError(thrown);
  const miss = missOf(thrown);
  if (miss !== undefined) return missing(miss.specifier, miss.parent, error);
  const unlinked = unlinkedExport(error.message);
  const head = stackHead(error.stack ?? "");
  if (unlinked !== undefined && head !== undefined) {
    return notExported(unlinked.specifier, unlinked.name, head.file, error);
  }
  if (error.name === "SyntaxError") {
    if (head !== undefined) return at({ ...head, column: head.column ?? 1 }, firstLine(error.message), error);
    const placed = recompile();
    if (placed !== undefined) return placed;
  }
  const location = userLocation(parseStack(error.stack ?? "", error.message).frames);
  const what = `loading failed: ${error.name}: ${error.message}`;
  return location === undefined
    ? new MillraceError("load-failed", `${entry}: ${what}`, { cause: thrown })
    : at(location, what, error);
}

function missing(specifier: string, parent: string, error: Error): MillraceError {
  const place = whereWritten(specifier, parent);
  const isPath = /^(?:\.{0,2}[\\/]|\.{1,2}$|file:)/.test(specifier) || path.isAbsolute(specifier);
  const what = isPath
    ? `cannot find "${specifier}" (tried it with .ts, .tsx, .mts, .cts, .js, .mjs, .cjs, .jsx and .json, and as a folder)`
    : specifier.startsWith("millrace/")
      ? `there is no "${specifier}"; millrace has "millrace", "millrace/blocks" and "millrace/testing"`
      : `cannot find the package "${specifier}"; install it (npm i ${packageOf(specifier)}) or check the paths in tsconfig.json`;
  return place === undefined
    ? new MillraceError("load-failed", `${parent}: ${what}`, { cause: error })
    : new LoadError(place, what, place.lineText, { cause: error });
}

function unlinkedExport(message: string): { specifier: string; name: string } | undefined {
  const fromModule = /^The requested module '(.+?)' does not provide an export named '(.+?)'/.exec(message);
  if (fromModule?.[1] !== undefined) return { specifier: fromModule[1], name: fromModule[2] ?? "" };
  const fromCommonJs = /^Named export '(.+?)' not found\. The requested module '(.+?)' is a CommonJS module/.exec(
    message,
  );
  return fromCommonJs?.[2] === undefined ? undefined : { specifier: fromCommonJs[2], name: fromCommonJs[1] ?? "" };
}

function notExported(specifier: string, name: string, file: string, error: Error): MillraceError {
  const what = `"${specifier}" exports no "${name}" that exists at run time; if it is a type, write "import type" (or "export type") for it; a "declare const enum" has no value either`;
  const place = whereWritten(specifier, file) ?? { file, line: 1, column: 1, lineText: "" };
  return new LoadError(place, what, place.lineText, { cause: error });
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The first place where a file names a specifier in quotes. */
function whereWritten(specifier: string, file: string): (SourceLocation & { lineText: string }) | undefined {
  const text = read(file);
  const offsets = ['"', "'", "`"].map((quote) => text.indexOf(`${quote}${specifier}${quote}`)).filter((at) => at >= 0);
  return offsets.length === 0 ? undefined : { file, ...placeOf(text, Math.min(...offsets)) };
}

/** V8 puts the place of a SyntaxError above it: "file:///a.js:3", the line, a caret. */
function stackHead(stack: string): { file: string; line: number; column: number | undefined } | undefined {
  const [first = "", , caret] = stack.split("\n");
  const match = /^(.+):(\d+)$/.exec(first);
  const file = match?.[1] === undefined ? undefined : fileOf(match[1]);
  if (file === undefined) return undefined;
  const column = caret === undefined ? -1 : caret.search(/\^/);
  return { file, line: Number(match?.[2]), column: column < 0 ? undefined : column + 1 };
}

function at(location: SourceLocation, message: string, cause: Error): LoadError {
  return new LoadError(location, message, lineOf(read(location.file), location.line), { cause });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
