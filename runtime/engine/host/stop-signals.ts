/** Ctrl-C and its relatives, as long as a run is going on. */
import { readFileSync } from "node:fs";

export interface StopSignals {
  close(): void;
}

export interface StopSignalsOptions {
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** Ctrl-C once more: the user does not want to wait. */
  readonly onInsist: () => void;
}

export function listenForStop(options: StopSignalsOptions): StopSignals {
  // SIGHUP comes when the terminal is closed. Whoever started us with nohup wants us to go on then.
  const names: NodeJS.Signals[] = hangupIsIgnored() ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  let interrupts = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
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

/** Listening replaces an inherited "ignore", so it must be seen before. Only Linux tells. */
function hangupIsIgnored(): boolean {
  if (process.platform !== "linux") return false;
  try {
    return /^SigIgn:\s*[0-9a-f]*[13579bdf]$/m.test(readFileSync("/proc/self/status", "latin1"));
  } catch {
    return false;
  }
}
