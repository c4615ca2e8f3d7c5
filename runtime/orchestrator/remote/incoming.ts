/**
 * Files of runs that go on elsewhere, as they come in by byte ranges. What is answered is what is on the disk here: a
 * journal that was open when the machine went down is read again up to its last sound line, and the rest comes anew.
 */
import path from "node:path";
import { isArchived } from "../../journal/archive-format.ts";
import { isMissing } from "../../journal/disk.ts";
import { scanLines } from "../../journal/scan.ts";
import type { Disk, DiskFile } from "../../journal/types.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { segmentOf } from "../../protocol/home.ts";
import type { ShippedPiece } from "../../protocol/workers.ts";

/** The folder that a run's files come into. */
export interface Incoming {
  readonly folder: string;
  /** Where each file that is not complete stands, by its name in the folder. */
  offset(file: string): number;
  /** Takes the piece in; not durable before `sync`. What lies behind a gap is left for later. */
  write(piece: Pick<ShippedPiece, "file" | "offset" | "size">, data: Uint8Array): void;
  sync(): Promise<void>;
  close(): void;
}

interface OpenFile {
  readonly file: DiskFile;
  offset: number;
  dirty: boolean;
  isComplete: boolean;
  /** The name it gets when it is complete. */
  readonly target: string | undefined;
}

/** Names in a run's folder that a worker may fill. @throws MillraceError "bad-usage" for any other. */
export function checkShippedName(file: string): void {
  if (!isArchived(file)) throw new MillraceError("bad-usage", `file: "${file}" is no file of a run.`);
}

/** Results and sources that are wholly there. */
export function wholeFiles(disk: Disk, folder: string): string[] {
  return ["results", "sources"].flatMap((below) =>
    listOrNone(disk, path.join(folder, below))
      .map((name) => `${below}/${name}`)
      .filter(isArchived),
  );
}

function listOrNone(disk: Disk, folder: string): string[] {
  try {
    return disk.list(folder);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

export function openIncoming(disk: Disk, folder: string): Incoming {
  const open = new Map<string, OpenFile>();
  const newFolders = new Set<string>();
  let changedFolders = new Set<string>();

  const makeFolder = (at: string): void => {
    for (const made of disk.makeFolder(at)) {
      newFolders.add(path.dirname(made));
      newFolders.add(made);
    }
  };

  const openFile = (name: string, isWhole: boolean): OpenFile => {
    const known = open.get(name);
    if (known !== undefined) return known;
    const target = path.join(folder, ...name.split("/"));
    makeFolder(path.dirname(target));
    const at = isWhole ? `${target}.part` : target;
    const exists = disk.exists(at);
    const file = exists ? disk.open(at) : disk.createExclusive(at);
    if (!exists) changedFolders.add(path.dirname(at));
    let offset = 0;
    if (exists && !isWhole) {
      offset = trustedEnd(disk, at, name);
      file.truncate(offset);
    }
    const opened: OpenFile = { file, offset, dirty: false, isComplete: false, target: isWhole ? target : undefined };
    open.set(name, opened);
    return opened;
  };

  const isThere = (name: string): boolean => disk.exists(path.join(folder, ...name.split("/")));

  return {
    folder,
    offset(name) {
      const isWhole = name.includes("/");
      if (isWhole && isThere(name)) return Number.MAX_SAFE_INTEGER;
      if (open.has(name)) return open.get(name)?.offset ?? 0;
      return !isWhole && isThere(name) ? openFile(name, false).offset : 0;
    },
    write({ file: name, offset, size }, data) {
      const isWhole = size !== undefined;
      if (isWhole && isThere(name)) return;
      const file = openFile(name, isWhole);
      // A log whose middle was cut out is told again from its beginning.
      if (offset === 0 && segmentOf(name) === undefined && !isWhole && file.offset > 0) {
        file.file.truncate(0);
        file.offset = 0;
      }
      if (offset > file.offset) return;
      const fresh = data.subarray(file.offset - offset);
      file.file.write(fresh, file.offset);
      file.offset += fresh.length;
      file.dirty = true;
      file.isComplete = file.offset === size;
    },
    async sync() {
      const whole = [...open].filter(([, file]) => file.target !== undefined && file.isComplete);
      const dirty = [...open.values()].filter((file) => file.dirty);
      for (const file of dirty) file.dirty = false;
      await Promise.all(dirty.map(({ file }) => file.sync()));
      for (const [name, { file, target }] of whole) {
        file.close();
        open.delete(name);
        disk.rename(file.path, target ?? file.path);
        changedFolders.add(path.dirname(file.path));
      }
      const folders = new Set([...newFolders, ...changedFolders]);
      newFolders.clear();
      changedFolders = new Set();
      await Promise.all([...folders].map((each) => disk.syncFolder(each)));
    },
    close() {
      for (const { file } of open.values()) file.close();
      open.clear();
    },
  };
}

/** Up to where a file can be trusted that was open when this machine or process went down. */
function trustedEnd(disk: Disk, file: string, name: string): number {
  if (segmentOf(name) !== undefined) {
    const { end, bad } = scanLines(disk, file, () => undefined);
    return bad[0]?.offset ?? end;
  }
  // Lines of a log carry no checksums: it is taken when its last line is one.
  const size = disk.size(file);
  const tail = Buffer.from(disk.readRange(file, Math.max(0, size - tailBytes), tailBytes));
  const end = tail.lastIndexOf(0x0a);
  const start = tail.lastIndexOf(0x0a, end - 1) + 1;
  try {
    if (end >= 0) JSON.parse(tail.toString("utf8", start, end));
    return end < 0 ? 0 : size - tail.length + end + 1;
  } catch {
    return 0;
  }
}

const tailBytes = 1 << 20;
