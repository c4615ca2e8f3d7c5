/**
 * Spare runners: processes that have loaded everything but the user's code. One is taken per run and replaced at once;
 * a spare that died or grew old is replaced before anybody needs it.
 */
import { rmSync } from "node:fs";
import path from "node:path";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import { spawnWarmRunner, type WarmRunner } from "../runner/spawn.ts";

export interface Spare {
  readonly runner: WarmRunner;
  readonly pid: number;
  readonly output: string;
  /** How the process ended; also for one that became a run. */
  readonly exited: Promise<ProcessEnd>;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it was ended by us, or what else is known of its end: in a sentence. */
  readonly reason?: string;
}

export interface WarmPoolOptions {
  readonly home: string;
  readonly node: string;
  /** The folder of the programs; where this code stands when left out. */
  readonly dist?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly size: number;
  /** Spares without a rehearsal: see runner/warm.ts. */
  readonly lean?: boolean;
  /** Milliseconds after which a spare is replaced: what it has in memory was paged out, its environment is of old. */
  readonly oldAfter?: number;
  readonly report: (message: string, error: unknown) => void;
}

export interface WarmPool {
  /** A ready spare, or one that is started now. Rejects when runners do not start. */
  take(): Promise<Spare>;
  /** One with flags of its own for Node, started now. Rejects when it does not start. */
  startCold(nodeArguments: readonly string[]): Promise<Spare>;
  readonly ready: () => number;
  close(): void;
}

/** The one that was taken has the processor to itself for the milliseconds that matter. */
const restAfterTake = 25;

interface Slot {
  readonly spare: Spare;
  readonly born: number;
  isReady: boolean;
  taken: boolean;
}

export function createWarmPool(options: WarmPoolOptions): WarmPool {
  const { home, size, report } = options;
  const oldAfter = options.oldAfter ?? 30 * 60_000;
  const slots = new Set<Slot>();
  let closed = false;
  let failures = 0;
  let refillTimer: NodeJS.Timeout | undefined;

  const spawnSpare = (nodeArguments: readonly string[] = []): Spare => {
    const outputFile = path.join(homePaths.output(home), `${newId()}.log`);
    const runner = spawnWarmRunner({
      node: options.node,
      home,
      env: options.env,
      outputFile,
      nodeArguments,
      lean: options.lean === true,
      ...(options.dist === undefined ? {} : { dist: options.dist }),
    });
    const exited = new Promise<ProcessEnd>((resolve) => {
      runner.process.once("exit", (code, signal) => resolve({ code, signal }));
      runner.process.once("error", () => resolve({ code: null, signal: null }));
    });
    return { runner, pid: runner.process.pid ?? 0, output: outputFile, exited };
  };

  const startSpare = (): Slot => {
    const spare = spawnSpare();
    const { runner, exited, output: outputFile } = spare;
    const slot: Slot = { spare, born: performance.now(), isReady: false, taken: false };
    slots.add(slot);
    runner.ready.then(
      () => {
        slot.isReady = true;
        failures = 0;
      },
      (thrown: unknown) => {
        failures++;
        if (!closed) report("a warm runner did not start", thrown);
      },
    );
    void exited.then(() => {
      if (slots.delete(slot)) refillSoon();
      // Nobody ran here, and why it did not start has been reported.
      if (!slot.taken) rmSync(outputFile, { force: true });
    });
    return slot;
  };

  const refill = (): void => {
    if (closed) return;
    for (const slot of slots) {
      if (slot.isReady && performance.now() - slot.born > oldAfter) discard(slot);
    }
    while (slots.size < size) startSpare();
  };

  /** Runners that cannot start at all (a broken installation) are not tried a hundred times a second. */
  const refillSoon = (): void => {
    refillTimer ??= setTimeout(
      () => {
        refillTimer = undefined;
        refill();
      },
      failures === 0 ? restAfterTake : Math.min(30_000, 100 * 2 ** failures),
    );
  };

  const discard = (slot: Slot): void => {
    slots.delete(slot);
    slot.spare.runner.process.kill("SIGKILL");
  };

  const ageing = setInterval(refill, Math.min(60_000, oldAfter));
  ageing.unref();
  refill();

  return {
    async take() {
      for (let attempt = 1; ; attempt++) {
        const slot = [...slots].find(({ isReady }) => isReady) ?? [...slots][0] ?? startSpare();
        slots.delete(slot);
        refillSoon();
        try {
          if (!slot.isReady) await slot.spare.runner.ready;
          slot.taken = true;
          return slot.spare;
        } catch (thrown) {
          if (attempt === 3) throw thrown;
        }
      }
    },
    async startCold(nodeArguments) {
      const spare = spawnSpare(nodeArguments);
      await spare.runner.ready;
      return spare;
    },
    ready: () => [...slots].filter(({ isReady }) => isReady).length,
    close() {
      closed = true;
      clearInterval(ageing);
      clearTimeout(refillTimer);
      for (const slot of [...slots]) {
        discard(slot);
        rmSync(slot.spare.output, { force: true });
      }
    },
  };
}
