import { setTimeout as pause } from "node:timers/promises";

/** Looks until something is so; a test that waits for ever is ended by the runner's limit. */
export async function until<T>(look: () => T | Promise<T>): Promise<Exclude<T, undefined | false | null>> {
  for (;;) {
    const found = await look();
    if (isThere(found)) return found;
    await pause(5);
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | false | null> {
  return value !== undefined && value !== false && value !== null;
}
