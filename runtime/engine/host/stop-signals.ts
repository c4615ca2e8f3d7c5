/** Ctrl-C and its relatives, as long as a run is going on. */

export interface StopSignals {
  close(): void;
}

export interface StopSignalsOptions {
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** Ctrl-C once more: the user does not want to wait. */
  readonly onInsist: () => void;
}

/** SIGHUP comes when the terminal is closed; on Windows Node gives ten seconds then. */
const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function listenForStop(options: StopSignalsOptions): StopSignals {
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
