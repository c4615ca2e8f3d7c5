import { MillraceError, toError } from "../protocol/errors.ts";

const nonRetryable = Symbol.for("millrace.non-retryable");

/**
 * Thrown by a task that no retry can help: it fails at once, whatever `retries` says.
 *
 * @example
 * if (response.status === 404) throw new NonRetryableError(`${url} does not exist`);
 */
export class NonRetryableError extends Error {
  override readonly name: string = "NonRetryableError";
  // A mark and no instanceof: the user's code may hold another copy of the SDK than the one that runs it.
  readonly [nonRetryable] = true;
}

export function isNonRetryable(error: unknown): boolean {
  return typeof error === "object" && error !== null && nonRetryable in error;
}

const timeout = Symbol.for("millrace.timeout");

/** Why an attempt was stopped when its time was over. `name` is "TimeoutError", as with AbortSignal.timeout. */
export class TimeoutError extends Error {
  override readonly name: string = "TimeoutError";
  readonly [timeout] = true;
}

/** Our own timeouts only: that a request of the user's timed out is an ordinary failure. */
export function isTimeout(error: unknown): boolean {
  return typeof error === "object" && error !== null && timeout in error;
}

export function isCancelled(error: unknown): error is MillraceError {
  return hasCode(error, ["cancelled"]);
}

/** The reason of a cancellation signal as the error that everybody waiting gets. */
export function cancelledError(reason: unknown): MillraceError {
  if (isCancelled(reason)) return reason;
  const error = toError(reason);
  const text = error.name === "AbortError" ? "the run was cancelled" : error.message;
  return new MillraceError("cancelled", text, { cause: reason });
}

/** The journal cannot be written any more: nothing is acknowledged from here on. */
export function isJournalLoss(error: unknown): error is MillraceError {
  return hasCode(error, ["journal-lost", "journal-failed"]);
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && error.name === "MillraceError" && codes.includes(String(Reflect.get(error, "code")));
}

/** The message for a line of the log, with that of the cause: "fetch failed" alone says nothing. */
export function messageWithCause(thrown: unknown): string {
  const { message, cause } = toError(thrown);
  const why = cause instanceof Error ? cause.message : "";
  return why === "" || message.includes(why) ? message : `${message} (${why})`;
}
