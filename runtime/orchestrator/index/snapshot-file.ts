/**
 * The snapshot's file: an SQLite database with a few bytes behind it that tell a whole file from a torn or damaged
 * one. SQLite itself ignores them, so any of its tools opens the file.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { isMissing, realDisk } from "../../journal/disk.ts";

const mark = Buffer.from("millrace index 1");
/** The mark, the length as 64 bits, the CRC-32 as 32 bits, both little-endian, 4 bytes left. */
const trailerLength = mark.length + 16;

/** Written beside, synced, renamed: a crash leaves the old snapshot or the new one. */
export async function writeSnapshotFile(file: string, database: Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}.${Date.now()}.tmp`;
  const written = realDisk.createExclusive(temporary);
  try {
    try {
      written.write(database, 0);
      written.write(trailerOf(database), database.length);
      await written.sync();
    } finally {
      written.close();
    }
    realDisk.rename(temporary, file);
  } catch (error) {
    if (realDisk.exists(temporary)) realDisk.remove(temporary);
    throw error;
  }
  await realDisk.syncFolder(path.dirname(file));
}

/** Whether a file of the home is a snapshot of another schema, or what a killed worker left of one. */
export function isStaleSnapshot(name: string, schema: number): boolean {
  return /^state\.v\d+\.sqlite/.test(name) && name !== `state.v${schema}.sqlite`;
}

function trailerOf(database: Uint8Array): Uint8Array {
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

export function readSnapshotFile(file: string): SnapshotContent {
  let content: Buffer<ArrayBuffer>;
  try {
    content = readFileSync(file);
  } catch (error) {
    const missing = isMissing(error);
    return { bytes: undefined, reason: missing ? "there is none" : String(error), missing };
  }
  const length = content.length - trailerLength;
  const database = content.subarray(0, Math.max(0, length));
  if (length < 0 || !content.subarray(length).equals(trailerOf(database))) {
    return { bytes: undefined, reason: "it is torn or damaged: its checksum does not match", missing: false };
  }
  return { bytes: database };
}
