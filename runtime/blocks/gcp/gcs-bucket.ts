import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { parseDuration } from "../../protocol/durations.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";
import {
  type Blob,
  type BlobPage,
  type Bucket,
  type BucketFacts,
  type CreateBucketOptions,
  foldersOf,
  type PageOptions,
  type SignedUrlOptions,
  type TransferOptions,
  type UploadOptions,
} from "../bucket.ts";
import { bucketKey, joinKeys, keyWithin } from "../bucket-keys.ts";
import { defineBlock } from "../define.ts";
import { intoFile, replaceFile } from "../durable-file.ts";
import { filesUnder } from "../folder-files.ts";
import type { TestSteps } from "../test-steps.ts";
import type { BucketSource } from "../warehouse.ts";
import { bucketAccess } from "./bucket-access.ts";
import { contentTypeOf } from "./content-type.ts";
import { gcsBucketSchema } from "./gcs-bucket-schema.ts";
import type { ObjectFacts } from "./object-facts.ts";
import type { Patience } from "./retrying.ts";
import { isNoFolder, objectContent, objectsUnder, prefixOf, writeObject } from "./transfers.ts";
import { bytesSource, fileSource, streamSource, type UploadSource, uploadUnit } from "./upload-source.ts";

const mebibyte = 1024 * 1024;

/**
 * A bucket of Google Cloud Storage, or a folder of one: objects under keys with "/". Uploads and downloads go on where
 * a cut connection has left them, are checked against the service's checksums, and end with the run.
 *
 * ```ts
 * const bucket = await GcsBucket.load("zoom-gcs");
 * await bucket.uploadFromPath("trips.parquet", "yellow/trips.parquet");
 * ```
 */
