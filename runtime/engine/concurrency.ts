import { newId } from "../protocol/ids.ts";
import { currentScope, signalOf } from "./context.ts";
import { refusal, writeLog } from "./run.ts";

/** Runs `body` while holding slots of a limit. Without such a limit, and outside a run, it just runs. */
export async function withSlots<Result>(
  names: readonly string[],
  slots: number,
  body: () => Result | PromiseLike<Result>,
): Promise<Result> {
  if (!Number.isInteger(slots) || slots < 1) {
    throw new TypeError(`concurrency("${names[0]}"): slots must be a whole number from 1, not ${slots}`);
  }
  const scope = currentScope();
  if (scope === undefined) return await body();
  const refused = refusal(scope);
  if (refused !== undefined) throw refused;
  const { limits } = scope.flowRun.run.host;
  if (!limits.isLimited(names)) return await body();
  // A name stands as often as slots of it are wanted.
  const wanted = names.flatMap((name) => Array.from({ length: slots }, () => name));
  const holder = `${scope.flowRun.id}:${newId()}`;
  const release = await limits.acquire(wanted, holder, signalOf(scope), (waitingFor) =>
    writeLog(scope, "info", `waits for ${slots === 1 ? "a slot" : `${slots} slots`} of ${waitingFor}`),
  );
  try {
    return await body();
  } finally {
    await release();
  }
}
