/** What every bucket can do: a flow chooses another block, not other code. */
import type { Readable, Writable } from "node:stream";
import type { Duration } from "../protocol/durations.ts";
import type { BucketSource } from "./warehouse.ts";

export interface Blob {
  /** The whole key, as "yellow/yellow_tripdata_2021-01.parquet". */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly updated: Date;
}

export interface BlobPage {
  readonly blobs: readonly Blob[];
  /** Asks for the next page; undefined on the last one. */
  readonly next: string | undefined;
}

export interface PageOptions {
  /** Of an earlier page. */
  readonly next?: string | undefined;
  /** At most so many, 1,000 when left out (and at most). */
  readonly size?: number;
}

export interface TransferProgress {
  readonly bytes: number;
  /** Undefined for a stream, whose end is not known. */
  readonly totalBytes: number | undefined;
}

export interface TransferOptions {
  /** Hears how far it is: `({ bytes, totalBytes }) => artifact.progress("upload", { … })`. */
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Ends it early. The run's own signal does so anyway. */
  readonly signal?: AbortSignal;
}

export interface UploadOptions extends TransferOptions {
  /** The media type; guessed from the key's ending when left out. */
  readonly contentType?: string;
}

export interface BucketFacts {
  readonly name: string;
  /** Where it is: a folder's path, or a region as "EUROPE-WEST6". */
  readonly location: string;
  readonly created: Date;
}

export interface CreateBucketOptions {
  /** "EU", "europe-west6". The service's own default when left out. */
  readonly location?: string;
  /** "STANDARD", "NEARLINE", … */
  readonly storageClass?: string;
}

export interface SignedUrlOptions {
  /** How long it holds. "1h" when left out; seven days at most. */
  readonly expires?: Duration;
}

export interface Bucket {
  /** Where the object can be found, as a URL. */
  uri(key: string): string;
  readPath(key: string): Promise<Buffer>;
  /** Writes an object; returns its key. */
  writePath(key: string, content: string | Uint8Array, options?: UploadOptions): Promise<string>;
  /** The object's bytes as a stream. */
  openRead(key: string): Promise<Readable>;
  /** The object as `readCsv` takes it: read from the bucket while the table is read. */
  source(key: string): Promise<BucketSource>;
  /** Uploads a file; its name is the key when none is given. Returns the key. */
  uploadFromPath(fromPath: string, key?: string, options?: UploadOptions): Promise<string>;
  /** Writes what the stream gives; the object is there when the stream has ended well. Returns its key. */
  uploadFromStream(source: Readable, key: string, options?: UploadOptions): Promise<string>;
  /** Prefect's name for the same. */
  uploadFromFileObject(source: Readable, key: string, options?: UploadOptions): Promise<string>;
  /** Uploads a folder with all that is in it; returns the number of files. */
  uploadFromFolder(fromFolder: string, toFolder?: string): Promise<number>;
  /** Prefect's name for the same. */
  putDirectory(localPath: string, toPath?: string): Promise<number>;
  /** Downloads an object to a file, which is whole or not there; returns the file's path. */
  downloadObjectToPath(key: string, toPath: string, options?: TransferOptions): Promise<string>;
  /** Writes an object's bytes into a stream, and ends it. */
  downloadObjectToFileObject(key: string, target: Writable, options?: TransferOptions): Promise<void>;
  /** Downloads all objects under a folder of the bucket; returns the number of files. */
  downloadFolderToPath(fromFolder: string, toFolder: string): Promise<number>;
  /** Prefect's name for the same: the whole bucket when no folder is given. */
  getDirectory(fromPath?: string, localPath?: string): Promise<number>;
  /** The objects under a folder of the bucket, in all its folders, sorted by name. */
  listBlobs(folder?: string): Promise<Blob[]>;
  /** The same page by page, for buckets with very many. */
  listPage(folder?: string, options?: PageOptions): Promise<BlobPage>;
  /** The folders that hold objects, in all depths, sorted. */
  listFolders(folder?: string): Promise<string[]>;
  exists(key: string): Promise<boolean>;
  /** Removes an object; nothing happens when there is none. */
  delete(key: string): Promise<void>;
  /** A URL by which anybody can read the object for a while. */
  signedUrl(key: string, options?: SignedUrlOptions): Promise<string>;
  /** Creates the bucket; nothing happens when it is there and yours. */
  createBucket(options?: CreateBucketOptions): Promise<BucketFacts>;
  /** @throws MillraceError "not-found" */
  getBucket(): Promise<BucketFacts>;
}

/** Folders above the names, in all depths, sorted; those under `folder` only. */
export function foldersOf(names: Iterable<string>, folder: string): string[] {
  const folders = new Set<string>();
  for (const name of names) {
    for (let at = name.lastIndexOf("/"); at > folder.length; at = name.lastIndexOf("/", at - 1)) {
      folders.add(name.slice(0, at));
    }
  }
  return [...folders].sort();
}
