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
    }
  | Extract<RunnerMessage, { readonly type: "deadline" | "deadline-met" }>
  /** The runner is about to exit under its run, which fails with this error; the keeper writes it down and ends. */
  | { readonly type: "fail"; readonly home: string; readonly run_id: string; readonly error: ErrorRecord }
  /** The run has ended: nothing to keep any more. */
  | { readonly type: "release"; readonly run_id: string };
