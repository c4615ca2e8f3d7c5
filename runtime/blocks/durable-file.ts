/**
 * Files that are whole or absent: written beside their place under another name, synced, then renamed. A task whose
 * completion is recorded must find its file after a power cut too, so file and folder are synced before the rename counts.
 */
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { idTime, newId } from "../protocol/ids.ts";
import { lazyNode } from "../system/lazy-node.ts";

/** Runs `write` on a new file that takes the place of `file` when `write` is done, and goes away when it fails. */
export async function replaceFile<T>(file: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const folder = path.dirname(file);
  await lazyNode.files.mkdir(folder, { recursive: true });
  await sweep(folder);
  const part = path.join(folder, `.${newId()}.part`);
  const handle = await lazyNode.files.open(part, "wx");
  let result: T;
  try {
    try {
      result = await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await moveOver(part, file);
  } catch (error) {
    await lazyNode.files.rm(part, { force: true });
    throw error;
  }
  await syncFolder(folder);
  return result;
}

/**
 * Like `replaceFile`, for what writes a file by its path. Files beside the part with one of these endings go away with it.
 */
export async function replacePath<T>(
  file: string,
  write: (part: string) => Promise<T>,
  endings: readonly string[] = [],
): Promise<T> {
  const folder = path.dirname(file);
  await lazyNode.files.mkdir(folder, { recursive: true });
  await sweep(folder);
  const part = path.join(folder, `.${newId()}.part`);
  let result: T;
  try {
    result = await write(part);
    const handle = await lazyNode.files.open(part, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await moveOver(part, file);
  } catch (error) {
    await lazyNode.files.rm(part, { force: true });
    throw error;
  } finally {
    for (const ending of endings) await lazyNode.files.rm(part + ending, { force: true });
  }
  await syncFolder(folder);
  return result;
}

/** What `intoFile` asks of an open file. */
export interface OpenFile {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
  writev(pieces: readonly Uint8Array[]): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
}

/** Bytes that wait for the disk while others are written. */
const keptBack = 1024 * 1024;
/** Bytes after which the disk is told to take what is written, while more is written: at the end little is left to wait for. */
const syncEvery = 64 * 1024 * 1024;

/**
 * The end of a pipeline that writes into an open file; `onBytes` hears how many there are so far. The file's own
 * stream would close the handle, which still has to be synced, or without closing it never end the pipeline.
 * While some pieces are written the next are taken, and go together: for a piece of a network's size the way to the
 * disk's thread and back takes longer than the writing.
 */
export function intoFile(handle: OpenFile, onBytes: (bytes: number) => void = () => {}) {
  return async (source: AsyncIterable<Uint8Array | string>): Promise<void> => {
    let bytes = 0;
    let kept: Uint8Array[] = [];
    let keptBytes = 0;
    let isWriting = false;
    let writing: Promise<void> = Promise.resolve();
    let synced = 0;
    let syncing: Promise<void> | undefined;
    const sync = async () => {
      synced = bytes;
      await handle.datasync();
      syncing = undefined;
    };
    const write = async (pieces: readonly Uint8Array[]) => {
      isWriting = true;
      try {
        bytes += await writePieces(handle, pieces);
        onBytes(bytes);
        // On a busy disk one takes long: writing goes on meanwhile. Its failure is heard of at the end.
        if (syncing !== undefined || bytes - synced < syncEvery) return;
        syncing = sync();
        syncing.catch(() => {});
      } finally {
        isWriting = false;
      }
    };
    const writeKept = () => {
      writing = write(kept);
      // The next turn hears of a failure; until then nobody may.
      writing.catch(() => {});
      kept = [];
      keptBytes = 0;
    };
    try {
      for await (const chunk of source) {
        const piece = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
        kept.push(piece);
        keptBytes += piece.length;
        if (isWriting && keptBytes < keptBack) continue;
        await writing;
        writeKept();
      }
    } finally {
      // Also when the source has failed: the handle is closed after this.
      await Promise.allSettled([writing, syncing]);
    }
    await writing;
    if (kept.length > 0) await write(kept);
    await syncing;
  };
}

async function writePieces(handle: OpenFile, pieces: readonly Uint8Array[]): Promise<number> {
  const total = pieces.reduce((sum, { length }) => sum + length, 0);
  let { bytesWritten: done } = await handle.writev(pieces);
  if (done === total) return total;
  for (const piece of pieces) {
    const rest = piece.subarray(done);
    done = Math.max(0, done - piece.length);
    if (rest.length > 0) await writeAll(handle, rest);
  }
  return total;
}

/** Writes all of the bytes where the file is; a single write may take only some of them. Returns their number. */
export async function writeAll(handle: Pick<OpenFile, "write">, bytes: Uint8Array): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten;
  }
  return bytes.length;
}

/** The name of a file that is being written, or was when its process died; listings leave these out. */
export function isPartName(name: string): boolean {
  return /^\.[0-9a-f-]{36}\.part$/.test(name);
}

const swept = new Set<string>();

/** Removes what processes that were killed have left here: parts older than a day. Looks once per folder and process. */
async function sweep(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  const yesterday = Date.now() - 86_400_000;
  for (const name of await lazyNode.files.readdir(folder)) {
    if (isPartName(name) && idTime(name.slice(1)) < yesterday)
      await lazyNode.files.rm(path.join(folder, name), { force: true });
  }
}

/** On Windows a file that somebody reads (a virus scanner will) cannot be replaced at that moment: a little later it can. */
export async function moveOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await lazyNode.files.rename(from, to);
      return;
    } catch (thrown) {
      const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
      const locked = code === "EPERM" || code === "EACCES" || code === "EBUSY";
      if (process.platform !== "win32" || !locked || attempt === 10) throw thrown;
      await wait(20 * attempt);
    }
  }
}

/** Makes a rename in the folder durable. Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await lazyNode.files.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