export class GcsBucket
  extends defineBlock({
    slug: "gcs-bucket",
    title: "GCS Bucket",
    description: "Objects in a bucket of Google Cloud Storage.",
    category: "Storage",
    logo: "gcs-bucket",
    schema: gcsBucketSchema,
  })
  implements Bucket
{
  readonly #access = bucketAccess(this.settings, () => this.#label());

  override async test(steps: TestSteps): Promise<void> {
    const { testBucket } = await import("./gcs-test.ts");
    const { link, credentials } = this.#access;
    await testBucket(steps, link, credentials, this.#label());
  }

  /** "gs://bucket/folder/key" */
  uri(key: string): string {
    return `gs://${this.settings.bucket}/${this.#name(key)}`;
  }

  async readPath(key: string): Promise<Buffer> {
    return this.#access.transfer(`read ${this.uri(key)}`, {}, async (patience) => {
      const pieces: Buffer[] = [];
      for await (const piece of objectContent(this.#access.link, await this.#facts(key, patience), patience))
        pieces.push(piece);
      return Buffer.concat(pieces);
    });
  }

  async writePath(key: string, content: string | Uint8Array, options: UploadOptions = {}): Promise<string> {
    const bytes = Buffer.from(content);
    return this.#upload(key, () => bytesSource(bytes, this.#resumableFrom()), options);
  }

  async openRead(key: string): Promise<Readable> {
    const doing = `read ${this.uri(key)}`;
    const facts = await this.#access.transfer(doing, {}, (patience) => this.#facts(key, patience));
    const content = objectContent(this.#access.link, facts, this.#access.patience({}));
    const problem = (thrown: unknown) => this.#access.problem(thrown, doing);
    async function* told() {
      try {
        yield* content;
      } catch (thrown) {
        throw problem(thrown);
      }
    }
    return lazyNode.stream.Readable.from(told(), { objectMode: false, highWaterMark: mebibyte });
  }

  async source(key: string): Promise<BucketSource> {
    const { size, generation, md5 } = await this.#access.transfer(`read ${this.uri(key)}`, {}, (patience) =>
      this.#facts(key, patience),
    );
    const open = () => this.openRead(key);
    // The same bytes under the same name are the same, also when they were uploaded once more.
    return { name: bucketKey(key), size, uri: this.uri(key), version: md5 ?? generation, open };
  }

  async uploadFromPath(
    fromPath: string,
    key: string = path.basename(fromPath),
    options: UploadOptions = {},
  ): Promise<string> {
    const { size } = await lazyNode.files.stat(fromPath);
    return this.#upload(key, () => fileSource(fromPath, size, this.#resumableFrom()), options);
  }

  async uploadFromStream(source: Readable, key: string, options: UploadOptions = {}): Promise<string> {
    // A source that fails before it is read would end the process; reading it tells the error anyway.
    source.on("error", () => {});
    const signal = this.#access.patience(options).signal;
    lazyNode.stream.addAbortSignal(signal, source);
    return this.#upload(key, () => streamSource(source, 32 * uploadUnit), options);
  }

  async uploadFromFileObject(source: Readable, key: string, options: UploadOptions = {}): Promise<string> {
    return this.uploadFromStream(source, key, options);
  }

  async uploadFromFolder(fromFolder: string, toFolder = ""): Promise<number> {
    return this.putDirectory(fromFolder, toFolder);
  }

  async putDirectory(localPath: string, toPath = ""): Promise<number> {
    const files = await filesUnder(localPath);
    for (const file of files) await this.uploadFromPath(path.join(localPath, file), joinKeys(toPath, file));
    return files.length;
  }

  async downloadObjectToPath(key: string, toPath: string, options: TransferOptions = {}): Promise<string> {
    return this.#access.transfer(`download ${this.uri(key)}`, options, async (patience) => {
      await this.#download(await this.#facts(key, patience), toPath, patience, options);
      return toPath;
    });
  }

  async downloadObjectToFileObject(key: string, target: Writable, options: TransferOptions = {}): Promise<void> {
    await this.#access.transfer(`download ${this.uri(key)}`, options, async (patience) => {
      const facts = await this.#facts(key, patience);
      await lazyNode.streams.pipeline(
        lazyNode.stream.Readable.from(objectContent(this.#access.link, facts, patience, options), {
          objectMode: false,
        }),
        target,
      );
    });
  }

  async downloadFolderToPath(fromFolder: string, toFolder: string): Promise<number> {
    return this.getDirectory(fromFolder, toFolder);
  }

  async getDirectory(fromPath = "", localPath = "."): Promise<number> {
    const folder = this.#name(fromPath);
    return this.#access.transfer(`download ${this.uri(fromPath)}`, {}, async (patience) => {
      let count = 0;
      for await (const facts of objectsUnder(this.#access.link, folder, patience)) {
        // A name in the bucket may be anything, "../../.bashrc" too: bucketKey lets none out of the folder.
        const below = bucketKey(keyWithin(folder, facts.name) ?? facts.name);
        await this.#download(facts, path.join(localPath, ...below.split("/")), patience, {});
        count++;
      }
      return count;
    });
  }

  async listBlobs(folder = ""): Promise<Blob[]> {
    return this.#access.transfer(`list ${this.uri(folder)}`, {}, async (patience) => {
      const blobs: Blob[] = [];
      for await (const facts of objectsUnder(this.#access.link, this.#name(folder), patience))
        blobs.push(this.#blob(facts));
      return blobs;
    });
  }

  async listPage(folder = "", { next, size = 1000 }: PageOptions = {}): Promise<BlobPage> {
    return this.#access.transfer(`list ${this.uri(folder)}`, {}, async (patience) => {
      const prefix = prefixOf(this.#name(folder));
      const page = await this.#access.link.list({ prefix, size, next }, patience);
      return { blobs: page.objects.filter(isNoFolder).map((facts) => this.#blob(facts)), next: page.next };
    });
  }

  async listFolders(folder = ""): Promise<string[]> {
    const blobs = await this.listBlobs(folder);
    return foldersOf(
      blobs.map(({ name }) => name),
      bucketKey(folder),
    );
  }

  async exists(key: string): Promise<boolean> {
    return this.#access.transfer(`look for ${this.uri(key)}`, {}, async (patience) => {
      return (await this.#access.link.facts(this.#object(key), patience)) !== undefined;
    });
  }

  async delete(key: string): Promise<void> {
    await this.#access.transfer(`delete ${this.uri(key)}`, {}, (patience) =>
      this.#access.link.remove(this.#object(key), patience),
    );
  }

  async signedUrl(key: string, { expires = "1h" }: SignedUrlOptions = {}): Promise<string> {
    const seconds = Math.round(parseDuration(expires, "expires") / 1000);
    if (seconds < 1 || seconds > 7 * 86_400) {
      throw new MillraceError("bad-usage", "expires: a signed URL holds for a second to seven days");
    }
    return this.#access.transfer(`sign a URL of ${this.uri(key)}`, {}, () =>
      this.#access.link.signedUrl(this.#object(key), seconds),
    );
  }

  async createBucket(options: CreateBucketOptions = {}): Promise<BucketFacts> {
    return this.#access.transfer(`create the bucket ${this.settings.bucket}`, {}, (patience) =>
      this.#access.link.createBucket(options, patience),
    );
  }

  async getBucket(): Promise<BucketFacts> {
    return this.#access.transfer(`read about the bucket ${this.settings.bucket}`, {}, (patience) =>
      this.#access.link.bucketFacts(patience),
    );
  }

  /** The whole name in the bucket; "" for all of it. */
  #name(key: string): string {
    return joinKeys(this.settings.bucketFolder, key);
  }

  #object(key: string): string {
    if (bucketKey(key) !== "") return this.#name(key);
    throw new MillraceError("bad-usage", `bucket key ${JSON.stringify(key)} is empty; name an object`);
  }

  #blob({ name, size, updated }: ObjectFacts): Blob {
    return { name: keyWithin(bucketKey(this.settings.bucketFolder), name) ?? name, size, updated };
  }

  async #facts(key: string, patience: Patience): Promise<ObjectFacts> {
    const facts = await this.#access.link.facts(this.#object(key), patience);
    if (facts !== undefined) return facts;
    throw new MillraceError("not-found", `there is no object "${bucketKey(key)}" in the bucket ${this.uri("")}`);
  }

  async #download(facts: ObjectFacts, toPath: string, patience: Patience, options: TransferOptions): Promise<void> {
    const content = objectContent(this.#access.link, facts, patience, options);
    await replaceFile(path.resolve(toPath), (handle) => intoFile(handle)(content));
  }

  async #upload(key: string, makeSource: () => UploadSource, options: UploadOptions): Promise<string> {
    const name = this.#object(key);
    await this.#access.transfer(`write ${this.uri(key)}`, options, (patience) =>
      writeObject(this.#access.link, {
        name,
        makeSource,
        patience,
        contentType: options.contentType ?? contentTypeOf(name),
        resumableFrom: this.#resumableFrom(),
        ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      }),
    );
    return bucketKey(key);
  }

  #resumableFrom(): number {
    return this.settings.resumableFromMiB * mebibyte;
  }

  #label(): string {
    return this.blockName === undefined ? "GcsBucket" : `GcsBucket "${this.blockName}"`;
  }
}
