/**
 * The snapshot's file: an SQLite database with a few bytes behind it that tell a whole file from a torn or damaged
 * one. SQLite itself ignores them, so any of its tools opens the file.
 */
import { crc32 } from "node:zlib";
import { isMissing, replaceFile } from "../../journal/disk.ts";
import type { Disk } from "../../journal/types.ts";

const mark = Buffer.from("millrace index 1");
/** The mark, the length as 64 bits, the CRC-32 as 32 bits, both little-endian, 4 bytes left. */
const trailerLength = mark.length + 16;

/**
 * Written beside, synced, renamed, the folder synced: a crash leaves the old snapshot or the new one, and the new one
 * once this has resolved - entries of live/ are removed on the strength of it. The trailer is written behind it: a copy
 * of both would be a hundred megabytes.
 */
export async function writeSnapshotFile(disk: Disk, file: string, database: Uint8Array): Promise<void> {
  await replaceFile(disk, file, [database, trailerOf(database)]);
}

/** Whether a file of the home is a snapshot of another schema, or what a killed worker left of one. */
export function isStaleSnapshot(name: string, schema: number): boolean {
  return /^state\.v\d+\.sqlite/.test(name) && name !== `state.v${schema}.sqlite`;
}

function trailerOf(database: Uint8Array): Buffer {
  const trailer = Buffer.alloc(trailerLength);
  mark.copy(trailer);
  trailer.writeBigUInt64LE(BigInt(database.length), mark.length);
  trailer.writeUInt32LE(crc32(database), mark.length + 8);
  return trailer;
}

export type SnapshotContent =
  | { readonly bytes: Uint8Array }
  /** No usable file, and why; `missing` when there is none. */
  | { readonly bytes: undefined; readonly reason: string; readonly missing: boolean };

export function readSnapshotFile(disk: Disk, file: string): SnapshotContent {
  let content: Uint8Array;
  try {
    content = disk.readFile(file);
  } catch (error) {
    const missing = isMissing(error);
    return { bytes: undefined, reason: missing ? "there is none" : String(error), missing };
  }
  const length = content.length - trailerLength;
  const database = content.subarray(0, Math.max(0, length));
  if (length < 0 || !trailerOf(database).equals(content.subarray(length))) {
    return { bytes: undefined, reason: "it is torn or damaged: its checksum does not match", missing: false };
  }
  return { bytes: database };
}
