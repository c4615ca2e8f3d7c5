/**
 * The process ends while the run is going on: user code called process.exit, an error that nobody caught ends it, or
 * nothing is left that could wake the flow. The last is told to the run, which then fails in the ordinary way. Else
 * nothing asynchronous happens any more, so another process writes the verdict while this one waits.
 */
import { toErrorRecord } from "../../protocol/error-record.ts";
import { type ErrorRecord, exitCodes, MillraceError } from "../../protocol/errors.ts";

export interface ExitGuardOptions {
  /** Whether the run still waits for its end. */
  readonly isOpen: () => boolean;
  /** Fails the run with the error; it may begin something that keeps the process alive until its end is recorded. */
  readonly fail: (error: Error) => void;
  /** Writes down that the run ended with the process; synchronous. */
  readonly record: (error: ErrorRecord) => void;
}

export interface ExitGuard {
  close(): void;
}

export function guardExit(options: ExitGuardOptions): ExitGuard {
  let idle = false;
  let uncaught: { readonly error: unknown } | undefined;
  const onIdle = (): void => {
    // A second time: the run could not even be ended. The process ends now, and is told of in onExit.
    if (!options.isOpen() || idle) return;
    idle = true;
    options.fail(nothingLeft());
  };
  // Only looks: whether the error ends the process is for others to say.
  const onUncaught = (error: unknown): void => {
    uncaught = { error };
  };
  const onExit = (code: number): void => {
    if (!options.isOpen()) return;
    const called = exitCall(code);
    options.record(toErrorRecord(called ?? uncaught?.error ?? (idle ? nothingLeft() : endedWith(code))));
    if (code === 0) process.exitCode = exitCodes.failed;
  };
  process.on("beforeExit", onIdle);
  process.on("uncaughtExceptionMonitor", onUncaught);
  process.on("exit", onExit);
  return {
    close() {
      process.off("beforeExit", onIdle);
      process.off("uncaughtExceptionMonitor", onUncaught);
      process.off("exit", onExit);
    },
  };

  /** The call of process.exit is still on the stack, so its error shows who made it. */
  function exitCall(code: number): MillraceError | undefined {
    const error = new MillraceError(
      "crashed",
      `process.exit(${code}) was called while the flow was running; throw an error to fail a flow, or return to end it`,
    );
    return error.stack?.includes("process.exit ") ? error : undefined;
  }
}

function endedWith(code: number): MillraceError {
  return new MillraceError("crashed", `the process ended with exit code ${code} while the flow was running`);
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
