/**
 * Results shared between runs: cache/<sha256 of key>. An entry is renamed into place, so a reader sees a whole one or
 * none; with two writers the last wins. Large values lie beside it, under the entry's name and their own hash.
 */
import path from "node:path";
import { homePaths, runPaths } from "../protocol/home.ts";
import type { ValueFile, ValueRecord } from "../protocol/records.ts";
import { sha256 } from "../protocol/sha256.ts";
import { isMissing, replaceFile } from "./disk.ts";
import type { Disk } from "./types.ts";
import { copyFile, holds } from "./value-files.ts";

export interface DiskCacheOptions {
  /** The folder of the run that uses the cache: large values are copied from and to its results. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

interface Entry {
  readonly key: string;
  readonly value: ValueRecord;
  readonly expires?: number;
  readonly flow_run_id: string;
  readonly task_run_id: string;
}

export interface CachedResult {
  readonly value: ValueRecord;
  readonly flow_run_id: string;
  readonly task_run_id: string;
  /** Milliseconds since the epoch; undefined is kept for ever. */
  readonly expires?: number;
}

/** Implements the engine's ResultCache. A damaged or expired entry is no entry, and is removed. */
export function diskResultCache(disk: Disk, home: string, options: DiskCacheOptions) {
  const now = options.now ?? Date.now;
  const folder = homePaths.cache(home);
  const entryFile = (key: string) => path.join(folder, sha256(key, "hex"));
  const valueFile = (file: string, valueHash: string) => `${file}.${valueHash}`;

  return {
    async get(key: string): Promise<CachedResult | undefined> {
      const file = entryFile(key);
      const entry = readEntry(disk, file);
      if (entry === undefined || entry.key !== key) return undefined;
      const { value, flow_run_id, task_run_id } = entry;
      if (entry.expires !== undefined && entry.expires <= now()) {
        removeQuietly(disk, file);
        for (const { hash } of filesOf(value)) removeQuietly(disk, valueFile(file, hash));
        return undefined;
      }
      for (const { hash, size } of filesOf(value)) {
        if (!holds(disk, valueFile(file, hash), hash, size)) return undefined;
      }
      for (const each of filesOf(value)) {
        await copyValue(disk, valueFile(file, each.hash), runPaths.result(options.folder, each.hash), each);
      }
      return { value, flow_run_id, task_run_id, ...(entry.expires === undefined ? {} : { expires: entry.expires }) };
    },

    async put(
      key: string,
      value: ValueRecord,
      origin: { flow_run_id: string; task_run_id: string },
      expires: number | undefined,
    ): Promise<void> {
      if (value.kind === "none") return;
      const file = entryFile(key);
      disk.makeFolder(folder);
      const before = readEntry(disk, file);
      const files = filesOf(value);
      for (const each of files) {
        await copyValue(disk, runPaths.result(options.folder, each.hash), valueFile(file, each.hash), each);
      }
      const entry: Entry = { key, value, ...origin, ...(expires === undefined ? {} : { expires }) };
      await replaceFile(disk, file, JSON.stringify(entry), { durable: false });
      for (const { hash } of before === undefined ? [] : filesOf(before.value)) {
        if (!files.some((each) => each.hash === hash)) removeQuietly(disk, valueFile(file, hash));
      }
    },
  };
}

/** A value that is large itself, and what it has besides. */
function filesOf(value: ValueRecord): readonly ValueFile[] {
  if (value.kind === "none") return [];
  return [...(value.kind === "file" ? [value] : []), ...(value.files ?? [])];
}

/** The copy is synced: the run that gets a value from the cache records it as its own. */
async function copyValue(disk: Disk, from: string, to: string, { hash, size }: ValueFile): Promise<void> {
  disk.makeFolder(path.dirname(to));
  if (!holds(disk, to, hash, size)) await copyFile(disk, from, to, size);
  await Promise.all([path.dirname(to), path.dirname(path.dirname(to))].map(disk.syncFolder));
}

function readEntry(disk: Disk, file: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(Buffer.from(disk.readFile(file)).toString("utf8"));
    return isEntry(entry) ? entry : undefined;
  } catch (error) {
    // An entry cut short by a crash of the machine: entries are not synced.
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && "key" in value && "value" in value && "flow_run_id" in value;
}

function removeQuietly(disk: Disk, file: string): void {
  try {
    disk.remove(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
