/** Pauses of a real run: the answer comes as `continue` over the run's socket. */
import type { RunnerMessage } from "../../protocol/live.ts";
import type { Pauses } from "../host.ts";

export interface PausesOptions {
  readonly send: (message: RunnerMessage) => void;
  /** The first pause begins: somebody must be there who can bring the answer. */
  readonly onPaused: () => void;
}

export interface RunPauses extends Pauses {
  /** Keys that wait for an answer now. */
  readonly open: readonly string[];
  answer(pauseKey: string, value: unknown): void;
}

/** Milliseconds; any will do: a paused run has nothing else that keeps its process alive. */
const heartbeat = 60 * 60 * 1000;

export function makePauses(options: PausesOptions): RunPauses {
  const waiting = new Map<string, (value: unknown) => void>();
  return {
    get open() {
      return [...waiting.keys()];
    },
    wait(pauseKey, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const alive = setInterval(() => undefined, heartbeat);
        const end = (): void => {
          clearInterval(alive);
          signal.removeEventListener("abort", onAbort);
          if (waiting.get(pauseKey) === take) waiting.delete(pauseKey);
        };
        const onAbort = (): void => {
          end();
          reject(signal.reason);
        };
        const take = (value: unknown): void => {
          end();
          resolve(value);
        };
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.set(pauseKey, take);
        options.send({ type: "paused", pause_key: pauseKey });
        options.onPaused();
      });
    },
    refuse(pauseKey, message) {
      options.send({ type: "continue-refused", pause_key: pauseKey, message });
    },
    answer(pauseKey, value) {
      const take = waiting.get(pauseKey);
      if (take !== undefined) take(value);
      else options.send({ type: "continue-refused", pause_key: pauseKey, message: `nothing waits for ${pauseKey}` });
    },
  };
}
