import type { Limits } from "../engine/host.ts";

interface Waiting {
  readonly names: readonly string[];
  take(): void;
}

/** Concurrency limits within one test run; whoever asked first is served first. */
export function memoryLimits(limits: Readonly<Record<string, number>>): Limits {
  const held = new Map<string, number>();
  const queue: Waiting[] = [];

  const limited = (names: readonly string[]) => names.filter((name) => limits[name] !== undefined);
  const free = (names: readonly string[]) =>
    names.every((name) => {
      const wanted = names.filter((other) => other === name).length;
      return (held.get(name) ?? 0) + wanted <= (limits[name] ?? 0);
    });
  const change = (names: readonly string[], by: 1 | -1) => {
    for (const name of names) held.set(name, (held.get(name) ?? 0) + by);
  };
  const serve = () => {
    for (const waiting of [...queue]) {
      if (!free(waiting.names)) continue;
      queue.splice(queue.indexOf(waiting), 1);
      waiting.take();
    }
  };

  return {
    isLimited: (names) => limited(names).length > 0,
    acquire(asked, _holder, signal, waiting) {
      const names = limited(asked);
      return new Promise((resolve, reject) => {
        const take = () => {
          signal.removeEventListener("abort", abort);
          change(names, 1);
          resolve(async () => {
            change(names, -1);
            serve();
          });
        };
        const entry: Waiting = { names, take };
        const abort = () => {
          queue.splice(queue.indexOf(entry), 1);
          reject(signal.reason);
        };
        if (signal.aborted) return reject(signal.reason);
        if (free(names)) return take();
        signal.addEventListener("abort", abort, { once: true });
        queue.push(entry);
        waiting(names.join(", "));
      });
    },
  };
}
