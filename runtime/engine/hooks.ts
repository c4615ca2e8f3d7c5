import { toErrorRecord } from "../protocol/error-record.ts";
import type { Scope } from "./context.ts";
import { writeLog } from "./run.ts";

/** Calls hooks one after another. One that throws is logged; the run goes on as if it had not. */
export async function callHooks<Event>(
  hooks: readonly ((event: Event) => unknown)[],
  event: Event,
  name: string,
  scope: Scope,
): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook(event);
    } catch (error) {
      const { message, stack, location } = toErrorRecord(error);
      const where = location === undefined ? "" : ` at ${location.file}:${location.line}`;
      writeLog(scope, "error", `hook ${name} "${hook.name}" threw${where}: ${message}`, "millrace", { stack });
    }
  }
}
