/** How a command's error is shown: the message that a person can act on; the technical cause only when asked for. */
import { exitCodes, MillraceError, toError } from "../protocol/errors.ts";
import type { Io } from "./command.ts";

/** Prints the error (JSON on the standard output with --json, text on the error output) and gives the exit code. */
export function reportError(thrown: unknown, io: Io, json: boolean): number {
  const error = toError(thrown);
  const known = error instanceof MillraceError;
  const exitCode = known ? error.exitCode : exitCodes.failed;
  if (json) {
    const fields = known && error.fields.length > 0 ? { fields: error.fields } : {};
    const problem = { code: known ? error.code : "internal", message: error.message, ...fields };
    io.out(`${JSON.stringify({ kind: "error", exit_code: exitCode, error: problem })}\n`);
    return exitCode;
  }
  io.err(errorText(error, io));
  return exitCode;
}

export function errorText(error: Error, io: Pick<Io, "style" | "environment">): string {
  const { style } = io;
  const lines = [`${style.red(style.bold("error"))}: ${error.message}`];
  if (error instanceof MillraceError) {
    const untold = error.fields.filter(
      ({ path, message }) => !(error.message.includes(path) && error.message.includes(message)),
    );
    for (const { path, message } of untold) lines.push(`  ${style.bold(path === "" ? "(all)" : path)}: ${message}`);
  } else {
    lines.push(style.dim("This is an error in Millrace itself, not in your flow. Please report it with these lines:"));
    lines.push(style.dim(error.stack ?? String(error)));
  }
  if (io.environment["MILLRACE_DEBUG"] && error.cause !== undefined) {
    lines.push(style.dim(`caused by ${toError(error.cause).stack ?? String(error.cause)}`));
  }
  return `${lines.join("\n")}\n`;
}
