/** Reading V8's stack texts: which frame is the user's, which is ours. Pure text work, no source maps, no disk. */
import type { SourceLocation } from "./errors.ts";

export interface StackFrame {
  /** The line as it stands in the stack, without its line end. */
  readonly text: string;
  /** Where the frame is; undefined for frames without a place ("at async Promise.all (index 0)", "at <anonymous>"). */
  readonly location: SourceLocation | undefined;
}

export interface ParsedStack {
  /** What stands above the frames: name and message, often several lines. */
  readonly head: string;
  readonly frames: readonly StackFrame[];
}

const frameLine = /^\s*at /;
/** The place at the end of a frame: in parentheses, or bare when the frame has no function name. */
const place = /(?:\(|^\s*at (?:async )?)([^()]*(?:\([^()]*\)[^()]*)*?):(\d+):(\d+)\)?$/;

/**
 * `message` is the error's own message: it may contain lines that look like frames (a nested stack), which belong to
 * the head.
 */
export function parseStack(stack: string, message = ""): ParsedStack {
  const at = message === "" ? -1 : stack.indexOf(message);
  const headEnd = at < 0 ? 0 : at + message.length;
  const first = /(?:^|\n)\s*at /.exec(stack.slice(headEnd));
  if (first === null) return { head: stack, frames: [] };
  const cut = headEnd + first.index;
  const frames = stack
    .slice(cut)
    .split("\n")
    .filter((line) => frameLine.test(line))
    .map((text) => ({ text, location: locationOf(text) }));
  return { head: stack.slice(0, cut), frames };
}

function locationOf(text: string): SourceLocation | undefined {
  if (text.includes("(eval at ")) return undefined;
  const match = place.exec(text);
  if (match?.[1] === undefined) return undefined;
  const file = fileOf(match[1]);
  return file === undefined ? undefined : { file, line: Number(match[2]), column: Number(match[3]) };
}

/** A path from what V8 prints for a script: a path, or a `file:` URL (with the loader's query). Undefined for others. */
export function fileOf(script: string): string | undefined {
  if (!script.startsWith("file:")) return /^(?:\/|\\\\|[A-Za-z]:[\\/])/.test(script) ? script : undefined;
  const url = script.replace(/[?#].*$/, "");
  const match = /^file:\/\/([^/]*)(\/.*)$/.exec(url);
  if (match?.[2] === undefined) return undefined;
  const decoded = decode(match[2]);
  if (match[1]) return `\\\\${match[1]}${decoded.replaceAll("/", "\\")}`;
  return /^\/[A-Za-z]:\//.test(decoded) ? decoded.slice(1).replaceAll("/", "\\") : decoded;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Millrace's own code: the folder this file was loaded from (dist/, dist/sdk/, or runtime/ when run from source). */
export const ownFolder: string = thisFolder().replace(/[\\/](?:sdk|protocol)$/, "");

function thisFolder(): string {
  // A bundle is CommonJS and knows; formatting a stack takes a millisecond of each start.
  if (typeof __dirname === "string") return __dirname;
  const here = parseStack(new Error("here").stack ?? "", "here").frames.find((frame) => frame.location !== undefined);
  return here?.location?.file.replace(/[\\/][^\\/]*$/, "") ?? "\0";
}

/** Whether code in this file is the user's: not Node's, not millrace's, not an installed package's. */
export function isUserFile(file: string): boolean {
  if (/[\\/]node_modules[\\/]/.test(file)) return false;
  return !(file.startsWith(ownFolder) && /[\\/]/.test(file.charAt(ownFolder.length)));
}

/** The first frame in the user's own files. */
export function userLocation(frames: readonly StackFrame[]): SourceLocation | undefined {
  return frames.find((frame) => frame.location !== undefined && isUserFile(frame.location.file))?.location;
}

/** The stack without Node's and millrace's frames, as long as something of the user's stays. */
export function userStack(parsed: ParsedStack): string {
  const kept = parsed.frames.filter((frame) => !isMachinery(frame));
  const frames = kept.some((frame) => frame.location !== undefined) ? kept : parsed.frames;
  return [parsed.head, ...frames.map((frame) => frame.text)].join("\n");
}

function isMachinery(frame: StackFrame): boolean {
  if (/\(?node:internal\//.test(frame.text)) return true;
  const file = frame.location?.file;
  return file !== undefined && !/[\\/]node_modules[\\/](?!millrace[\\/])/.test(file) && !isUserFile(file);
}
