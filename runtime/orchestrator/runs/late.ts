/**
 * A run that nobody took so long after it was due is late, as in Prefect: it is shown as that, with the reason, and told
 * of. After an outage that may be thousands at once: they are told of in small lots, between which others get their turn.
 */
import type { IndexStore, RunRequest } from "../index/store.ts";

export interface LateOptions {
  readonly store: Pick<IndexStore, "markLate">;
  readonly why: (request: RunRequest) => string;
  readonly announce: (runId: string) => Promise<unknown>;
  /** Whether anything waits at all. */
  readonly isNeeded: () => boolean;
  readonly report: (message: string, thrown: unknown) => void;
}

/** Milliseconds. */
const lateAfter = 15_000;
const lookEvery = 5000;
/** Runs of one lot, and the pause before the next. */
const lot = 50;
const lotEvery = 50;

export function createLate({ store, why, announce, isNeeded, report }: LateOptions): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function look(): Promise<number> {
    if (!isNeeded()) return lookEvery;
    const now = Date.now();
    const ids = await store.markLate(now - lateAfter, now, why, lot);
    for (const id of ids) await announce(id);
    return ids.length < lot ? lookEvery : lotEvery;
  }

  function lookIn(milliseconds: number): void {
    if (stopped) return;
    timer = setTimeout(() => {
      look()
        .catch((thrown: unknown) => {
          report("runs that are late", thrown);
          return lookEvery;
        })
        .then(lookIn);
    }, milliseconds).unref();
  }
  lookIn(lookEvery);

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
