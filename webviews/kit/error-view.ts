/** An error as pages show it: the message first, then the frames in the user's own code, the others on demand. */
import type { ErrorRecord, SourceLocation } from "../../runtime/protocol/errors.ts";
import { isUserFile, parseStack } from "../../runtime/protocol/stack.ts";

export interface ErrorFrame {
  /** "fetchPage", "" for one without a name. */
  readonly name: string;
  readonly location: SourceLocation | null;
  readonly text: string;
}

export interface ErrorView {
  readonly name: string;
  readonly message: string;
  readonly frames: readonly ErrorFrame[];
  /** Frames of packages, Node and millrace. */
  readonly others: readonly ErrorFrame[];
  readonly cause: ErrorView | null;
}

export function errorView(error: ErrorRecord): ErrorView {
  const parsed = parseStack(error.stack ?? "", error.message).frames.map(({ text, location }) => ({
    name: frameName(text),
    location: location ?? null,
    text: text.trim(),
  }));
  const mine = parsed.filter(({ location }) => location !== null && isUserFile(location.file));
  const frames =
    mine.length === 0 && error.location !== undefined ? [{ name: "", location: error.location, text: "" }] : mine;
  return {
    name: error.name,
    message: error.message,
    frames,
    others: parsed.filter((frame) => !mine.includes(frame)),
    cause: error.cause === undefined ? null : errorView(error.cause),
  };
}

function frameName(text: string): string {
  return /^\s*at (?:async )?(.*?) \(/.exec(text)?.[1] ?? "";
}

/** The whole of it as text, for the clipboard. */
export function errorText(error: ErrorRecord): string {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\nCaused by: ${errorText(error.cause)}`;
}
