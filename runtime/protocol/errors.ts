/**
 * Exit codes of the command line (DESIGN §6). `usage` is what the user has typed or written: arguments, parameters that
 * the flow's schema refuses, a file that cannot be loaded or has no such flow. Nothing of a flow has run then.
 */
export const exitCodes = { completed: 0, failed: 1, usage: 2, crashed: 3 } as const;

/** The stable names of what can go wrong; one per kind of thing a user must do. */
export type ErrorCode =
  | "bad-usage"
  | "bad-parameters"
  | "bad-file"
  | "no-flow"
  | "ambiguous-flow"
  | "unknown-flow"
  | "load-failed"
  | "not-found"
  | "conflict"
  | "result-not-kept"
  | "upstream-failed"
  | "task-failed"
  | "journal-corrupt"
  | "journal-lost"
  | "journal-failed"
  | "home-unusable"
  | "home-newer"
  | "home-owned"
  | "not-answering"
  | "socket-taken"
  | "unauthorized"
  | "cancelled"
  | "crashed"
  | "internal";

const errorCodes: Readonly<Record<ErrorCode, true>> = {
  "bad-usage": true,
  "bad-parameters": true,
  "bad-file": true,
  "no-flow": true,
  "ambiguous-flow": true,
  "unknown-flow": true,
  "load-failed": true,
  "not-found": true,
  conflict: true,
  "result-not-kept": true,
  "upstream-failed": true,
  "task-failed": true,
  "journal-corrupt": true,
  "journal-lost": true,
  "journal-failed": true,
  "home-unusable": true,
  "home-newer": true,
  "home-owned": true,
  "not-answering": true,
  "socket-taken": true,
  unauthorized: true,
  cancelled: true,
  crashed: true,
  internal: true,
};

/** For codes that came over a wire, where a newer side may know more of them. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}

const brand = Symbol.for("millrace.error");

/**
 * An error meant for the person at the keyboard: `message` says what happened, where, and what to do; `cause` keeps
 * the technical reason for the log. The same text is shown in the editor and on the command line.
 */
export class MillraceError extends Error {
  override readonly name: string = "MillraceError";
  readonly code: ErrorCode;
  /** What went wrong field by field, when the input had fields. */
  readonly fields: readonly FieldProblem[];
  readonly exitCode: number;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; fields?: readonly FieldProblem[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
    this.exitCode = usageCodes.has(code)
      ? exitCodes.usage
      : code === "crashed" || code === "cancelled" || code === "journal-lost"
        ? exitCodes.crashed
        : exitCodes.failed;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** The runner's bundle, the SDK's and the command's each have this class: an error of one is known in the others. */
Object.defineProperty(MillraceError, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    if (this !== MillraceError) return Reflect.apply(Function.prototype[Symbol.hasInstance], this, [value]);
    return typeof value === "object" && value !== null && brand in value;
  },
});

const usageCodes: ReadonlySet<ErrorCode> = new Set([
  "bad-usage",
  "bad-parameters",
  "bad-file",
  "no-flow",
  "ambiguous-flow",
  "unknown-flow",
  "load-failed",
  "not-found",
]);

export interface FieldProblem {
  /** Path of the field, as "months[0]" or "year"; "" for the whole value. */
  readonly path: string;
  readonly message: string;
}

/** A thrown value as it is kept in a journal and shown on pages. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  /** With source positions (source maps applied), as Node prints it. */
  readonly stack?: string;
  readonly code?: string;
  /** The first frame in the user's own files. Line and column count from 1. */
  readonly location?: SourceLocation;
  readonly cause?: ErrorRecord;
}

export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Any thrown value as an Error: the one coercion, so that nothing is ever "[object Object]". */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  // An Error of another realm (vm contexts, worker messages) fails instanceof but has the shape.
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) {
    return Object.assign(new Error(String(thrown.message)), thrown);
  }
  return new Error(typeof thrown === "string" ? thrown : `thrown value: ${String(thrown)}`);
}
