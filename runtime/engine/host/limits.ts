/** Concurrency limits of a real run: most names have none and cost nothing; the others are asked of the orchestrator. */
import type { Client } from "../../client/client.ts";
import type { Limits } from "../host.ts";
import type { OrchestratorLink } from "./orchestrator-link.ts";
import type { PublishedFile } from "./published-file.ts";

/** How long one question may wait at the orchestrator before it is asked again; milliseconds. */
const waitAtMost = 10_000;

export interface RunLimits extends Limits {
  /** What is held now. */
  readonly held: readonly { readonly holder: string; readonly names: readonly string[] }[];
  /** Gives back everything that is still held: the run has ended. */
  releaseAll(): Promise<void>;
}

export function makeLimits(runId: string, published: PublishedFile, link: OrchestratorLink): RunLimits {
  /** holder → the names whose slots it has. */
  const held = new Map<string, readonly string[]>();

  const limitedAmong = (names: readonly string[]): readonly string[] => {
    const { limits } = published.read();
    return names.filter((name) => limits[name] !== undefined);
  };
  link.onReconnected(async (client) => {
    for (const [holder, names] of held) {
      await client.request("POST /api/slots", { body: { names, run_id: runId, holder, reassert: true } });
    }
  });
  const release = async (holder: string): Promise<void> => {
    if (!held.delete(holder)) return;
    await link.use((client) => client.request("DELETE /api/slots/:holder", { params: { holder } }));
  };

  return {
    get held() {
      return [...held].map(([holder, names]) => ({ holder, names }));
    },
    isLimited: (names) => limitedAmong(names).length > 0,
    async acquire(names, holder, signal, waiting) {
      const limited = limitedAmong(names);
      if (limited.length === 0) return async () => undefined;
      let told = "";
      const ask = (client: Client) =>
        client.request("POST /api/slots", {
          body: { names: limited, run_id: runId, holder, wait_ms: told === "" ? 0 : waitAtMost },
          signal,
          timeout_ms: waitAtMost * 2,
        });
      for (;;) {
        signal.throwIfAborted();
        const answer = await link.use(ask);
        if (answer.granted) break;
        const name = answer.waiting_for ?? limited.join(", ");
        if (told !== name) waiting(name);
        told = name;
      }
      held.set(holder, limited);
      if (signal.aborted) {
        await release(holder);
        signal.throwIfAborted();
      }
      return () => release(holder);
    },
    async releaseAll() {
      // Slots belong to a run and go back when it ends: what fails here the orchestrator does by itself.
      await Promise.allSettled([...held.keys()].map(release));
    },
  };
}
