import { type ErrorRecord, MillraceError, type SourceLocation } from "./errors.ts";
import { type ParsedStack, parseStack, userLocation, userStack } from "./stack.ts";

/** A journal line must stay readable; what an error drags along (a query, a response body) may be megabytes. */
const longest = { message: 32_768, stack: 32_768, causes: 8 };

/**
 * Any thrown value as it is kept and shown. Never throws, whatever the value's getters do. Frames of Node and of
 * millrace itself are left out of the stack; `location` is the first frame in the user's own files.
 */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  return recordOf(thrown, new Set(), 0);
}

function recordOf(thrown: unknown, seen: Set<unknown>, depth: number): ErrorRecord {
  seen.add(thrown);
  const message = clip(messageOf(thrown), longest.message);
  const stack = text(thrown, "stack");
  const parsed = stack === undefined ? undefined : parseStack(stack, text(thrown, "message"));
  const location = ownLocation(thrown) ?? (parsed === undefined ? undefined : userLocation(parsed.frames));
  const code = read(thrown, "code");
  const cause = causeOf(thrown);
  return {
    name: nameOf(thrown),
    message,
    ...(parsed === undefined || isSelfExplaining(thrown, parsed)
      ? {}
      : { stack: clip(userStack(parsed), longest.stack) }),
    ...(typeof code === "string" || typeof code === "number" ? { code: String(code) } : {}),
    ...(location === undefined ? {} : { location }),
    ...(cause === undefined || seen.has(cause) || depth >= longest.causes
      ? {}
      : { cause: recordOf(cause, seen, depth + 1) }),
  };
}

/** A message for the user that no code of theirs led to: where in millrace it was made helps nobody. */
function isSelfExplaining(thrown: unknown, parsed: ParsedStack): boolean {
  return thrown instanceof MillraceError && userLocation(parsed.frames) === undefined;
}

function nameOf(thrown: unknown): string {
  const name = text(thrown, "name");
  if (name) return name;
  return thrown instanceof Error ? "Error" : typeof thrown;
}

function messageOf(thrown: unknown): string {
  const message = text(thrown, "message");
  if (message !== undefined) return message;
  return typeof thrown === "string" ? thrown : `thrown value: ${show(thrown)}`;
}

/** Short text of a value that is no Error. */
function show(value: unknown): string {
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  try {
    if (typeof value === "object") return JSON.stringify(value) ?? "object";
    return String(value);
  } catch {
    return "object";
  }
}

/** The cause, or the first of an AggregateError's errors. */
function causeOf(thrown: unknown): unknown {
  const cause = read(thrown, "cause");
  if (cause !== undefined) return cause;
  const errors = read(thrown, "errors");
  return thrown instanceof Error && Array.isArray(errors) ? errors[0] : undefined;
}

/** An error that knows its place (a file that does not parse has no frame in it). */
function ownLocation(thrown: unknown): SourceLocation | undefined {
  const location = read(thrown, "location");
  const file = read(location, "file");
  const line = read(location, "line");
  const column = read(location, "column");
  return typeof file === "string" && typeof line === "number" && typeof column === "number"
    ? { file, line, column }
    : undefined;
}

function text(holder: unknown, key: string): string | undefined {
  const value = read(holder, key);
  return typeof value === "string" ? value : undefined;
}

function read(holder: unknown, key: string): unknown {
  if ((typeof holder !== "object" && typeof holder !== "function") || holder === null) return undefined;
  try {
    return Reflect.get(holder, key);
  } catch {
    return undefined;
  }
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length - length} more characters)`;
}

/** The same with all that was said passed through `clean`; code and place stand. */
export function cleanError(error: ErrorRecord, clean: (text: string) => string): ErrorRecord {
  return {
    ...error,
    name: clean(error.name),
    message: clean(error.message),
    ...(error.stack === undefined ? {} : { stack: clean(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: cleanError(error.cause, clean) }),
  };
}
