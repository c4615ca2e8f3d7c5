import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import { bucketKey, joinKeys, keyWithin } from "./bucket-keys.ts";
import { defineBlock } from "./define.ts";
import { intoFile, isPartName, replaceFile } from "./durable-file.ts";
import type { TableSource } from "./tables/read-csv.ts";
import type { TestSteps } from "./test-steps.ts";

export interface LocalBucketSettings {
  /** The folder that is the bucket. Relative ones are taken from the working directory. */
  readonly basepath: string;
}

export interface Blob {
  /** The whole key, as "yellow/yellow_tripdata_2021-01.parquet". */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly updated: Date;
}

/**
 * A folder used like a bucket in the cloud: objects under keys with "/", whole or absent, and nothing outside of it.
 *
 * ```ts
 * const bucket = await LocalBucket.load("default");            // $MILLRACE_HOME/buckets/default
 * await bucket.uploadFromPath("trips.parquet", "yellow/trips.parquet");
 * ```
 */
export class LocalBucket extends defineBlock({
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
}) {
  readonly basepath: string;

  constructor(settings: LocalBucketSettings) {
    super(settings);
    this.basepath = path.resolve(this.settings.basepath);
  }

  override async test(steps: TestSteps): Promise<void> {
    await steps.step("folder", async () => {
      await mkdir(this.basepath, { recursive: true });
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
    return readFile(place).catch((thrown: unknown) => this.#missing(key, thrown));
  }

  /** Writes an object; returns its key. */
  async writePath(key: string, content: string | Uint8Array): Promise<string> {
    return this.#write(key, (handle) => handle.writeFile(content));
  }

  /** The object's bytes as a stream. */
  async openRead(key: string): Promise<Readable> {
    const place = await this.#inside(key);
    await stat(place).catch((thrown: unknown) => this.#missing(key, thrown));
    return readStream(place);
  }

  /** The object as `readCsv` takes it: read from the bucket while the table is read, without a copy on the way. */
  async source(key: string): Promise<TableSource> {
    const place = await this.#inside(key);
    const { size } = await stat(place).catch((thrown: unknown) => this.#missing(key, thrown));
    return { name: bucketKey(key), size, open: () => this.openRead(key) };
  }

  /** Writes what the stream gives; the object is there when the stream has ended well. Returns its key. */
  async uploadFromStream(source: Readable, key: string): Promise<string> {
    // A source that fails before the pipeline listens would end the process; the pipeline tells the error anyway.
    source.on("error", () => {});
    return this.#write(key, (handle) => pipeline(source, intoFile(handle)));
  }

  /** Uploads a file; its name is the key when none is given. Returns the key. */
  async uploadFromPath(fromPath: string, key: string = path.basename(fromPath)): Promise<string> {
    return this.#write(key, (handle) => pipeline(readStream(fromPath), intoFile(handle)));
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
  async downloadObjectToPath(key: string, toPath: string): Promise<string> {
    const place = await this.#inside(key);
    await stat(place).catch((thrown: unknown) => this.#missing(key, thrown));
    await replaceFile(path.resolve(toPath), (handle) => pipeline(readStream(place), intoFile(handle)));
    return toPath;
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
      const { size, mtime } = await stat(path.join(root, file));
      blobs.push({ name: joinKeys(folder, file), size, updated: mtime });
    }
    return blobs.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The folders that hold objects, in all depths, sorted. */
  async listFolders(folder = ""): Promise<string[]> {
    const folders = new Set<string>();
    for (const { name } of await this.listBlobs(folder)) {
      for (let at = name.lastIndexOf("/"); at > bucketKey(folder).length; at = name.lastIndexOf("/", at - 1)) {
        folders.add(name.slice(0, at));
      }
    }
    return [...folders].sort();
  }

  async exists(key: string): Promise<boolean> {
    const place = await this.#inside(key);
    return stat(place).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  /** Removes an object; nothing happens when there is none. */
  async delete(key: string): Promise<void> {
    const place = await this.#inside(key);
    if (place === this.basepath) throw new MillraceError("bad-usage", "delete: the key is empty; name an object");
    await rm(place, { force: true });
  }

  #place(key: string): string {
    return path.join(this.basepath, ...bucketKey(key).split("/"));
  }

  /** The object's path, after a look whether a symbolic link on the way leads out of the bucket. */
  async #inside(key: string): Promise<string> {
    const place = this.#place(key);
    const base = await realpath(this.basepath).catch(() => this.basepath);
    for (let at = place; at.length > this.basepath.length; at = path.dirname(at)) {
      const real = await realpath(at).catch(() => undefined);
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

function readStream(file: string): Readable {
  return createReadStream(file, { highWaterMark: 1024 * 1024 });
}

/** Relative paths of the files in a folder and its folders; none when the folder is not there. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((thrown: unknown) => {
    const error = toError(thrown);
    if ("code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile() && !isPartName(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
