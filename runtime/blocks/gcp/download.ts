/** An object's bytes, in requests that begin where an earlier one was cut off, checked at their end. */
import { MillraceError } from "../../protocol/errors.ts";
import { checksumOf } from "./checksum-thread.ts";
import { type MediaLink, send } from "./media.ts";
import type { ObjectFacts } from "./object-facts.ts";
import { HttpProblem } from "./problems.ts";
import { createRetries, type Patience } from "./retrying.ts";

/**
 * As stored: of an object that was uploaded packed, the packed bytes. All requests name the generation, so that bytes
 * of two contents never mix.
 * @throws MillraceError "bad-file" at the end when the checksum differs: what was written till then must not be used.
 */
export async function* objectBytes(link: MediaLink, facts: ObjectFacts, patience: Patience): AsyncGenerator<Buffer> {
  const { name, size, generation } = facts;
  const url = `${link.endpoint}/storage/v1/b/${link.bucket}/o/${encodeURIComponent(name)}?alt=media&generation=${generation}`;
  const checksum = checksumOf(size);
  const retries = createRetries(patience);
  let at = 0;
  try {
    while (at < size) {
      try {
        for await (const bytes of bytesFrom(link, url, at, patience.signal)) {
          at += bytes.length;
          await checksum.update(bytes);
          retries.progress();
          yield bytes;
        }
        if (at < size) throw new HttpProblem(503, `the answer ended after ${at} of ${size} bytes`);
      } catch (thrown) {
        await retries.after(thrown);
      }
    }
    const sum = await checksum.finish();
    if (at === size && (facts.crc32c === undefined || facts.crc32c === sum)) return;
    throw new MillraceError(
      "bad-file",
      `gs://${link.bucket}/${name}: what came has the checksum ${sum} and ${at} bytes, the object has ${facts.crc32c} and ${size}; nothing was kept, download it again`,
    );
  } finally {
    await checksum.close();
  }
}

async function* bytesFrom(link: MediaLink, url: string, at: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const answer = await send(link, {
    method: "GET",
    url,
    signal,
    headers: { "accept-encoding": "gzip", ...(at === 0 ? {} : { range: `bytes=${at}-` }) },
  });
  if (at > 0 && answer.status !== 206) {
    answer.data.destroy();
    throw new HttpProblem(400, `the service does not continue at byte ${at} (status ${answer.status})`);
  }
  yield* answer.data;
}
