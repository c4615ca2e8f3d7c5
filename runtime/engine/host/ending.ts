/**
 * How a run comes to its end from outside its code: cancelled, its journal lost, its process exiting under it. Whoever
 * does not stop when asked is stopped, with everything it has started.
 */
import { MillraceError } from "../../protocol/errors.ts";
import { killTree } from "../../system/kill-tree.ts";

export interface EndingOptions {
  /** Writes CANCELLED for the root run, durably. */
  readonly recordCancelled: (message: string) => Promise<void>;
  /** Last things before the process ends: the log's rest. */
  readonly flush: () => void;
  /** Called when the run is told to stop, with the time after which its process ends. */
  readonly onStopping: (grace: number) => void;
  /** A child of ours that stays: it ends by itself when we are gone. */
  readonly keeperPid: () => number | undefined;
  readonly exit?: (code: number) => void;
}

export interface Ending {
  /** Aborts with the reason. */
  readonly signal: AbortSignal;
  /** Why the run was told to stop, if it was. */
  readonly stopping: string | undefined;
  /** Asks the run to stop, and ends the process when it has not after `grace` milliseconds. */
  cancel(reason: string, grace: number): void;
  /** Does not wait any longer. */
  insist(): void;
  /** The journal is not ours any more, or cannot be written; the engine has stopped the run. The process ends too. */
  broken(error: Error): void;
  /** The run has ended by itself. */
  close(): void;
}

/** How long user code may take to notice that its journal is gone; milliseconds. */
const brokenGrace = 2000;
/** What a disk that hangs may hold up at most. */
const recordWithin = 2000;

export function makeEnding(options: EndingOptions): Ending {
  const controller = new AbortController();
  const exit = options.exit ?? ((code) => process.exit(code));
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let stopping: string | undefined;

  const endProcess = async (code: number, record?: () => Promise<void>): Promise<void> => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    const keeper = options.keeperPid();
    // First the children: once this process is gone nobody knows that they were its.
    await killTree(process.pid, { keepRoot: true, ...(keeper === undefined ? {} : { except: [keeper] }) }).catch(
      () => undefined,
    );
    if (record !== undefined) {
      const late = new Promise<void>((resolve) => setTimeout(resolve, recordWithin));
      await Promise.race([record().catch(() => undefined), late]);
    }
    options.flush();
    exit(code);
  };
  const stopNow = (reason: string, grace: number): void => {
    const message = grace === 0 ? reason : `${reason}; it did not stop within ${grace / 1000} s and was ended`;
    void endProcess(new MillraceError("cancelled", reason).exitCode, () => options.recordCancelled(message));
  };

  return {
    signal: controller.signal,
    get stopping() {
      return stopping;
    },
    cancel(reason, grace) {
      if (closed || stopping !== undefined) return;
      stopping = reason;
      timer = setTimeout(() => stopNow(reason, grace), grace).unref();
      options.onStopping(grace);
      controller.abort(new MillraceError("cancelled", reason));
    },
    insist() {
      if (!closed) stopNow(stopping ?? "cancelled", 0);
    },
    broken(error) {
      if (closed) return;
      const code = error instanceof MillraceError ? error.exitCode : 1;
      timer = setTimeout(() => {
        process.stderr.write(`millrace: ${error.message}\n`);
        void endProcess(code);
      }, brokenGrace).unref();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
