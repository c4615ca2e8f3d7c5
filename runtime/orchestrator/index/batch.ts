/** What both stores decide alike about a batch of records before they fold it. Pure. */
import { isAfter } from "../../protocol/fold/index.ts";
import type { PositionedRecord } from "../../protocol/records.ts";
import type { Applied, FoldedOffset, RunBatch } from "./store.ts";

export type BatchVerdict =
  | { readonly status: "applied"; readonly folded: FoldedOffset; readonly records: readonly PositionedRecord[] }
  | { readonly status: "known" | "gap" | "void" };

export function judgeBatch(folded: FoldedOffset | undefined, batch: RunBatch): BatchVerdict {
  if (folded !== undefined) {
    if (batch.segment < folded.segment) return { status: "known" };
    if (batch.segment === folded.segment) {
      if (batch.toOffset <= folded.offset) return { status: "known" };
      if (batch.fromOffset > folded.offset) return { status: "gap" };
    }
  }
  if (batch.segment !== folded?.segment && batch.fromOffset > 0) return { status: "gap" };
  if (sealsBelow(folded, batch)) return { status: "void" };
  // Reads may overlap: records at or before the last one folded are in already.
  const records =
    folded === undefined ? batch.records : batch.records.filter(({ position }) => isAfter(position, folded));
  const before = batch.segment === folded?.segment ? folded.seq : -1;
  return {
    status: "applied",
    records,
    folded: {
      run_id: batch.runId,
      segment: batch.segment,
      offset: batch.toOffset,
      seq: records.at(-1)?.position.seq ?? before,
    },
  };
}

/** Whether the batch's segment voids bytes that are folded already: of the one it seals, or all of one in between. */
function sealsBelow(folded: FoldedOffset | undefined, batch: RunBatch): boolean {
  if (folded === undefined || batch.segment === folded.segment) return false;
  return batch.records.some(
    ({ record }) =>
      record.kind === "segment" &&
      record.seals !== undefined &&
      (record.seals.segment < folded.segment ||
        (record.seals.segment === folded.segment && record.seals.length < folded.offset)),
  );
}

/** An outcome that changed nothing. */
export function unchanged(status: "known" | "gap" | "void", folded: FoldedOffset | undefined): Applied {
  return { status, folded, flowRuns: () => [], taskRuns: () => [] };
}
