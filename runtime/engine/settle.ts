import { isCancelled, isTimeout } from "./errors.ts";
import type { TaskPromise } from "./task-promise.ts";

/** The final state of a task call, as a value. */
export type SettledState<Result> =
  | { readonly type: "COMPLETED"; readonly name: "Completed"; readonly result: Result; readonly error?: undefined }
  | {
      readonly type: "FAILED";
      readonly name: "Failed" | "TimedOut";
      readonly error: unknown;
      readonly result?: undefined;
    }
  | { readonly type: "CANCELLED"; readonly name: "Cancelled"; readonly error: unknown; readonly result?: undefined };

export async function settleCall(call: TaskPromise<unknown>): Promise<SettledState<unknown>> {
  try {
    return { type: "COMPLETED", name: "Completed", result: await call };
  } catch (error) {
    if (isCancelled(error)) return { type: "CANCELLED", name: "Cancelled", error };
    return { type: "FAILED", name: isTimeout(error) ? "TimedOut" : "Failed", error };
  }
}
