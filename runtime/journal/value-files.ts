/** Files named by the hash of their content. They may be as large as the disk: none is read into memory whole. */
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { newId } from "../protocol/ids.ts";
import { sha256 } from "../protocol/sha256.ts";
import { isMissing, placeFile } from "./disk.ts";
import type { Disk } from "./types.ts";

const pieceSize = 4 * 1024 * 1024;

/** Whether the file has this size and this content. */
export function holds(disk: Disk, file: string, expected: string, size: number): boolean {
  if (!disk.exists(file) || disk.size(file) !== size) return false;
  try {
    if (size <= pieceSize) return sha256(disk.readFile(file), "hex") === expected;
    const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
    for (const piece of piecesOf(disk, file, size)) hash.update(piece);
    return hash.digest("hex") === expected;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Writes a copy and syncs it; its folder's entry is not synced. */
export function copyFile(disk: Disk, from: string, to: string, size: number): Promise<void> {
  return placeFile(disk, to, piecesOf(disk, from, size), { durable: true });
}

function* piecesOf(disk: Disk, file: string, size: number): Generator<Uint8Array> {
  for (let position = 0; position < size; ) {
    const piece = disk.readRange(file, position, Math.min(pieceSize, size - position));
    if (piece.length === 0) return;
    yield piece;
    position += piece.length;
  }
}

/** A folder for the files of values that are kept in memory; it is made when there is one, and goes with the process. */
export function temporaryResults(): { readonly folder: string; make(): void } {
  const folder = path.join(tmpdir(), `millrace-${newId()}`);
  let isMade = false;
  return {
    folder,
    make() {
      if (isMade) return;
      isMade = true;
      mkdirSync(folder, { mode: 0o700 });
      process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    },
  };
}
