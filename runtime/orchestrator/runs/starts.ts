/** What becomes of a request once a runner has it: a run that begins, or an outcome that says why there is none. */
import { setTimeout as pause } from "node:timers/promises";
import type { StartRequest } from "../../protocol/live.ts";
import type { NoRun, Worker } from "../../worker/worker.ts";
import type { Core } from "../core.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import { outcomeOf, writeOutcome } from "./outcome.ts";
import type { Requests } from "./requests.ts";

export interface Starts {
  start(request: StartRequest): void;
  /** Follows a run that somebody else's runner has: it begins soon, or its runner died before it could say anything. */
  adopt(runId: string): void;
}

/** Milliseconds that a runner may take from making the run's folder to registering in live/. */
const registersWithin = 3000;

/** `requests` is asked for when it is needed: it starts runs through us. */
export function createStarts(core: Core, live: LiveRuns, worker: Worker, requests: () => Requests): Starts {
  const { store, system, log } = core;

  async function follow(request: StartRequest): Promise<void> {
    const id = request.run_id;
    const refused = await worker.start(request);
    if (refused !== undefined) return conclude(id, refused);
    live.look();
    const end = await worker.ended(id);
    await concludeUnlessBegun(id, { refusal: undefined, end, output: worker.outputOf(id), error: undefined });
  }

  /** A run that began is in live/ and is settled there. One whose process died before that has nobody else. */
  async function concludeUnlessBegun(id: string, why: NoRun): Promise<void> {
    live.look();
    if (live.has(id) || !system.facts.requests.has(id)) return;
    await live.folding.fold(id);
    if ((await store.folded(id)) === undefined) await conclude(id, why);
    else requests().begun(id);
  }

  async function conclude(id: string, why: NoRun): Promise<void> {
    const request = system.facts.requests.get(id);
    if (request === undefined) return;
    const { state, error } = await outcomeOf(why);
    await writeOutcome(core, request, state, error);
    await live.folding.fold(id);
    requests().begun(id);
  }

  return {
    start(request) {
      follow(request).catch((thrown: unknown) => log.error(`starting run ${request.run_id}`, thrown));
    },
    adopt(runId) {
      const unknown: NoRun = { refusal: undefined, end: undefined, output: undefined, error: undefined };
      pause(registersWithin)
        .then(() => concludeUnlessBegun(runId, unknown))
        .catch((thrown: unknown) => log.error(`following run ${runId}`, thrown));
    },
  };
}
