/**
 * Files that are whole or absent: written beside their place under another name, synced, then renamed. A task whose
 * completion is recorded must find its file after a power cut too, so file and folder are synced before the rename counts.
 */
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { newId } from "../../protocol/ids.ts";

/** Runs `write` on a new file that takes the place of `file` when `write` is done, and goes away when it fails. */
export async function replaceFile<T>(
  file: string,
  write: (handle: FileHandle, part: string) => Promise<T>,
): Promise<T> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  return replaceFileFrom(path.join(folder, partName()), file, write);
}

/** The name of a file that is being written; listings leave these out. */
export function partName(): string {
  return `.${newId()}.part`;
}

export function isPartName(name: string): boolean {
  return /^\.[0-9a-f-]{36}\.part$/.test(name);
}

async function replaceFileFrom<T>(
  part: string,
  file: string,
  write: (handle: FileHandle, part: string) => Promise<T>,
): Promise<T> {
  const handle = await open(part, "wx");
  let result: T;
  try {
    try {
      result = await write(handle, part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
  return result;
}

/** Makes a rename in the folder durable. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
