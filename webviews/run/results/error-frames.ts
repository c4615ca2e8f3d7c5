/** An error as a page shows it: the user's frames first, everybody else's folded, causes in order. Pure. */
import type { ErrorRecord } from "../../../runtime/protocol/errors.ts";
import { parseStack, type StackFrame } from "../../../runtime/protocol/stack.ts";

export interface ShownFrame {
  /** Function's name, "" at the top level. */
  readonly name: string;
  readonly text: string;
  readonly file: string | null;
  readonly line: number;
  readonly column: number;
}

export type FrameGroup =
  | { readonly kind: "user"; readonly frames: readonly ShownFrame[] }
  /** Frames of Node.js, of Millrace and of installed packages, next to each other. `label` says whose. */
  | { readonly kind: "folded"; readonly frames: readonly ShownFrame[]; readonly label: string };

export interface ShownError {
  readonly name: string;
  readonly message: string;
  readonly groups: readonly FrameGroup[];
  readonly cause: ShownError | null;
}

/** Causes beyond this many are left out: an error may be its own cause. */
const deepest = 10;

export function showError(error: ErrorRecord, depth = 0): ShownError {
  const { frames } = parseStack(error.stack ?? "", error.message);
  const groups = groupFrames(frames);
  const located = error.location;
  const hasUser = groups.some((group) => group.kind === "user");
  const known: readonly FrameGroup[] =
    hasUser || located === undefined
      ? groups
      : [{ kind: "user", frames: [{ name: "", text: "", ...located }] }, ...groups];
  return {
    name: error.name,
    message: error.message,
    groups: known,
    cause: error.cause === undefined || depth >= deepest ? null : showError(error.cause, depth + 1),
  };
}

function groupFrames(frames: readonly StackFrame[]): readonly FrameGroup[] {
  const groups: { owner: string | null; frames: ShownFrame[] }[] = [];
  const owners: Set<string>[] = [];
  for (const frame of frames) {
    const owner = ownerOf(frame);
    const last = groups.at(-1);
    const folded = owner !== null;
    if (last !== undefined && (last.owner !== null) === folded) {
      last.frames.push(shown(frame));
      if (owner !== null) owners.at(-1)?.add(owner);
    } else {
      groups.push({ owner, frames: [shown(frame)] });
      owners.push(new Set(owner === null ? [] : [owner]));
    }
  }
  return groups.map((group, index) =>
    group.owner === null
      ? { kind: "user", frames: group.frames }
      : { kind: "folded", frames: group.frames, label: foldedLabel(group.frames.length, [...(owners[index] ?? [])]) },
  );
}

function foldedLabel(count: number, owners: readonly string[]): string {
  const shown = owners.length > 3 ? [...owners.slice(0, 2), `${owners.length - 2} others`] : owners;
  const names = shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}` : (shown[0] ?? "");
  return `${count} ${count === 1 ? "frame" : "frames"} in ${names}`;
}

/** Whose code a frame is: null for the user's. */
function ownerOf({ location, text }: StackFrame): string | null {
  if (location === undefined) return "Node.js";
  const file = location.file.replaceAll("\\", "/");
  const installed = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
  if (installed?.[1] !== undefined) return installed[1] === "millrace" ? "Millrace" : installed[1];
  // What the runner loads lies in the home's runtime or sdk folder, or in dist/ of a checkout.
  if (/\/(?:runtime|sdk)\/[^/]*\d+\.\d+\.\d+[^/]*\/(?:.*\/)?[\w-]+\.(?:cjs|js|mjs)$/.test(file)) return "Millrace";
  if (/\/(?:millrace|runner|run|worker-hooks|zod)\.c?js$/.test(file) && /\/(?:dist|sdk)[^/]*\//.test(file)) {
    return "Millrace";
  }
  return /\bnode:/.test(text) ? "Node.js" : null;
}

function shown({ text, location }: StackFrame): ShownFrame {
  const name = /^\s*at (?:async )?(.+?) \((?:[^()]|\([^()]*\))*\)$/.exec(text)?.[1] ?? "";
  return {
    name: location === undefined ? text.replace(/^\s*at (?:async )?/, "") : name,
    text: text.trim(),
    file: location?.file ?? null,
    line: location?.line ?? 1,
    column: location?.column ?? 1,
  };
}

/** The whole of it as text, for the clipboard. */
export function errorText(error: ErrorRecord, depth = 0): string {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined || depth >= deepest
    ? own
    : `${own}\nCaused by: ${errorText(error.cause, depth + 1)}`;
}

export interface FieldProblemText {
  readonly path: string;
  readonly message: string;
}

/** Fields that a refused value names: lines "path: message" below the first line of the message. */
export function fieldProblems(error: ErrorRecord): {
  readonly summary: string;
  readonly fields: readonly FieldProblemText[];
} {
  const [summary = "", ...rest] = error.message.split("\n");
  if (error.code !== "bad-parameters" || rest.length === 0) return { summary: error.message, fields: [] };
  const fields = rest.flatMap((line) => {
    const match = /^\s*[-•]?\s*([^\s:][^:]*): (.+)$/.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ path: match[1], message: match[2] }];
  });
  return fields.length === 0 ? { summary: error.message, fields } : { summary: summary.replace(/:$/, ""), fields };
}

/**
 * Lines of code with a mark below them ("  5 | if (…", "    |    ^") line up only in a font of one width: what follows
 * the first of them is shown as it stands.
 */
export function splitCode(message: string): { readonly text: string; readonly code: string } {
  const lines = message.split("\n");
  const at = lines.findIndex((line) => /^[\s>]*\d*\s*\|/.test(line));
  if (at <= 0) return { text: message, code: "" };
  return { text: lines.slice(0, at).join("\n").trimEnd(), code: lines.slice(at).join("\n").trimEnd() };
}
