import { setTimeout as pause } from "node:timers/promises";

/** Asks until it is true; gives up after a minute: on a busy machine the editor itself needs 20 s to find a file. */
export async function until(isTrue: () => Promise<boolean>, what = isTrue.toString()): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`still not true after a minute: ${what}`);
    await pause(200);
  }
}
