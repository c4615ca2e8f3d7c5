/**
 * Slots that runs on other machines hold stand in the system journal: such a run cannot be asked for them in the moments
 * after a start, as one of this home is.
 */
import type { Slots } from "../slots.ts";
import type { SystemJournal } from "../system/journal.ts";
import type { RemoteSlot } from "../system/records.ts";

export interface RemoteSlots {
  keep(slot: RemoteSlot): Promise<void>;
  drop(holder: string): void;
  dropRun(runId: string): void;
  /** Gives them to the runs that held them under an earlier orchestrator. */
  reassert(): void;
}

export function createRemoteSlots(system: SystemJournal, slots: Slots): RemoteSlots {
  const { remoteSlots } = system.facts;
  const drop = (holder: string): void => {
    if (remoteSlots.has(holder)) system.append({ kind: "remote-slot-ended", holder });
  };
  return {
    async keep({ holder, run_id, names }) {
      if (!remoteSlots.has(holder)) await system.commit({ kind: "remote-slot", slot: { holder, run_id, names } });
    },
    drop,
    dropRun(runId) {
      for (const slot of [...remoteSlots.values()]) if (slot.run_id === runId) drop(slot.holder);
    },
    reassert() {
      for (const slot of remoteSlots.values()) void slots.acquire({ ...slot, reassert: true }, 0);
    },
  };
}
