/** Buckets and objects on the disk: a file of data and a file of metadata for each generation of an object. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Crc32c } from "../../../runtime/blocks/gcp/crc32c.ts";
import { ApiError, conditionNotMet, invalid } from "./api.ts";

export interface BucketRecord {
  readonly name: string;
  readonly location: string;
  readonly storageClass: string;
  readonly timeCreated: string;
  readonly updated: string;
  readonly metageneration: string;
  readonly [field: string]: unknown;
}

export interface ObjectRecord {
  readonly name: string;
  readonly bucket: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly size: string;
  readonly crc32c: string;
  /** Not there for large objects, as it is not for composed ones of the real service. */
  readonly md5Hash?: string;
  readonly contentType: string;
  readonly contentEncoding?: string;
  readonly timeCreated: string;
  readonly updated: string;
  readonly [field: string]: unknown;
}

export interface Checks {
  readonly crc32c?: string | undefined;
  readonly md5?: string | undefined;
}

/** Data of an object that is being written. */
export interface Draft {
  readonly size: number;
  write(bytes: Uint8Array): Promise<void>;
  /** Goes back to the last multiple of `unit` bytes, as the service does when a connection is cut. */
  cutBack(): Promise<void>;
  discard(): Promise<void>;
  /** @throws ApiError when a checksum differs; the draft is gone then. */
  finish(name: string, fields: Readonly<Record<string, unknown>>, checks: Checks): Promise<ObjectRecord>;
}

/** The service keeps only whole multiples of this of an upload that is not finished. */
export const uploadUnit = 256 * 1024;
const md5Limit = 32 * 1024 * 1024;

export interface ObjectStore {
  buckets(): BucketRecord[];
  bucket(name: string): BucketRecord;
  createBucket(name: string, fields?: Readonly<Record<string, unknown>>): BucketRecord;
  patchBucket(name: string, fields: Readonly<Record<string, unknown>>): BucketRecord;
  deleteBucket(name: string): void;
  objects(bucket: string): ReadonlyMap<string, ObjectRecord>;
  find(bucket: string, name: string): ObjectRecord | undefined;
  /** @throws ApiError 404 */
  object(bucket: string, name: string, generation?: string | null): ObjectRecord;
  patchObject(record: ObjectRecord, fields: Readonly<Record<string, unknown>>): ObjectRecord;
  deleteObject(record: ObjectRecord): void;
  dataFile(record: ObjectRecord): string;
  draft(bucket: string): Promise<Draft>;
}

export function openObjects(folder: string): ObjectStore {
  const buckets = new Map<string, { record: BucketRecord; objects: Map<string, ObjectRecord> }>();
  let lastGeneration = 0n;
  const place = (bucket: string, ...names: string[]) => path.join(folder, bucket, ...names);
  const dataFile = (record: ObjectRecord) => place(record.bucket, record.generation);
  const saved = <T>(file: string, record: T): T => {
    writeFileSync(`${file}.json`, JSON.stringify(record, undefined, 2));
    return record;
  };
  const within = (name: string) => {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new ApiError(404, "notFound", "The specified bucket does not exist.");
    return bucket;
  };

  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!existsSync(place(name, "bucket.json"))) continue;
    const objects = new Map<string, ObjectRecord>();
    for (const file of readdirSync(place(name))) {
      if (!/^\d+\.json$/.test(file)) continue;
      const record: ObjectRecord = JSON.parse(readFileSync(place(name, file), "utf8"));
      objects.set(record.name, record);
    }
    buckets.set(name, { record: JSON.parse(readFileSync(place(name, "bucket.json"), "utf8")), objects });
  }

  const newGeneration = () => {
    const now = BigInt(Date.now()) * 1000n;
    lastGeneration = now > lastGeneration ? now : lastGeneration + 1n;
    return String(lastGeneration);
  };

  return {
    buckets: () => [...buckets.values()].map(({ record }) => record),
    bucket: (name) => within(name).record,
    createBucket(name, fields = {}) {
      if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(name)) throw invalid(`Invalid bucket name: '${name}'`);
      if (buckets.has(name)) {
        throw new ApiError(
          409,
          "conflict",
          "Your previous request to create the named bucket succeeded and you already own it.",
        );
      }
      const now = new Date().toISOString();
      const record = {
        kind: "storage#bucket",
        id: name,
        projectNumber: "123456789012",
        storageClass: "STANDARD",
        ...fields,
        location: String(fields["location"] ?? "US").toUpperCase(),
        name,
        metageneration: "1",
        timeCreated: now,
        updated: now,
      };
      mkdirSync(place(name), { recursive: true });
      buckets.set(name, { record, objects: new Map() });
      return saved(place(name, "bucket"), record);
    },
    patchBucket(name, fields) {
      const bucket = within(name);
      const metageneration = String(Number(bucket.record.metageneration) + 1);
      bucket.record = { ...bucket.record, ...fields, name, metageneration, updated: new Date().toISOString() };
      return saved(place(name, "bucket"), bucket.record);
    },
    deleteBucket(name) {
      if (within(name).objects.size > 0) {
        throw new ApiError(409, "conflict", "The bucket you tried to delete is not empty.");
      }
      buckets.delete(name);
      rmSync(place(name), { recursive: true, force: true });
    },
    objects: (bucket) => within(bucket).objects,
    find: (bucket, name) => within(bucket).objects.get(name),
    object(bucket, name, generation) {
      const record = within(bucket).objects.get(name);
      if (record === undefined || (generation && generation !== record.generation)) {
        const which = generation ? `#${generation}` : "";
        throw new ApiError(404, "notFound", `No such object: ${bucket}/${name}${which}`);
      }
      return record;
    },
    patchObject(record, fields) {
      const metadata = { ...Object(record["metadata"]), ...Object(fields["metadata"]) };
      const changed = {
        ...record,
        ...fields,
        metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)),
        name: record.name,
        metageneration: String(Number(record.metageneration) + 1),
        updated: new Date().toISOString(),
      };
      within(record.bucket).objects.set(record.name, changed);
      return saved(dataFile(record), changed);
    },
    deleteObject(record) {
      within(record.bucket).objects.delete(record.name);
      rmSync(`${dataFile(record)}.json`, { force: true });
      rmSync(dataFile(record), { force: true });
    },
    dataFile,
    async draft(bucket) {
      within(bucket);
      const file = place(bucket, `${randomUUID()}.part`);
      const handle = await open(file, "wx+");
      return createDraft(handle, file, async (name, fields, size, crc32c, md5Hash) => {
        const { objects } = within(bucket);
        const now = new Date().toISOString();
        const record: ObjectRecord = {
          kind: "storage#object",
          storageClass: "STANDARD",
          contentType: "application/octet-stream",
          ...fields,
          name,
          bucket,
          generation: newGeneration(),
          metageneration: "1",
          size: String(size),
          crc32c,
          ...(md5Hash === undefined ? {} : { md5Hash }),
          timeCreated: now,
          updated: now,
        };
        await rename(file, dataFile(record));
        saved(dataFile(record), record);
        const before = objects.get(name);
        objects.set(name, record);
        if (before !== undefined) {
          rmSync(`${dataFile(before)}.json`, { force: true });
          rmSync(dataFile(before), { force: true });
        }
        return record;
      });
    },
  };
}

