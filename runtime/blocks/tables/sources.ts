import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";

/** Where a file's bytes come from when they do not lie on this machine: what `bucket.source(key)` gives. */
export interface TableSource {
  /** Its name in messages; one that ends in `.gz` is unpacked. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Where it lies on this machine, if it does: who needs no stream reads it there. */
  readonly path?: string;
  open(): Promise<Readable>;
}

export function sourceOf(from: string | TableSource): TableSource {
  if (typeof from !== "string") return from;
  return {
    name: from,
    get size() {
      return sizeOf(from);
    },
    open: async () => createReadStream(from, { highWaterMark: 256 * 1024 }),
  };
}

/**
 * The unpacked bytes in chunks, then undefined for their end. `onBytes` hears how many of the file's own bytes were read.
 * Errors of reading and unpacking say which file it was.
 */
export async function* unpackedChunks(
  from: TableSource,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Uint8Array | undefined> {
  let bytes = 0;
  const source = await from.open();
  const counter = new lazyNode.stream.Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      onBytes(bytes);
      done(null, chunk);
    },
  });
  // The callbacks are needed so that an error at the source reaches the reader of the last stream.
  const stream = /\.gz$/i.test(from.name)
    ? lazyNode.stream.pipeline(source, counter, lazyNode.zlib.createGunzip({ chunkSize: 1024 * 1024 }), () => {})
    : lazyNode.stream.pipeline(source, counter, () => {});
  try {
    yield* namingErrors(stream, from.name);
    yield undefined;
  } finally {
    // A reader that stops early ends the last stream at once, and that one the others only some time later.
    source.destroy();
  }
}

async function* namingErrors(stream: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk;
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError("bad-file", `${file}: it cannot be read to its end (${cause.message}); fetch it again`, {
      cause,
    });
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError("bad-file", `${file}: it cannot be opened (${cause.message})`, { cause });
  }
}
