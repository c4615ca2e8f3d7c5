/** Whole objects: their content as it was put in, writing them so that the last who writes wins, all of a folder. */
import { lazyNode } from "../../system/lazy-node.ts";
import type { TransferOptions } from "../bucket.ts";
import { objectBytes } from "./download.ts";
import type { MediaLink } from "./media.ts";
import type { ObjectFacts } from "./object-facts.ts";
import { statusOf } from "./problems.ts";
import type { Patience } from "./retrying.ts";
import { isAboutBucket, type StorageLink } from "./storage-link.ts";
import { uploadObject } from "./upload.ts";
import type { UploadSource } from "./upload-source.ts";

/** What was put in: an object that is stored packed is unpacked here, where the service would. */
export function objectContent(
  link: MediaLink,
  facts: ObjectFacts,
  patience: Patience,
  { onProgress }: TransferOptions = {},
): AsyncIterable<Buffer> {
  async function* counted() {
    let bytes = 0;
    for await (const piece of objectBytes(link, facts, patience)) {
      bytes += piece.length;
      onProgress?.({ bytes, totalBytes: facts.size });
      yield piece;
    }
  }
  if (facts.contentEncoding !== "gzip") return counted();
  const packed = lazyNode.stream.Readable.from(counted(), { objectMode: false });
  const unpacked = lazyNode.zlib.createGunzip();
  packed.on("error", (error) => unpacked.destroy(error));
  return packed.pipe(unpacked);
}

export interface ObjectWrite extends Pick<TransferOptions, "onProgress"> {
  /** The whole name in the bucket. */
  readonly name: string;
  readonly makeSource: () => UploadSource;
  readonly contentType: string;
  readonly resumableFrom: number;
  readonly patience: Patience;
}

export async function writeObject(link: StorageLink, write: ObjectWrite): Promise<ObjectFacts> {
  const { name, makeSource, patience, onProgress, ...rest } = write;
  for (let attempt = 1; ; attempt++) {
    const source = makeSource();
    const found = await link.facts(name, patience).catch((thrown: unknown) => {
      // Who may write and not read can write what is not there yet.
      if (statusOf(thrown) !== 403) throw thrown;
      return undefined;
    });
    try {
      return await uploadObject(link, {
        ...rest,
        name,
        source,
        patience,
        generation: found?.generation ?? "0",
        onBytes: (bytes) => onProgress?.({ bytes, totalBytes: source.size }),
      });
    } catch (thrown) {
      // Somebody has written it between our look and our upload, or the session is lost: look and write again.
      const isAgain = [404, 410, 412].includes(statusOf(thrown) ?? 0) && !isAboutBucket(thrown);
      if (!isAgain || !source.isRepeatable || attempt === 3) throw thrown;
    }
  }
}

export async function* objectsUnder(
  link: StorageLink,
  folder: string,
  patience: Patience,
): AsyncGenerator<ObjectFacts> {
  let next: string | undefined;
  do {
    const page = await link.list({ prefix: prefixOf(folder), size: 1000, next }, patience);
    yield* page.objects.filter(isNoFolder);
    next = page.next;
  } while (next !== undefined);
}

export function prefixOf(folder: string): string {
  return folder === "" ? "" : `${folder}/`;
}

/** Consoles put an empty object "folder/" where somebody has made a folder. */
export function isNoFolder({ name }: ObjectFacts): boolean {
  return !name.endsWith("/");
}
