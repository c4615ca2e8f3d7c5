/** What a runner says to its keeper: one JSON object per line on the keeper's standard input. */
import type { ErrorRecord } from "./errors.ts";
import type { RunnerMessage } from "./live.ts";
import type { WriterIdentity } from "./records.ts";

export type KeeperMessage =
  | {
      readonly type: "keep";
      readonly home: string;
      readonly run_id: string;
      readonly writer: WriterIdentity;
      /** Ctrl-C reaches the keeper too: a runner that does not end by itself is then ended. */
      readonly interrupts: boolean;
      /** How long the runner may take to say that it has heard a signal; milliseconds, 5 s when left out. */
      readonly patience_ms?: number;
    }
  /** The runner has heard: its event loop is alive, and it ends itself within this time. */
  | { readonly type: "stopping"; readonly grace_ms: number }
  | Extract<RunnerMessage, { readonly type: "deadline" | "deadline-met" }>
  /** The runner exits under its run, which ends with this; the keeper writes it down and ends. */
  | {
      readonly type: "verdict";
      readonly home: string;
      readonly run_id: string;
      readonly state: "FAILED" | "CANCELLED";
      readonly message: string;
      readonly error?: ErrorRecord;
    }
  /** The run has ended: nothing to keep any more. */
  | { readonly type: "release"; readonly run_id: string };
