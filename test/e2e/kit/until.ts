import { setTimeout as pause } from "node:timers/promises";

/** Asks until it is true; gives up after 30 s. */
export async function until(isTrue: () => Promise<boolean>, what = isTrue.toString()): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`still not true after 30 s: ${what}`);
    await pause(200);
  }
}
