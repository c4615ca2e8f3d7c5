/** Places in pools that runs take up, from being given to a worker until their end is known. */
import type { Core } from "../core.ts";
import { builtInWorker } from "./why-waiting.ts";

export interface Claims {
  /** The run has ended, or will never begin: its place is free. */
  end(runId: string): void;
  /** The same, where the built-in worker has it: with others it is known when they have brought all. */
  endBuiltIn(runId: string): void;
  /** After a start: takes back the places of runs of the built-in worker that are gone. */
  settle(isLive: (runId: string) => boolean): void;
}

/** @param onFree is called when a place became free */
export function createClaims({ system, store, log }: Core, onFree: () => void): Claims {
  const { facts } = system;
  const end = (runId: string): void => {
    if (!facts.claims.has(runId)) return;
    system.append({ kind: "claim-ended", run_id: runId });
    store.freePlace(runId).then(onFree, (thrown: unknown) => log.error(`the place of run ${runId}`, thrown));
  };
  return {
    end,
    endBuiltIn(runId) {
      if (facts.claims.get(runId)?.worker === builtInWorker) end(runId);
    },
    settle(isLive) {
      for (const { run_id, worker } of [...facts.claims.values()]) {
        if (worker === builtInWorker && !isLive(run_id)) end(run_id);
      }
    },
  };
}
