/** Runs the `test` of a block and keeps what it says, step by step. */
import type { BlockTest, BlockTestStep } from "../protocol/blocks.ts";
import { toError } from "../protocol/errors.ts";
import { monotonic } from "../system/monotonic.ts";
import { redact } from "../system/redaction.ts";
import type { TestSteps } from "./test-steps.ts";

/** Ends a test whose step has failed; the failure itself stands among the steps. */
class StepFailed extends Error {}

export async function runTest(test: (steps: TestSteps) => Promise<void>, signal: AbortSignal): Promise<BlockTest> {
  const steps: BlockTestStep[] = [];
  const add = (name: string, state: BlockTestStep["state"], message: string | null, since: number): void => {
    const said = message === null || message === "" ? null : redact(message);
    steps.push({ name, state, message: said, duration_ms: Math.round(monotonic() - since) });
  };
  const begun = monotonic();
  try {
    await test({
      signal,
      async step(name, look) {
        const since = monotonic();
        try {
          const said = await orAborted(async () => look(), signal);
          add(name, "ok", typeof said === "string" ? said : null, since);
        } catch (thrown) {
          add(name, "failed", explain(thrown), since);
          throw new StepFailed(name);
        }
      },
      skip: (name, reason) => add(name, "skipped", reason, monotonic()),
    });
  } catch (thrown) {
    if (!(thrown instanceof StepFailed)) add("test", "failed", explain(thrown), begun);
  }
  return { ok: steps.every(({ state }) => state !== "failed"), steps };
}

async function orAborted<T>(look: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([look(), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The message with those of its causes that say more: clients wrap what the network said. */
export function explain(thrown: unknown): string {
  const said: string[] = [];
  for (let at: unknown = thrown, depth = 0; at !== undefined && at !== null && depth < 5; depth++) {
    const error = toError(at);
    const inner =
      error instanceof AggregateError && error.message === "" ? error.errors.map(explain).join("; ") : error.message;
    if (inner !== "" && !said.some((each) => each.includes(inner))) said.push(inner);
    at = error.cause;
  }
  return said.join(": ") || toError(thrown).name;
}
