/**
 * Concurrency limits: who holds a slot, who waits for one. Waiters are served first come, first served per limit; a
 * request for several names takes all of them or none, so that two requests never hold half of what the other needs.
 */

export interface SlotRequest {
  readonly names: readonly string[];
  readonly run_id: string;
  /** Unique for each acquisition; asking twice with the same holder is asking once. */
  readonly holder: string;
  /** The run held these slots under an earlier orchestrator: they are its own, whatever the limit says. */
  readonly reassert?: boolean;
}

export type SlotAnswer = { readonly granted: true } | { readonly granted: false; readonly waiting_for: string };

export interface Slots {
  /** Resolves when granted, or with what it waits for when `wait` (milliseconds) is over or the signal aborts. */
  acquire(request: SlotRequest, wait: number, signal?: AbortSignal): Promise<SlotAnswer>;
  release(holder: string): boolean;
  /** Gives back everything a run held or waited for. */
  releaseRun(runId: string): void;
  active(name: string): number;
  /** To be called when a limit was changed. */
  limitsChanged(): void;
  /** From now on slots are granted to everybody; before, only re-assertions were taken. */
  open(): void;
}

interface Waiter extends SlotRequest {
  /** Undefined while the run is between two requests: it keeps its place in the line. */
  settle: ((answer: SlotAnswer) => void) | undefined;
}

/** A slot that came up between two requests is kept this long (ms) for whoever waited for it. */
const keptForAbsent = 10_000;

/** `limitOf` gives the limit of a name, or undefined when it has none. A limit of 0 lets nobody in. */
export function createSlots(limitOf: (name: string) => number | undefined): Slots {
  const holders = new Map<string, SlotRequest>();
  const unclaimed = new Map<string, NodeJS.Timeout>();
  const counts = new Map<string, number>();
  let waiters: Waiter[] = [];
  let opened = false;

  const count = (name: string): number => counts.get(name) ?? 0;
  const limited = (names: readonly string[]): readonly string[] => names.filter((name) => limitOf(name) !== undefined);

  const hold = (request: SlotRequest): void => {
    holders.set(request.holder, request);
    for (const name of new Set(request.names)) counts.set(name, count(name) + 1);
  };

  const claim = (holder: string): void => {
    clearTimeout(unclaimed.get(holder));
    unclaimed.delete(holder);
  };

  const drop = (holder: string): boolean => {
    claim(holder);
    const held = holders.get(holder);
    if (held === undefined) return false;
    holders.delete(holder);
    for (const name of new Set(held.names)) counts.set(name, Math.max(0, count(name) - 1));
    return true;
  };

  /** The first name without a free slot; `reserved` are names that somebody earlier in the line waits for. */
  const missing = (names: readonly string[], reserved: ReadonlySet<string>): string | undefined =>
    limited(names).find((name) => reserved.has(name) || count(name) >= (limitOf(name) ?? Number.POSITIVE_INFINITY));

  const grant = (waiter: Waiter): void => {
    hold(waiter);
    if (waiter.settle !== undefined) {
      waiter.settle({ granted: true });
      return;
    }
    const timer = setTimeout(() => {
      drop(waiter.holder);
      serve();
    }, keptForAbsent);
    unclaimed.set(waiter.holder, timer.unref());
  };

  const serve = (): void => {
    if (!opened) return;
    const reserved = new Set<string>();
    const left: Waiter[] = [];
    for (const waiter of waiters) {
      if (missing(waiter.names, reserved) === undefined) {
        grant(waiter);
      } else {
        // Whoever came later may not overtake for any of the names, or a request for many would never be served.
        for (const name of waiter.names) reserved.add(name);
        left.push(waiter);
      }
    }
    waiters = left;
  };

  const refuse = (waiter: Waiter): void => {
    const name = missing(waiter.names, new Set()) ?? limited(waiter.names)[0] ?? waiter.names[0] ?? "";
    waiter.settle?.({ granted: false, waiting_for: name });
    waiter.settle = undefined;
  };

  const leave = (leaving: (waiter: Waiter) => boolean): void => {
    for (const waiter of waiters.filter(leaving)) refuse(waiter);
    waiters = waiters.filter((waiter) => !leaving(waiter));
  };

  return {
    acquire(request, wait, signal) {
      if (holders.has(request.holder) || request.reassert === true) {
        claim(request.holder);
        if (!holders.has(request.holder)) hold(request);
        return Promise.resolve({ granted: true });
      }
      return new Promise((resolve) => {
        const known = waiters.find((waiter) => waiter.holder === request.holder);
        const waiter: Waiter = known ?? { ...request, settle: undefined };
        const timer = setTimeout(() => refuse(waiter), wait);
        const gone = (): void => {
          leave((other) => other === waiter);
          serve();
        };
        waiter.settle = (answer) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", gone);
          resolve(answer);
        };
        signal?.addEventListener("abort", gone);
        if (known === undefined) waiters.push(waiter);
        serve();
        if (signal?.aborted) gone();
      });
    },
    release(holder) {
      const had = drop(holder);
      leave((waiter) => waiter.holder === holder);
      serve();
      return had;
    },
    releaseRun(runId) {
      for (const [holder, held] of holders) if (held.run_id === runId) drop(holder);
      leave((waiter) => waiter.run_id === runId);
      serve();
    },
    active: count,
    limitsChanged: serve,
    open() {
      opened = true;
      serve();
    },
  };
}
