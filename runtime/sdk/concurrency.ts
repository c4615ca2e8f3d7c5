import { withSlots } from "../engine/concurrency.ts";

/**
 * Runs `body` while holding slots of the named concurrency limit, shared by all runs of this home. A name without a
 * limit costs nothing. Slots go back when `body` ends, and when the run's process dies.
 *
 * @param name a limit, or several: then slots of each are held.
 * @param options.slots how many slots of the limit `body` takes; 1 when left out.
 * @throws what `body` throws; the reason of the cancellation when the run is cancelled while it waits.
 * @example
 * const rows = await concurrency("database", () => query(sql), { slots: 2 });
 */
export function concurrency<Result>(
  name: string | readonly string[],
  body: () => Result | PromiseLike<Result>,
  options: { readonly slots?: number } = {},
): Promise<Result> {
  return withSlots(typeof name === "string" ? [name] : name, options.slots ?? 1, body);
}
