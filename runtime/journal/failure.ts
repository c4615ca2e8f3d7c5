/**
 * Why a writer gave up, in a small file that is written out in advance: on a full disk there is no room for a new one,
 * but the bytes of an old one can be overwritten in place.
 */
import path from "node:path";
import { isMissing } from "./disk.ts";
import type { Disk } from "./types.ts";

const size = 1024;

export function failurePath(folder: string, segment: number): string {
  return path.join(folder, `failure.${segment}`);
}

export interface FailureFile {
  /** Overwrites the file in place; a text that does not fit is cut. */
  note(text: string): void;
  /** Closes it, and removes it when nothing was noted. */
  close(): void;
}

export function prepareFailureFile(disk: Disk, folder: string, segment: number): FailureFile {
  const file = disk.createExclusive(failurePath(folder, segment));
  file.write(Buffer.alloc(size, " "), 0);
  let noted = false;
  return {
    note(text) {
      noted = true;
      file.write(Buffer.from(text).subarray(0, size), 0);
      file.sync().catch(() => undefined);
    },
    close() {
      file.close();
      if (!noted) disk.remove(file.path);
    },
  };
}

/** What the writer of this segment noted, if it did. */
export function readFailure(disk: Disk, folder: string, segment: number): string | undefined {
  try {
    const text = Buffer.from(disk.readFile(failurePath(folder, segment)))
      .toString("utf8")
      .replaceAll("\0", " ")
      .trim();
    return text === "" ? undefined : text;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
