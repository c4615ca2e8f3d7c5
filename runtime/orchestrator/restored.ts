/** What an orchestrator begins with: the facts of its system journal as the index takes them. */
import type { SystemState } from "./index/store.ts";
import { builtInWorker } from "./pools/why-waiting.ts";
import type { SystemJournal } from "./system/journal.ts";
import type { SystemFacts } from "./system/records.ts";

export function systemState(facts: SystemFacts): SystemState {
  return {
    variables: [...facts.variables.values()],
    limits: [...facts.limits.values()],
    requests: [...facts.requests.values()].map((request) => {
      const claim = facts.claims.get(request.id);
      // One that was given up has its run no more: what waits for another worker is nobody's.
      const isHeld = claim !== undefined && claim.given_up === undefined;
      return isHeld ? { ...request, claimed: { worker: claim.worker, at: claim.at } } : request;
    }),
    pools: [...facts.pools.values()],
    places: [...facts.claims.values()]
      .filter(({ given_up }) => given_up === undefined)
      .map(({ run_id, pool, queue }) => ({ run_id, pool, queue })),
  };
}

/** Runs that an earlier orchestrator's own worker had taken and of which nothing is known: they are taken again. */
export function dropUnbegun({ facts, append }: SystemJournal): void {
  for (const { run_id, worker } of [...facts.claims.values()]) {
    if (worker === builtInWorker && facts.requests.has(run_id)) append({ kind: "claim-ended", run_id });
  }
}
