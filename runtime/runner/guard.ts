/**
 * Errors that nobody catches fail the load while the module loads, and the run while the flow runs; without this the
 * process would end and the run would be called CRASHED. A module that waits for what never comes fails its load (for
 * a run, the engine's host sees to that).
 */
import process from "node:process";
import { toErrorRecord } from "../protocol/error-record.ts";
import { MillraceError } from "../protocol/errors.ts";

export interface Guard {
  /** The work, or the first error that nobody caught meanwhile. */
  during<T>(work: Promise<T>): Promise<T>;
  /** From now on errors go there; false when it has nobody to blame for them. */
  handTo(fail: (thrown: unknown) => boolean): void;
  release(): void;
}

export function guardProcess(file: string): Guard {
  let fail: (thrown: unknown) => boolean = () => false;
  let loading = true;

  // Rejections that nobody handles arrive here too, as Node's default makes them.
  const uncaught = (thrown: unknown): void => {
    if (fail(thrown)) return;
    // The run has ended or is ending for another reason: this one is at least seen.
    const { stack, name, message } = toErrorRecord(thrown);
    process.stderr.write(`${stack ?? `${name}: ${message}`}\n`);
  };
  const idle = (): void => {
    if (!loading) return;
    fail(
      new MillraceError(
        "load-failed",
        `${file}: nothing is left to do, but something is still awaited: a promise that is never resolved or rejected`,
      ),
    );
  };
  process.on("uncaughtException", uncaught);
  process.on("beforeExit", idle);
  return {
    during: (work) =>
      new Promise((resolve, reject) => {
        fail = (thrown) => {
          reject(thrown);
          return true;
        };
        work.then(resolve, reject);
      }),
    handTo(next) {
      loading = false;
      fail = next;
    },
    release() {
      process.off("uncaughtException", uncaught);
      process.off("beforeExit", idle);
    },
  };
}
