/**
 * Uploads that may be repeated: every one says which generation of the object it takes the place of, so that a second
 * try of what was done already changes nothing, and carries its checksum, so that the service refuses what has changed
 * on its way.
 */

import type { Readable } from "node:stream";
import { MillraceError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";
import { Crc32c } from "./crc32c.ts";
import { jsonOf, type MediaAnswer, type MediaLink, send } from "./media.ts";
import { type ObjectFacts, objectFacts } from "./object-facts.ts";
import { HttpProblem, statusOf } from "./problems.ts";
import { createRetries, type Patience, retrying } from "./retrying.ts";
import type { Block, UploadSource } from "./upload-source.ts";

export interface Upload {
  /** The whole name in the bucket. */
  readonly name: string;
  readonly contentType: string;
  readonly source: UploadSource;
  /** From this size on it is sent in a session that survives a cut connection. */
  readonly resumableFrom: number;
  /** Of the object that is there; "0" for none. */
  readonly generation: string;
  readonly patience: Patience;
  readonly onBytes: (bytes: number) => void;
}

/** @throws HttpProblem 412 when somebody else has written the object meanwhile. */
export async function uploadObject(link: MediaLink, upload: Upload): Promise<ObjectFacts> {
  const sum = new Crc32c();
  let session: Session | undefined;
  try {
    for await (const block of upload.source.blocks()) {
      if (session === undefined && block.isLast && block.end < upload.resumableFrom) {
        return await confirmed(link, upload, await uploadAtOnce(link, upload, block), upload.onBytes);
      }
      session ??= await startSession(link, upload, sum);
      const done = await session.send(block);
      if (done !== undefined) return await confirmed(link, upload, done, () => {});
    }
  } catch (thrown) {
    await session?.cancel();
    throw thrown;
  }
  throw new HttpProblem(500, "the service has all bytes and still waits for more");
}

interface Finished {
  readonly facts: ObjectFacts;
  readonly crc32c: string;
}

/**
 * The service has compared the checksum before the object was there. One that does not know the header compares
 * nothing, so this does; and takes away what is wrong, unless somebody has replaced it already.
 */
async function confirmed(
  link: MediaLink,
  { name, patience }: Upload,
  { facts, crc32c }: Finished,
  onBytes: (bytes: number) => void,
): Promise<ObjectFacts> {
  if (facts.crc32c === undefined || facts.crc32c === crc32c) {
    onBytes(facts.size);
    return facts;
  }
  const url = `${link.endpoint}/storage/v1/b/${link.bucket}/o/${encodeURIComponent(name)}?ifGenerationMatch=${facts.generation}`;
  const isGone = await retrying(patience, () => send(link, { method: "DELETE", url, signal: patience.signal })).then(
    () => true,
    (thrown: unknown) => statusOf(thrown) === 404 || statusOf(thrown) === 412,
  );
  throw new MillraceError(
    "bad-file",
    `gs://${link.bucket}/${name}: what arrived has the checksum ${facts.crc32c}, what was sent ${crc32c}; ${isGone ? "it was removed again" : "IT COULD NOT BE REMOVED AGAIN: delete it"}, upload it once more`,
  );
}

function uploadUrl(link: MediaLink, { generation }: Upload, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({ ...more, ifGenerationMatch: generation });
  return `${link.endpoint}/upload/storage/v1/b/${link.bucket}/o?${query}`;
}

/** Description and bytes in one request. */
async function uploadAtOnce(link: MediaLink, upload: Upload, block: Block): Promise<Finished> {
  const { name, contentType, patience } = upload;
  const bytes = block.from(0);
  if (bytes instanceof lazyNode.stream.Readable) throw new TypeError("a block that is small is kept in memory");
  const crc32c = String(new Crc32c().update(bytes));
  const boundary = `millrace-${lazyNode.crypto.randomUUID()}`;
  const part = (type: string) => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(`${part("application/json; charset=UTF-8")}${JSON.stringify({ name, contentType, crc32c })}\r\n`),
    Buffer.from(part(contentType)),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const headers = { "content-type": `multipart/related; boundary=${boundary}`, "content-length": String(body.length) };
  const url = uploadUrl(link, upload, { uploadType: "multipart" });
  const answer = await retrying(patience, async (isRepeat) => {
    try {
      return await send(link, { method: "POST", url, headers, body, signal: patience.signal }).then(jsonOf);
    } catch (thrown) {
      if (isRepeat && statusOf(thrown) === 412) return ownAnswer(link, upload, crc32c, thrown);
      throw thrown;
    }
  });
  return { facts: objectFacts(answer), crc32c };
}

/** The answer to an earlier try was lost, when what is there now is what was sent. */
async function ownAnswer(
  link: MediaLink,
  { name, patience }: Upload,
  crc32c: string,
  refused: unknown,
): Promise<unknown> {
  const url = `${link.endpoint}/storage/v1/b/${link.bucket}/o/${encodeURIComponent(name)}`;
  const found = await send(link, { method: "GET", url, signal: patience.signal }).then(jsonOf);
  if (objectFacts(found).crc32c === crc32c) return found;
  throw refused;
}

interface Session {
  /** The object, when the block was the last one. */
  send(block: Block): Promise<Finished | undefined>;
  /** Tells the service that nothing more will come; it would keep what it has for a week. */
  cancel(): Promise<void>;
}

async function startSession(link: MediaLink, upload: Upload, sum: Crc32c): Promise<Session> {
  const { name, contentType, source, patience } = upload;
  const url = uploadUrl(link, upload, { uploadType: "resumable", name });
  const headers = {
    "content-type": "application/json; charset=UTF-8",
    "x-upload-content-type": contentType,
    ...(source.size === undefined ? {} : { "x-upload-content-length": String(source.size) }),
  };
  const body = JSON.stringify({ name, contentType });
  const address = await retrying(patience, async () => {
    const answer = await send(link, { method: "POST", url, headers, body, signal: patience.signal });
    answer.data.destroy();
    const location = answer.headers.get("location");
    if (location === null) throw new HttpProblem(500, "the service gave no address for the upload");
    return location;
  });
  const hashed = createHashing(sum, upload.onBytes);
  const { signal } = patience;

  /** How far the service has come: bytes that it keeps, or the object when it has all. */
  const ask = () =>
    retrying(patience, () =>
      send(link, {
        method: "PUT",
        url: address,
        signal,
        headers: { "content-range": "bytes */*", "content-length": "0" },
      }),
    ).then(reached);

  async function put(block: Block, offset: number): Promise<number | ObjectFacts> {
    const part = block.from(offset);
    const total = source.size ?? (block.isLast ? block.end : undefined);
    // The bytes of the last block are in memory, so the sum is whole before the first of them goes.
    const body = part instanceof lazyNode.stream.Readable ? hashed.stream(part, offset) : hashed.bytes(part, offset);
    try {
      return await reached(
        await send(link, {
          method: "PUT",
          url: address,
          signal,
          body,
          headers: {
            "content-length": String(block.end - offset),
            "content-range":
              offset === block.end ? `bytes */${total}` : `bytes ${offset}-${block.end - 1}/${total ?? "*"}`,
            ...(block.isLast ? { "x-goog-hash": `crc32c=${sum}` } : {}),
          },
        }),
      );
    } finally {
      // The stream that was cut is read no further; so is the file behind it.
      if (body instanceof lazyNode.stream.Readable) body.destroy();
      if (part instanceof lazyNode.stream.Readable) part.destroy();
    }
  }

  return {
    async send(block) {
      const retries = createRetries(patience);
      let offset = block.start;
      for (;;) {
        let now: number | ObjectFacts;
        try {
          now = await put(block, offset);
        } catch (thrown) {
          await retries.after(thrown);
          now = await ask();
        }
        if (typeof now !== "number") {
          hashed.told(block.end);
          return { facts: now, crc32c: String(sum) };
        }
        if (now > offset) retries.progress();
        if (now < block.start || now > block.end)
          throw new HttpProblem(500, `the service has ${now} bytes of ${offset}`);
        offset = now;
        if (offset === block.end && !block.isLast) return undefined;
      }
    },
    async cancel() {
      const soon = AbortSignal.timeout(5000);
      await send(link, { method: "DELETE", url: address, signal: soon, headers: { "content-length": "0" } }).then(
        ({ data }) => data.destroy(),
        () => {},
      );
    },
  };
}

async function reached(answer: MediaAnswer): Promise<number | ObjectFacts> {
  if (answer.status !== 308) return objectFacts(await jsonOf(answer));
  answer.data.destroy();
  const [, last] = /^bytes=0-(\d+)$/.exec(answer.headers.get("range") ?? "") ?? [];
  return last === undefined ? 0 : Number(last) + 1;
}

/** Each byte counts once, however often it is sent. */
function createHashing(sum: Crc32c, onBytes: (bytes: number) => void) {
  let counted = 0;
  const take = (bytes: Buffer, offset: number) => {
    const fresh = bytes.subarray(Math.max(0, counted - offset));
    if (fresh.length === 0) return;
    sum.update(fresh);
    counted = offset + bytes.length;
    onBytes(counted);
  };
  return {
    bytes(bytes: Buffer, offset: number): Buffer {
      take(bytes, offset);
      return bytes;
    },
    stream(bytes: Readable, from: number): Readable {
      async function* counting() {
        let offset = from;
        for await (const piece of bytes) {
          take(piece, offset);
          offset += piece.length;
          yield piece;
        }
      }
      return lazyNode.stream.Readable.from(counting(), { objectMode: false, highWaterMark: 1024 * 1024 });
    },
    told: (bytes: number) => onBytes(bytes),
  };
}
