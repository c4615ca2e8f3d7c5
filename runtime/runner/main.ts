/**
 * dist/runner.cjs: a process around one flow run, started by a worker (`warm`, in a container `once`) or by VS Code's
 * debugger (`debug`), or a look into a file (`describe`, `validate`, `block`).
 */
import { blockMain } from "./block-child.ts";
import { debugMain } from "./debug.ts";
import { describeMain } from "./describe.ts";
import { onceMain } from "./once.ts";
import { validateMain } from "./validate.ts";
import { warmMain } from "./warm.ts";

export async function runnerMain([mode, ...rest]: readonly string[]): Promise<void> {
  if (mode === "warm") return warmMain(rest);
  if (mode === "once") return onceMain();
  if (mode === "debug") return debugMain();
  if (mode === "describe") return describeMain(rest);
  if (mode === "block") return blockMain();
  if (mode === "validate") return validateMain(rest);
  throw new Error(`no such runner mode: ${mode ?? "(none)"}`);
}
