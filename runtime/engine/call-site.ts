import { findSourceMap } from "node:module";
import type { SourceLocation } from "../protocol/errors.ts";
import { fileOf, isUserFile } from "../protocol/stack.ts";

/**
 * Where the user's code called `above`. Formatting a stack costs 40 µs once source maps are on; taking the raw frames
 * costs 2 µs, and each place in a program is mapped only once.
 */
export function callSite(above: (...inputs: never) => unknown): SourceLocation | undefined {
  // The caller is nearly always the user's own code; only where it is not (`items.map(task)`) look further up.
  return nearest(above, 1) ?? nearest(above, 8);
}

function nearest(above: (...inputs: never) => unknown, depth: number): SourceLocation | undefined {
  for (const frame of rawFrames(above, depth)) {
    const script = frame.getFileName();
    if (script === null || script === undefined) continue;
    const position = frame.getPosition();
    let known = places.get(script)?.get(position);
    if (known === undefined) {
      known = mapped(script, frame.getLineNumber() ?? 1, frame.getColumnNumber() ?? 1) ?? nowhere;
      remember(script, position, known);
    }
    if (known !== nowhere) return known;
  }
  return undefined;
}

const nowhere: SourceLocation = { file: "", line: 0, column: 0 };
/** By script, then by offset in it: asking V8 for line and column costs more than all the rest. */
const places = new Map<string, Map<number, SourceLocation>>();

function remember(script: string, position: number, place: SourceLocation): void {
  const known = places.get(script);
  if (known === undefined) places.set(script, new Map([[position, place]]));
  else known.set(position, place);
}

let frames: readonly NodeJS.CallSite[] = [];

function takeFrames(_error: Error, raw: NodeJS.CallSite[]): string {
  frames = raw;
  return "";
}

function rawFrames(above: (...inputs: never) => unknown, depth: number): readonly NodeJS.CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  frames = [];
  Error.stackTraceLimit = depth;
  Error.prepareStackTrace = takeFrames;
  Error.captureStackTrace(holder, above);
  // Reading the property is what runs prepareStackTrace.
  void holder.stack;
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = prepareStackTrace;
  return frames;
}

function mapped(script: string, line: number, column: number): SourceLocation | undefined {
  const origin = findSourceMap(script)?.findOrigin(line, column);
  if (origin !== undefined && "fileName" in origin && typeof origin.fileName === "string") {
    const file = fileOf(origin.fileName);
    if (file !== undefined && isUserFile(file)) return { file, line: origin.lineNumber, column: origin.columnNumber };
  }
  const file = fileOf(script);
  return file !== undefined && isUserFile(file) ? { file, line, column } : undefined;
}
