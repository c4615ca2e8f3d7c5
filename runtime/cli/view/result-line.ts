import { inspect } from "node:util";
import type { ExecuteOutcome } from "../../protocol/sdk-runtime.ts";
import type { Io } from "../command.ts";
import { oneLine, truncate } from "../terminal/width.ts";

/** The result of a completed flow in one line, or undefined when it gave none. */
export function resultLine(outcome: ExecuteOutcome, io: Pick<Io, "style" | "columns">): string | undefined {
  if (outcome.state.type !== "COMPLETED" || outcome.result === undefined) return undefined;
  const shown = inspect(outcome.result, {
    breakLength: Number.POSITIVE_INFINITY,
    depth: 2,
    maxArrayLength: 5,
    maxStringLength: 200,
    // The user's own inspect methods are code that may throw or take long.
    customInspect: false,
  });
  return `${io.style.dim("result")} ${truncate(oneLine(shown), Math.max(20, io.columns() - 10))}`;
}