function createDraft(
  handle: FileHandle,
  file: string,
  keep: (
    name: string,
    fields: Readonly<Record<string, unknown>>,
    size: number,
    crc32c: string,
    md5: string | undefined,
  ) => Promise<ObjectRecord>,
): Draft {
  let size = 0;
  let sum = new Crc32c();
  /** Size and sum at the last whole unit. */
  let mark = { size: 0, sum: 0 };
  const discard = async () => {
    await handle.close().catch(() => {});
    await rm(file, { force: true });
  };
  return {
    get size() {
      return size;
    },
    async write(bytes) {
      const writing = writeAt(handle, bytes, size);
      const boundary = Math.floor((size + bytes.length) / uploadUnit) * uploadUnit;
      const head = Math.max(0, boundary - size);
      sum.update(bytes.subarray(0, head));
      if (head > 0) mark = { size: boundary, sum: sum.value };
      sum.update(bytes.subarray(head));
      size += bytes.length;
      await writing;
    },
    async cutBack() {
      await handle.truncate(mark.size);
      size = mark.size;
      sum = new Crc32c(mark.sum);
    },
    discard,
    async finish(name, fields, checks) {
      const wantsMd5 = size <= md5Limit || checks.md5 !== undefined;
      await handle.close();
      const md5 = wantsMd5 ? await md5Of(file) : undefined;
      for (const [kind, given, found] of [
        ["CRC32C", checks.crc32c, String(sum)],
        ["MD5", checks.md5, md5],
      ] as const) {
        if (given === undefined || given === found) continue;
        await discard();
        throw invalid(`Provided ${kind} "${given}" doesn't match calculated ${kind} "${found}".`);
      }
      return keep(name, fields, size, String(sum), md5);
    },
  };
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("base64");
}

/** @throws ApiError 412 or 304 when a precondition of the request does not hold for what is there. */
export function checkPreconditions(query: URLSearchParams, found: ObjectRecord | undefined): void {
  const generation = found?.generation ?? "0";
  const matches = (name: string, value: string | undefined) => {
    const wanted = query.get(name);
    return wanted === null ? undefined : wanted === value;
  };
  if (matches("ifGenerationMatch", generation) === false) throw conditionNotMet();
  if (matches("ifGenerationNotMatch", generation) === true) throw new ApiError(304, "notModified", "Not Modified");
  if (matches("ifMetagenerationMatch", found?.metageneration) === false) throw conditionNotMet();
  if (matches("ifMetagenerationNotMatch", found?.metageneration) === true) throw conditionNotMet();
}
