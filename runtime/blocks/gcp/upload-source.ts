/** Where the bytes of an upload come from, in blocks that can be sent again. */

import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { lazyNode } from "../../system/lazy-node.ts";

/** The service takes an unfinished upload in multiples of this only. */
export const uploadUnit = 256 * 1024;

export interface Block {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Nothing comes after it. */
  readonly isLast: boolean;
  /** Its bytes from here on, as often as asked. */
  from(offset: number): Readable | Buffer;
}

export interface UploadSource {
  /** Undefined for a stream. */
  readonly size: number | undefined;
  /** Whether `blocks` can be asked for a second time. */
  readonly isRepeatable: boolean;
  blocks(): AsyncIterable<Block>;
}

/** `atOnceBelow`: what is smaller is one block. */
export function bytesSource(bytes: Buffer, atOnceBelow: number): UploadSource {
  return {
    size: bytes.length,
    isRepeatable: true,
    async *blocks() {
      for (const [start, end] of blockBounds(bytes.length, atOnceBelow))
        yield memoryBlock(bytes.subarray(start, end), start, end === bytes.length);
    },
  };
}

/** A file is read again where that is needed: nothing of it is kept in memory but the block at its end. */
export function fileSource(file: string, size: number, atOnceBelow: number): UploadSource {
  return {
    size,
    isRepeatable: true,
    async *blocks() {
      for (const [start, end] of blockBounds(size, atOnceBelow)) {
        if (end === size) yield memoryBlock(await readPart(file, start, end), start, true);
        else {
          const from = (offset: number) =>
            createReadStream(file, { start: offset, end: end - 1, highWaterMark: 1024 * 1024 });
          yield { start, end, isLast: false, from };
        }
      }
    },
  };
}

/** A stream's bytes are kept until the service has them: `blockSize` at a time, a multiple of the unit. */
export function streamSource(stream: Readable, blockSize: number): UploadSource {
  return {
    size: undefined,
    isRepeatable: false,
    async *blocks() {
      let pieces: Buffer[] = [];
      let kept = 0;
      let start = 0;
      for await (const piece of stream) {
        const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(piece);
        pieces.push(bytes);
        kept += bytes.length;
        // One byte more than a block tells that the block is not the last.
        while (kept > blockSize) {
          const all = joined(pieces);
          yield memoryBlock(all.subarray(0, blockSize), start, false);
          start += blockSize;
          kept -= blockSize;
          pieces = [all.subarray(blockSize)];
        }
      }
      yield memoryBlock(joined(pieces), start, true);
    },
  };
}

/**
 * All but the last 256 KiB or less in one request, the rest in a second: only that one can carry the checksum of the
 * whole, which is known then, so that the service itself refuses what has changed on its way.
 */
function blockBounds(size: number, atOnceBelow: number): [number, number][] {
  const head = size === 0 || size < atOnceBelow ? 0 : Math.floor((size - 1) / uploadUnit) * uploadUnit;
  return head === 0
    ? [[0, size]]
    : [
        [0, head],
        [head, size],
      ];
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
}

function memoryBlock(bytes: Buffer, start: number, isLast: boolean): Block {
  return { start, end: start + bytes.length, isLast, from: (offset) => bytes.subarray(offset - start) };
}

async function readPart(file: string, start: number, end: number): Promise<Buffer> {
  const handle = await lazyNode.files.open(file);
  try {
    const bytes = Buffer.alloc(end - start);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await handle.close();
  }
}
