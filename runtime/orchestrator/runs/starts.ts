/** What becomes of a request once a runner has it: a run that begins, or an outcome that says why there is none. */
import { setTimeout as pause } from "node:timers/promises";
import { prepareStart, type SecretOf } from "../../worker/prepare-start.ts";
import type { NoRun, Worker } from "../../worker/worker.ts";
import type { Core } from "../core.ts";
import type { RunRequest } from "../index/store.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import { outcomeOf, writeOutcome } from "./outcome.ts";
import { startRequest } from "./start-request.ts";

export interface Starts {
  start(request: RunRequest): void;
  /** Follows a run that somebody else's runner has: it begins soon, or its runner died before it could say anything. */
  adopt(runId: string): void;
}

/** Milliseconds that a runner may take from making the run's folder to registering in live/. */
const registersWithin = 3000;

export interface StartsOptions {
  readonly core: Core;
  readonly live: LiveRuns;
  readonly worker: Worker;
  readonly secretOf: SecretOf;
  readonly provideBlocks?: () => Promise<void>;
  readonly provideSnapshot?: (hash: string) => Promise<void>;
  /** The run has a journal of its own. */
  readonly begun: (runId: string) => void;
  /** There is no run, or it ended before anybody followed it. */
  readonly ended: (runId: string) => void;
}

export function createStarts(options: StartsOptions): Starts {
  const { core, live, worker, secretOf, provideBlocks, provideSnapshot, begun, ended } = options;
  const { store, system, home, log } = core;

  async function follow(request: RunRequest): Promise<void> {
    const { id } = request;
    const { infrastructure, code } = request.run;
    const prepared = await prepareStart({
      home,
      start: startRequest(home, request),
      code,
      infrastructure,
      secretOf,
      provideBlocks,
      provideSnapshot,
    });
    if ("refusal" in prepared) return conclude(id, prepared);
    const refused = await worker.start(prepared.start, infrastructure);
    if (refused !== undefined) return conclude(id, refused);
    live.look(id);
    const end = await worker.ended(id);
    await concludeUnlessBegun(id, { refusal: undefined, end, output: worker.outputOf(id), error: undefined });
  }

  /** A run that began is in live/ and is settled there. One whose process died before that has nobody else. */
  async function concludeUnlessBegun(id: string, why: NoRun): Promise<void> {
    live.look(id);
    if (live.has(id) || !system.facts.requests.has(id)) return;
    await live.folding.fold(id);
    const after = system.facts.requests.get(id)?.resume?.after_segment ?? 0;
    if (((await store.folded(id))?.segment ?? 0) <= after) await conclude(id, why);
    else {
      begun(id);
      ended(id);
    }
  }

  async function conclude(id: string, why: NoRun): Promise<void> {
    const request = system.facts.requests.get(id);
    if (request === undefined) return;
    const { state, error } = await outcomeOf(why);
    await writeOutcome(core, request, state, error);
    await live.folding.fold(id);
    begun(id);
    ended(id);
  }

  return {
    start(request) {
      follow(request).catch((thrown: unknown) => log.error(`starting run ${request.id}`, thrown));
    },
    adopt(runId) {
      const unknown: NoRun = { refusal: undefined, end: undefined, output: undefined, error: undefined };
      pause(registersWithin)
        .then(() => concludeUnlessBegun(runId, unknown))
        .catch((thrown: unknown) => log.error(`following run ${runId}`, thrown));
    },
  };
}
