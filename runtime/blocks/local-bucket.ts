import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import { lazyNode } from "../system/lazy-node.ts";
import {
  type Blob,
  type BlobPage,
  type Bucket,
  type BucketFacts,
  foldersOf,
  type PageOptions,
  type TransferOptions,
  type UploadOptions,
} from "./bucket.ts";
import { bucketKey, joinKeys, keyWithin } from "./bucket-keys.ts";
import { defineBlock } from "./define.ts";
import { intoFile, replaceFile } from "./durable-file.ts";
import { filesUnder } from "./folder-files.ts";
import type { TableSource } from "./tables/sources.ts";
import type { TestSteps } from "./test-steps.ts";

export interface LocalBucketSettings {
  /** The folder that is the bucket. Relative ones are taken from the working directory. */
  readonly basepath: string;
}

/**
 * A folder used like a bucket in the cloud: objects under keys with "/", whole or absent, and nothing outside of it.
 *
 * ```ts
 * const bucket = await LocalBucket.load("default");            // $MILLRACE_HOME/buckets/default
 * await bucket.uploadFromPath("trips.parquet", "yellow/trips.parquet");
 * ```
 */
export class LocalBucket
  extends defineBlock({
    slug: "local-bucket",
    title: "Local Bucket",
    description:
      'A folder of this machine that is used like a bucket in the cloud. "default" is there without being saved.',
    category: "Storage",
    logo: "local-bucket",
    schema: (z) =>
      z.object({
        basepath: z
          .string()
          .min(1)
          .describe("The folder that is the bucket. A relative one is taken from the working directory of the run."),
      }),
    check: ({ basepath }) => (typeof basepath === "string" && basepath !== "" ? { basepath } : undefined),
    fallback: (name) => (name === "default" ? { basepath: path.join(homeFolder(), "buckets", "default") } : undefined),
  })
  implements Bucket
{
  readonly basepath: string;

  constructor(settings: LocalBucketSettings) {
    super(settings);
    this.basepath = path.resolve(this.settings.basepath);
  }

  override async test(steps: TestSteps): Promise<void> {
    await steps.step("folder", async () => {
      await lazyNode.files.mkdir(this.basepath, { recursive: true });
      return this.basepath;
    });
    await steps.step("write and read", async () => {
      const key = await this.writePath(`.millrace-test-${newId()}`, "ok");
      try {
        await this.readPath(key);
      } finally {
        await this.delete(key);
      }
    });
  }

  /** Where the object can be found, as a URL. */
  uri(key: string): string {
    return pathToFileURL(this.#place(key)).href;
  }

  async readPath(key: string): Promise<Buffer> {
    const place = await this.#inside(key);
    return lazyNode.files.readFile(place).catch((thrown: unknown) => this.#missing(key, thrown));
  }

  /** Writes an object; returns its key. */
  async writePath(key: string, content: string | Uint8Array, options: UploadOptions = {}): Promise<string> {
    return this.#write(key, async (handle) => {
      await handle.writeFile(content);
      const bytes = Buffer.byteLength(content);
      options.onProgress?.({ bytes, totalBytes: bytes });
    });
  }

  /** The object's bytes as a stream. */
  async openRead(key: string): Promise<Readable> {
    const place = await this.#inside(key);
    await lazyNode.files.stat(place).catch((thrown: unknown) => this.#missing(key, thrown));
    return readStream(place);
  }

  /** The object as `readCsv` takes it: read from the bucket while the table is read, without a copy on the way. */
  async source(key: string): Promise<TableSource> {
    const place = await this.#inside(key);
    const { size } = await lazyNode.files.stat(place).catch((thrown: unknown) => this.#missing(key, thrown));
    return { name: bucketKey(key), size, path: place, open: () => this.openRead(key) };
  }

  /** Writes what the stream gives; the object is there when the stream has ended well. Returns its key. */
  async uploadFromStream(source: Readable, key: string, options: UploadOptions = {}): Promise<string> {
    // A source that fails before the pipeline listens would end the process; the pipeline tells the error anyway.
    source.on("error", () => {});
    return this.#write(key, (handle) => copy(source, handle, options, undefined));
  }

  /** Prefect's name for the same. */
  async uploadFromFileObject(source: Readable, key: string, options: UploadOptions = {}): Promise<string> {
    return this.uploadFromStream(source, key, options);
  }

  /** Uploads a file; its name is the key when none is given. Returns the key. */
  async uploadFromPath(
    fromPath: string,
    key: string = path.basename(fromPath),
    options: UploadOptions = {},
  ): Promise<string> {
    const { size } = await lazyNode.files.stat(fromPath);
    return this.#write(key, (handle) => copy(readStream(fromPath), handle, options, size));
  }

  /** Uploads a folder with all that is in it; returns the number of files. */
  async uploadFromFolder(fromFolder: string, toFolder = ""): Promise<number> {
    return this.putDirectory(fromFolder, toFolder);
  }

  /** Prefect's name for the same: uploads a folder; returns the number of files. */
  async putDirectory(localPath: string, toPath = ""): Promise<number> {
    const files = await filesUnder(localPath);
    for (const file of files) await this.uploadFromPath(path.join(localPath, file), joinKeys(toPath, file));
    return files.length;
  }

  /** Downloads an object to a file; returns the file's path. */
  async downloadObjectToPath(key: string, toPath: string, options: TransferOptions = {}): Promise<string> {
    const place = await this.#inside(key);
    const { size } = await lazyNode.files.stat(place).catch((thrown: unknown) => this.#missing(key, thrown));
    await replaceFile(path.resolve(toPath), (handle) => copy(readStream(place), handle, options, size));
    return toPath;
  }

  /** Writes an object's bytes into a stream, and ends it. */
  async downloadObjectToFileObject(key: string, target: Writable, options: TransferOptions = {}): Promise<void> {
    await lazyNode.streams.pipeline(
      await this.openRead(key),
      target,
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }

  /** Downloads all objects under a folder of the bucket; returns the number of files. */
  async downloadFolderToPath(fromFolder: string, toFolder: string): Promise<number> {
    return this.getDirectory(fromFolder, toFolder);
  }

  /** Prefect's name for the same: downloads a folder (the whole bucket if not given) to a local folder. */
  async getDirectory(fromPath = "", localPath = "."): Promise<number> {
    const folder = bucketKey(fromPath);
    const blobs = await this.listBlobs(folder);
    for (const blob of blobs) {
      const below = keyWithin(folder, blob.name) ?? path.posix.basename(blob.name);
      await this.downloadObjectToPath(blob.name, path.join(localPath, ...below.split("/")));
    }
    return blobs.length;
  }

  /** The objects under a folder of the bucket, in all its folders, sorted by name. */
  async listBlobs(folder = ""): Promise<Blob[]> {
    const root = await this.#inside(folder);
    const blobs: Blob[] = [];
    for (const file of await filesUnder(root)) {
      const { size, mtime } = await lazyNode.files.stat(path.join(root, file));
      blobs.push({ name: joinKeys(folder, file), size, updated: mtime });
    }
    return blobs.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The same page by page. */
  async listPage(folder = "", { next, size = 1000 }: PageOptions = {}): Promise<BlobPage> {
    const all = await this.listBlobs(folder);
    const rest = next === undefined ? all : all.filter(({ name }) => name > next);
    const blobs = rest.slice(0, Math.min(size, 1000));
    return { blobs, next: blobs.length < rest.length ? blobs.at(-1)?.name : undefined };
  }

  /** The folders that hold objects, in all depths, sorted. */
  async listFolders(folder = ""): Promise<string[]> {
    const blobs = await this.listBlobs(folder);
    return foldersOf(
      blobs.map(({ name }) => name),
      bucketKey(folder),
    );
  }

  async exists(key: string): Promise<boolean> {
    const place = await this.#inside(key);
    return lazyNode.files.stat(place).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  /** Removes an object; nothing happens when there is none. */
  async delete(key: string): Promise<void> {
    const place = await this.#inside(key);
    if (place === this.basepath) throw new MillraceError("bad-usage", "delete: the key is empty; name an object");
    await lazyNode.files.rm(place, { force: true });
  }

  /** A file: URL, which only this machine can read. */
  async signedUrl(key: string): Promise<string> {
    const place = await this.#inside(key);
    await lazyNode.files.stat(place).catch((thrown: unknown) => this.#missing(key, thrown));
    return this.uri(key);
  }

  /** Makes the folder; nothing happens when it is there. */
  async createBucket(): Promise<BucketFacts> {
    await lazyNode.files.mkdir(this.basepath, { recursive: true });
    return this.getBucket();
  }

  async getBucket(): Promise<BucketFacts> {
    const found = await lazyNode.files.stat(this.basepath).catch((thrown: unknown) => {
      throw new MillraceError("not-found", `the bucket ${this.basepath} is not there; create it with createBucket()`, {
        cause: toError(thrown),
      });
    });
    return { name: path.basename(this.basepath), location: this.basepath, created: found.birthtime };
  }

  #place(key: string): string {
    return path.join(this.basepath, ...bucketKey(key).split("/"));
  }

  /** The object's path, after a look whether a symbolic link on the way leads out of the bucket. */
  async #inside(key: string): Promise<string> {
    const place = this.#place(key);
    const base = await lazyNode.files.realpath(this.basepath).catch(() => this.basepath);
    for (let at = place; at.length > this.basepath.length; at = path.dirname(at)) {
      const real = await lazyNode.files.realpath(at).catch(() => undefined);
      if (real === undefined) continue;
      if (real === base || real.startsWith(base + path.sep)) break;
      throw new MillraceError("bad-usage", `bucket key ${JSON.stringify(key)}: a symbolic link leads out of ${base}`);
    }
    return place;
  }

  async #write(key: string, write: (handle: FileHandle) => Promise<void>): Promise<string> {
    const name = bucketKey(key);
    if (name === "") throw new MillraceError("bad-usage", `bucket key ${JSON.stringify(key)} is empty; name an object`);
    await replaceFile(await this.#inside(name), write);
    return name;
  }

  #missing(key: string, thrown: unknown): never {
    const cause = toError(thrown);
    if ("code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR" || cause.code === "EISDIR")) {
      throw new MillraceError("not-found", `there is no object "${bucketKey(key)}" in the bucket ${this.basepath}`, {
        cause,
      });
    }
    throw cause;
  }
}

/** The end of a stream's way into an object. */
async function copy(
  source: Readable,
  handle: FileHandle,
  { onProgress, signal }: TransferOptions,
  totalBytes: number | undefined,
): Promise<void> {
  const end = intoFile(handle, (bytes) => onProgress?.({ bytes, totalBytes }));
  await lazyNode.streams.pipeline(signal === undefined ? source : lazyNode.stream.addAbortSignal(signal, source), end);
}

function readStream(file: string): Readable {
  return createReadStream(file, { highWaterMark: 1024 * 1024 });
}
