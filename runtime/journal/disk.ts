/** The real disk behind the `Disk` seam. Everything made here is for the user alone: files 0600, folders 0700. */
import {
  accessSync,
  close,
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { toError } from "../protocol/errors.ts";
import type { Disk, DiskFile } from "./types.ts";

export const realDisk: Disk = {
  createExclusive: (file) => diskFile(file, openSync(file, "wx+", 0o600)),
  open: (file) => diskFile(file, openSync(file, "r+")),
  readFile: (file) => readFileSync(file),
  readRange,
  exists: (file) => existsSync(file),
  size: (file) => statSync(file).size,
  list: (folder) => readdirSync(folder),
  makeFolder,
  rename: renameStubbornly,
  // Not rmSync, which loads the module that removes trees.
  remove: (file) => unlinkSync(file),
  removeFolder: (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  syncFolder,
};

function diskFile(file: string, descriptor: number): DiskFile {
  return {
    path: file,
    write(data, position) {
      // A write may be short (a signal, a nearly full disk): go on until all is written or the system says why not.
      let written = writeSync(descriptor, data, 0, data.length, position);
      while (written < data.length) {
        written += writeSync(descriptor, data, written, data.length - written, position + written);
      }
    },
    sync: () =>
      new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error)))),
    truncate: (length) => ftruncateSync(descriptor, length),
    size: () => fstatSync(descriptor).size,
    close: () => closeSync(descriptor),
  };
}

function readRange(file: string, position: number, length: number): Uint8Array {
  const descriptor = openSync(file, "r");
  try {
    const wanted = Math.max(0, Math.min(length, fstatSync(descriptor).size - position));
    const bytes = Buffer.allocUnsafe(wanted);
    let read = 0;
    while (read < wanted) {
      const count = readSync(descriptor, bytes, read, wanted - read, position + read);
      if (count === 0) break;
      read += count;
    }
    return bytes.subarray(0, read);
  } finally {
    closeSync(descriptor);
  }
}

function makeFolder(folder: string): string[] {
  let first: string | undefined;
  try {
    first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw isMissing(error) ? (refusalAbove(folder) ?? error) : error;
  }
  if (first === undefined) return [];
  const made: string[] = [];
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    made.unshift(at);
    if (at === path.resolve(first) || at === path.dirname(at)) return made;
  }
}

/** Node says "missing" of a folder that cannot be made on a read-only disk; the folder above it tells why. */
function refusalAbove(folder: string): unknown {
  let above = path.dirname(path.resolve(folder));
  while (!existsSync(above)) above = path.dirname(above);
  try {
    accessSync(above, constants.W_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** On Windows a virus scanner or an indexer may hold the target for a moment; elsewhere the first try decides. */
function renameStubbornly(from: string, to: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const held = ["EPERM", "EACCES", "EBUSY"].includes(errorCode(error) ?? "");
      if (process.platform !== "win32" || !held || attempt === 10) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, attempt * 5);
    }
  }
}

function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return Promise.resolve();
  return new Promise((resolve, reject) => {
    open(folder, "r", (openError, descriptor) => {
      if (openError !== null) return reject(openError);
      fsync(descriptor, (syncError) => {
        close(descriptor, () => {
          // Some file systems have no sync for folders and say so; there is nothing better to do on them.
          if (syncError === null || syncError.code === "EINVAL" || syncError.code === "ENOTSUP") resolve();
          else reject(syncError);
        });
      });
    });
  });
}

/** The system's code of an error ("ENOENT"), if it is one of the system's. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What is wrong with the disk and what to do, for the middle of a sentence. */
export function diskTrouble(error: unknown): string {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT"
    ? "the disk is full; free some space"
    : `${toError(error).message}; see to the disk`;
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT";
}

/** Pieces are written one behind the other: large ones need no copy that holds them all. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

/**
 * Writes a file whole: whoever reads it sees the old content or the new one, also after a crash of the machine. With
 * `durable: false` the crash may leave either, or a file cut short.
 */
export async function replaceFile(
  disk: Disk,
  file: string,
  content: FileContent,
  options: { readonly durable: boolean } = { durable: true },
): Promise<void> {
  await placeFile(disk, file, content, options);
  if (options.durable) await disk.syncFolder(path.dirname(file));
}

/** `replaceFile` without the sync of the folder: after a crash the old file may be back. */
export async function placeFile(
  disk: Disk,
  file: string,
  content: FileContent,
  { durable }: { readonly durable: boolean },
): Promise<void> {
  const temporary = `${file}.${process.pid}.${temporaryCount++}.tmp`;
  const written = disk.createExclusive(temporary);
  try {
    try {
      let at = 0;
      for (const piece of piecesOf(content)) {
        written.write(piece, at);
        at += piece.length;
      }
      if (durable) await written.sync();
    } finally {
      written.close();
    }
    disk.rename(temporary, file);
  } catch (error) {
    if (disk.exists(temporary)) disk.remove(temporary);
    throw error;
  }
}

let temporaryCount = 0;

function piecesOf(content: FileContent): Iterable<Uint8Array> {
  if (typeof content === "string") return [Buffer.from(content)];
  return content instanceof Uint8Array ? [content] : content;
}
