/**
 * What a task or a flow is called when its options do not say: the name of its `run` function, the name it is exported
 * under, or the name of the constant it was assigned to, read from the line of source where it was made.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { SourceLocation } from "../protocol/errors.ts";
import { pinnedSource } from "../protocol/snapshots.ts";

export interface Definition {
  /** What resume knows it by; never includes its source. */
  readonly key: string;
  /** Where it was made. */
  readonly place: SourceLocation | undefined;
  /** The name it is exported under, once the module is known. */
  exportName: string | undefined;
}

export function makeDefinition(
  kind: "task" | "flow",
  given: string | undefined,
  run: (...inputs: never) => unknown,
  place: SourceLocation | undefined,
): Definition {
  let key: string | undefined;
  return {
    place,
    exportName: undefined,
    get key() {
      key ??= given ?? functionName(run) ?? exported(this.exportName) ?? assignedName(place, kind) ?? fileName(place);
      return key ?? kind;
    },
  };
}

/** `async run(url) {…}` is called "run", which says nothing. */
function functionName(run: { readonly name: string }): string | undefined {
  return run.name === "" || run.name === "run" ? undefined : run.name;
}

function exported(name: string | undefined): string | undefined {
  return name === "default" || name === "module.exports" ? undefined : name;
}

/** The constant in `export const fetchTrips = task({` - of the line given, or the one before it. */
export function assignedName(place: SourceLocation | undefined, kind: "task" | "flow"): string | undefined {
  if (place === undefined) return undefined;
  const lines = sourceLines(place.file);
  const text = `${lines[place.line - 2] ?? ""}\n${lines[place.line - 1] ?? ""}`;
  const names = [...text.matchAll(assignment)].filter((match) => match[2] === undefined || match[2] === kind);
  return names.at(-1)?.[1];
}

const assignment =
  /(?:\b(?:const|let|var)\s+|[{,]\s*|\bexports\.|\bthis\.)([A-Za-z_$][\w$]*)\s*(?::[^=\n]+)?\s*[=:]\s*(?:[\w$]+\.)?(task|flow)\b/g;

const sources = new Map<string, readonly string[]>();

function sourceLines(file: string): readonly string[] {
  let lines = sources.get(file);
  if (lines === undefined) {
    try {
      lines = (pinnedText(file) ?? readFileSync(file, "utf8")).split(/\r?\n/);
    } catch {
      // A source that is not on the disk (a bundle's map, an eval) has no line to read a name from.
      lines = [];
    }
    sources.set(file, lines);
  }
  return lines;
}

/** The text that was loaded where a snapshot stands for what lies at the path. */
function pinnedText(file: string): string | undefined {
  const given: unknown = Reflect.get(globalThis, pinnedSource);
  const text: unknown = typeof given === "function" ? given(file) : undefined;
  return typeof text === "string" ? text : undefined;
}

function fileName(place: SourceLocation | undefined): string | undefined {
  if (place === undefined) return undefined;
  // Two nameless tasks of one file must not take each other's results, so the line is part of the name.
  return `${path.basename(place.file).replace(/\.[^.]+$/, "")}:${place.line}`;
}
