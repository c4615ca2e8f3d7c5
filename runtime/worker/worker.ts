/** The worker built into the orchestrator: gives each run a runner process of its own and tells how it ended. */
import { rm } from "node:fs/promises";
import type { Infrastructure } from "../protocol/deployments.ts";
import { toError } from "../protocol/errors.ts";
import type { StartRequest } from "../protocol/live.ts";
import type { Refusal } from "../runner/spawn.ts";
import { heapFlags, watchMemory } from "./memory-limit.ts";
import { createWarmPool, type ProcessEnd, type Spare, type WarmPoolOptions } from "./warm-pool.ts";

export interface WorkerOptions extends Omit<WarmPoolOptions, "size"> {
  readonly spares: number;
  /** Runs at the same time, at most. */
  readonly limit: number;
  /** There is a free place again. */
  readonly onFree: () => void;
}

/** Why a runner made no run of a request. */
export interface NoRun {
  readonly refusal: Refusal | undefined;
  readonly end: ProcessEnd | undefined;
  /** Where its output is, when it has any. */
  readonly output: string | undefined;
  readonly error: Error | undefined;
}

export interface Worker {
  /**
   * Hands the request to a runner. Resolves with undefined once the runner has let go of us and goes its own way, or
   * with why there will be no run.
   */
  start(request: StartRequest, infrastructure?: Infrastructure): Promise<NoRun | undefined>;
  /** Resolves when the run's process has ended; at once for runners of others. */
  ended(runId: string): Promise<ProcessEnd | undefined>;
  /** How the runner of a run ended, waiting a moment for the news; undefined for runners of others. */
  exitOf(runId: string): Promise<ProcessEnd | undefined>;
  /** The file with the raw output of the run's process, while we know. */
  outputOf(runId: string): string | undefined;
  /** Whether the run's process is known to be gone, where the system cannot say so: it was one of a container. */
  isGone?(runId: string): boolean;
  /** Ends such a process. */
  kill?(runId: string): Promise<void>;
  readonly free: () => number;
  readonly warm: () => number;
  close(): void;
}

/** The news of a process's end may come a little later than the end of its connections. Milliseconds. */
const newsWithin = 1000;

/** The same process, whose end says that it was over the limit when it was. */
function limited(spare: Spare, limit: number): Spare {
  const watch = watchMemory(spare.pid, limit);
  const exited = spare.exited.then((end) => {
    const reason = watch.stop();
    return reason === undefined ? end : { ...end, reason };
  });
  return { ...spare, exited };
}

export function createWorker(options: WorkerOptions): Worker {
  const pool = createWarmPool({ ...options, size: options.spares });
  const busy = new Map<string, Spare>();
  let running = 0;

  const occupy = (runId: string, spare: Spare): void => {
    const { output, exited } = spare;
    busy.set(runId, spare);
    void exited.then(async (end) => {
      running--;
      options.onFree();
      // The engine keeps what a run prints in its log; the raw output matters when a process died.
      if (end.code === 0) await rm(output, { force: true });
      setTimeout(() => {
        if (busy.get(runId) === spare) busy.delete(runId);
      }, 60_000).unref();
    });
  };

  return {
    async start(request, infrastructure) {
      running++;
      const limit = infrastructure?.memory_limit;
      let spare: Spare;
      try {
        spare = limit === undefined ? await pool.take() : limited(await pool.startCold(heapFlags(limit)), limit);
      } catch (thrown) {
        running--;
        options.onFree();
        return { refusal: undefined, end: undefined, output: undefined, error: toError(thrown) };
      }
      occupy(request.run_id, spare);
      spare.runner.start({ ...request, output: spare.output });
      const refusal = await spare.runner.refused;
      if (refusal !== undefined) return { refusal, end: undefined, output: spare.output, error: undefined };
      return undefined;
    },
    async ended(runId) {
      return busy.get(runId)?.exited;
    },
    async exitOf(runId) {
      const known = busy.get(runId);
      if (known === undefined) return undefined;
      const late = new Promise<undefined>((resolve) => setTimeout(resolve, newsWithin, undefined).unref());
      return Promise.race([known.exited, late]);
    },
    outputOf: (runId) => busy.get(runId)?.output,
    free: () => options.limit - running,
    warm: pool.ready,
    close: pool.close,
  };
}
