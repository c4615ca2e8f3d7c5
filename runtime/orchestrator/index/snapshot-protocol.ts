/** What the orchestrator and its snapshot worker (a worker thread) tell each other. */
import type { FoldedOffset, SystemState } from "./store.ts";

export type SnapshotTask =
  /** From the last snapshot (or from nothing) up to what the serving index has folded. */
  | {
      readonly type: "snapshot";
      readonly home: string;
      /** The serving index was filled from the file that is there now, and `folded` says only what is newer. */
      readonly onTop: boolean;
      readonly folded: readonly FoldedOffset[];
      readonly deleted: readonly string[];
      readonly system: SystemState;
      readonly lastSeq: number;
    }
  /** From nothing, over all of runs/. Runs in live/ are left out: only their supervisor knows what of them is synced. */
  | { readonly type: "rebuild"; readonly home: string };

export type SnapshotReport =
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly type: "problem"; readonly message: string }
  /** The file below is not usable: ask again with everything. */
  | { readonly type: "need-all"; readonly reason: string }
  | {
      readonly type: "done";
      readonly runs: number;
      readonly bytes: number;
      /** Runs that could not be read as far as asked for; the snapshot has less of them, or nothing. */
      readonly incomplete: readonly string[];
    };
