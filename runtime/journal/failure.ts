/**
 * Why a writer gave up and how far it had come, in a small file that is written out in advance: on a full disk there is
 * no room for a new one, but the bytes of an old one can be overwritten in place.
 *
 * What stands behind the bytes it calls synced was never acknowledged and does not count: after a failed sync the
 * system may show it and have dropped it all the same, and a later sync of it would say nothing.
 */
import path from "node:path";
import { isMissing } from "./disk.ts";
import type { Disk } from "./types.ts";

const size = 1024;

export function failurePath(folder: string, segment: number): string {
  return path.join(folder, `failure.${segment}`);
}

export interface Failure {
  readonly message: string;
  /** Bytes of the segment that were synced. */
  readonly synced: number;
}

export interface FailureFile {
  /** Overwrites the file in place; a message that does not fit is cut. */
  note(failure: Failure): void;
  /** Closes it, and removes it when nothing was noted. */
  close(): void;
}

export function prepareFailureFile(disk: Disk, folder: string, segment: number): FailureFile {
  const file = disk.createExclusive(failurePath(folder, segment));
  file.write(Buffer.alloc(size, " "), 0);
  let noted = false;
  return {
    note({ message, synced }) {
      noted = true;
      file.write(Buffer.from(`${synced} ${message}`).subarray(0, size), 0);
      file.sync().catch(() => undefined);
    },
    close() {
      file.close();
      if (!noted) disk.remove(file.path);
    },
  };
}

/** What the writer of this segment noted, if it did. */
export function readFailure(disk: Disk, folder: string, segment: number): Failure | undefined {
  try {
    const text = Buffer.from(disk.readFile(failurePath(folder, segment)))
      .toString("utf8")
      .replaceAll("\0", " ")
      .trim();
    const [, synced, message] = /^(\d+) (.*)$/s.exec(text) ?? [];
    return message === undefined ? undefined : { message, synced: Number(synced) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
