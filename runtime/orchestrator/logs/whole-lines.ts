/** Reads a file in pieces that end with a line, and lets others have their turn between two of them. */
import type { FileHandle } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";

export interface Lines {
  /** Whole lines; the last byte is a line feed. Good until the next piece is asked for. */
  readonly bytes: Buffer;
  /** Where they begin in the file. */
  readonly offset: number;
}

/** Looking through this much takes one to four milliseconds. */
const largest = 512 * 1024;

export interface WholeLinesOptions {
  readonly from: number;
  /** Bytes from here on are not read. A last line without its line feed is still being written: it does not come. */
  readonly to: number;
  /** Size of the first piece; the next ones grow to half a megabyte. */
  readonly first?: number;
}

export async function* wholeLines(
  handle: FileHandle,
  { from, to, first = largest }: WholeLinesOptions,
): AsyncGenerator<Lines> {
  let buffer = Buffer.allocUnsafe(Math.max(1, Math.min(first, to - from)));
  for (let offset = from; offset < to; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, to - offset), offset);
    const end = buffer.lastIndexOf(0x0a, bytesRead - 1) + 1;
    if (bytesRead > 0 && end > 0) {
      yield { bytes: buffer.subarray(0, end), offset };
      offset += end;
      await turn();
    } else if (bytesRead < buffer.length || offset + bytesRead >= to) {
      return;
    }
    // One line may be longer than a piece.
    const wanted = end > 0 ? Math.min(largest, buffer.length * 4) : buffer.length * 4;
    if (wanted > buffer.length) buffer = Buffer.allocUnsafe(wanted);
  }
}
