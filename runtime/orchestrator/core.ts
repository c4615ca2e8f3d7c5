/** What every part of the orchestrator works with. Made once in start.ts and passed along; nothing is global. */
import type { Disk } from "../journal/types.ts";
import type { WriterIdentity } from "../protocol/records.ts";
import type { Events } from "./events.ts";
import type { IndexStore } from "./index/store.ts";
import type { Log } from "./log.ts";
import type { SystemJournal } from "./system/journal.ts";

export interface Core {
  readonly home: string;
  readonly epoch: number;
  readonly identity: WriterIdentity;
  readonly disk: Disk;
  readonly store: IndexStore;
  readonly events: Events;
  readonly system: SystemJournal;
  /** Writes published.json with all that is true by then; after each committed change of what it holds. */
  readonly publish: () => Promise<void>;
  readonly log: Log;
}
