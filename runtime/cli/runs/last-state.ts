/** Looks for a run's last state without parsing what lies behind it: most lines of a journal are about tasks. */
import { parseLine } from "../../journal/lines.ts";
import type { Disk } from "../../journal/types.ts";
import type { FlowRunStateRecord, PositionedRecord } from "../../protocol/records.ts";

const marker = Buffer.from('"flow-run-state"');
const pieceSize = 1 << 20;

/** The last sound `flow-run-state` of the run in the lines before byte `before`, which is where a line begins. */
export function lastStateBefore(
  disk: Disk,
  file: string,
  segment: number,
  before: number,
  id: string,
): PositionedRecord | undefined {
  let size = pieceSize;
  for (let end = before; end > 0; ) {
    const start = Math.max(0, end - size);
    const piece = Buffer.from(disk.readRange(file, start, end - start));
    // Its first line may have begun before it: that one is left to the next piece.
    const whole = start === 0 ? 0 : piece.indexOf(0x0a) + 1;
    if (start > 0 && (whole === 0 || whole === piece.length)) {
      size *= 2;
      continue;
    }
    const found = lastStateIn(piece, whole, id);
    if (found !== undefined) return { position: { segment, seq: found.seq }, record: found.record };
    end = start + whole;
    size = pieceSize;
  }
  return undefined;
}

function lastStateIn(piece: Buffer, from: number, id: string) {
  for (let at = piece.lastIndexOf(marker); at >= from; ) {
    const line = piece.lastIndexOf(0x0a, at) + 1;
    const parsed = parseLine(piece, line, piece.indexOf(0x0a, at));
    if (parsed !== undefined && isState(parsed.record) && parsed.record.id === id) {
      return { seq: parsed.seq, record: parsed.record };
    }
    if (line <= from) return undefined;
    at = piece.lastIndexOf(marker, line - 1);
  }
  return undefined;
}

/** The checksum vouches for the fields. */
function isState(record: object): record is FlowRunStateRecord {
  return "kind" in record && record.kind === "flow-run-state";
}
