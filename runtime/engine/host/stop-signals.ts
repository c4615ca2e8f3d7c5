/** Ctrl-C and its relatives, as long as a run is going on. */
import { hasTerminal } from "../../system/hangup.ts";

export interface StopSignals {
  close(): void;
}

export interface StopSignalsOptions {
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** Ctrl-C once more: the user does not want to wait. */
  readonly onInsist: () => void;
}

export function listenForStop(options: StopSignalsOptions): StopSignals {
  const names: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  const deaf = !hasTerminal();
  let interrupts = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === "SIGHUP" && deaf) return;
    if (signal === "SIGINT" && ++interrupts > 1) options.onInsist();
    else options.onStop(signal);
  };
  for (const name of names) process.on(name, onSignal);
  return {
    close() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
