/** A journal without a disk, for tests of flows: durable at once, nobody else can take it over. */
import type { JournalRecord, PositionedRecord } from "../protocol/records.ts";
import type { JournalWriter } from "./types.ts";

export interface MemoryJournal extends JournalWriter {
  /** Everything appended so far, as reading it back from a disk would give it. */
  records(): readonly PositionedRecord[];
}

export function memoryJournal(runId: string, segment = 1): MemoryJournal {
  const lines: string[] = [];
  const syncedListeners: ((offset: number) => void)[] = [];
  let bytes = 0;
  let closed = false;

  function append(record: JournalRecord): void {
    if (closed) throw new Error(`the journal of run ${runId} is closed: nothing can be added`);
    const line = JSON.stringify(record);
    lines.push(line);
    bytes += line.length + 1;
    for (const listener of syncedListeners) listener(bytes);
  }

  return {
    runId,
    segment,
    get synced() {
      return bytes;
    },
    append,
    queue: append,
    write: () => undefined,
    async commit(record) {
      append(record);
    },
    flush: () => Promise.resolve(),
    onSynced: (listener) => void syncedListeners.push(listener),
    onFailed: () => undefined,
    abandon: () => undefined,
    async close() {
      closed = true;
    },
    records: () =>
      lines.map((line, seq): PositionedRecord => ({ position: { segment, seq }, record: JSON.parse(line) })),
  };
}
