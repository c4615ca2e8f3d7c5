import { countedLengths, listSegments, readSegmentFrom } from "../../journal/reading.ts";
import type { Disk, JournalProblem } from "../../journal/types.ts";
import { runPaths } from "../../protocol/home.ts";
import type { FoldedOffset, RunBatch } from "./store.ts";

/** Bytes of a journal that make one batch. */
const pieceBytes = 1 << 20;

/**
 * What a run's journal has behind `from`, in pieces. Reads up to `upTo` (what another index had folded, so it is
 * synced), or everything that counts when the writers are known to be done.
 */
export function* readRunFrom(
  disk: Disk,
  runId: string,
  folder: string,
  from: FoldedOffset | undefined,
  upTo: FoldedOffset | undefined,
  onProblem: (problem: JournalProblem) => void,
): Generator<RunBatch> {
  const found = listSegments(disk, folder);
  const limits = countedLengths(found);
  for (const { segment, header } of found) {
    if (from !== undefined && segment < from.segment) continue;
    if (upTo !== undefined && segment > upTo.segment) return;
    if (header !== undefined && header.run_id !== runId) {
      const file = runPaths.journal(folder, segment);
      onProblem({
        file,
        offset: 0,
        message: `${file} belongs to run ${header.run_id}: the folder was copied or renamed`,
      });
      return;
    }
    const sealed = limits.get(segment);
    const limit = upTo?.segment === segment ? Math.min(upTo.offset, sealed ?? upTo.offset) : sealed;
    const file = runPaths.journal(folder, segment);
    const unsynced = header?.durability === "process";
    let offset = from?.segment === segment ? from.offset : 0;
    let lastSeq = from?.segment === segment ? from.seq : -1;
    for (;;) {
      const part = readSegmentFrom(disk, file, offset, limit, { lastSeq, maxBytes: pieceBytes, unsynced });
      part.problems.forEach(onProblem);
      if (part.offset === offset) break;
      yield { runId, segment, fromOffset: offset, toOffset: part.offset, records: part.records };
      offset = part.offset;
      lastSeq = part.lastSeq;
    }
  }
}
