/**
 * The process ends while the run is going on: user code called process.exit, or nothing is left that could wake the
 * flow. Then nothing asynchronous happens any more, so another process writes the verdict while this one waits.
 */
import { toErrorRecord } from "../../protocol/error-record.ts";
import { type ErrorRecord, MillraceError } from "../../protocol/errors.ts";

export interface ExitGuardOptions {
  /** Whether the run still waits for its end. */
  readonly isOpen: () => boolean;
  /** Writes FAILED for the run; synchronous. */
  readonly recordFailed: (error: ErrorRecord) => void;
}

export interface ExitGuard {
  close(): void;
}

export function guardExit(options: ExitGuardOptions): ExitGuard {
  let idle = false;
  const onIdle = (): void => {
    if (!options.isOpen()) return;
    idle = true;
    process.exit(1);
  };
  const onExit = (code: number): void => {
    if (options.isOpen()) options.recordFailed(toErrorRecord(idle ? nothingLeft() : exitCalled(code)));
  };
  process.on("beforeExit", onIdle);
  process.on("exit", onExit);
  return {
    close() {
      process.off("beforeExit", onIdle);
      process.off("exit", onExit);
    },
  };
}

function nothingLeft(): MillraceError {
  const error = new MillraceError(
    "crashed",
    "the flow waits for something that can never come: no timer, connection or child process is left that could settle it; " +
      "look for a promise that is never resolved",
  );
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

/** Made while process.exit is still on the stack, so the stack shows who called it. */
function exitCalled(code: number): MillraceError {
  const error = new MillraceError(
    "crashed",
    `process.exit(${code}) was called while the flow was running; throw an error to fail a flow, or return to end it`,
  );
  if (error.stack?.includes("process.exit ")) return error;
  return new MillraceError("crashed", `the process ended with exit code ${code} while the flow was running`);
}
