/**
 * A disk in memory that forgets like a real one. Writes and changes of folders are seen at once; only a sync makes
 * them safe. `crash(seed)` gives a disk with one of the states that could be found after the machine went down: of
 * what was not synced, any part may be there - single sectors, torn bytes, a later write without an earlier one, a
 * length without its bytes, a renamed file without its new name.
 */
import path from "node:path";
import type { Disk, DiskFile } from "../../runtime/journal/types.ts";

export interface SyncEvent {
  readonly kind: "file" | "folder";
  readonly path: string;
  /** Counts the syncs of this disk from 0. */
  readonly index: number;
}

/** "swallow": says that it is done and does nothing. "fail": EIO, and what was to be written is gone. */
export type SyncFate = "do" | "swallow" | "fail";

export interface SimulatedDiskOptions {
  /** What becomes of a sync; a promise makes it slow. */
  readonly onSync?: (event: SyncEvent) => SyncFate | Promise<SyncFate>;
}

export interface SimulatedDisk extends Disk {
  /** What may be found after the machine went down now. The same seed gives the same state. */
  crash(seed: number): SimulatedDisk;
  readonly syncs: readonly SyncEvent[];
  /** Bytes by which files may still grow; a write beyond throws ENOSPC. */
  freeSpace: number;
  /** Changes bytes behind everybody's back, also on the disk. */
  damage(file: string, position: number, bytes: Uint8Array): void;
}

interface FileNode {
  readonly kind: "file";
  readonly now: Content;
  readonly safe: Content;
  readonly pending: FileChange[];
}

interface FolderNode {
  readonly kind: "folder";
  readonly now: Map<string, Node>;
  readonly safe: Map<string, Node>;
  readonly pending: FolderChange[];
}

type Node = FileNode | FolderNode;
type FileChange = { readonly position: number; readonly data: Buffer } | { readonly length: number };
/** Names that appear or (undefined) disappear together. */
type FolderChange = readonly (readonly [name: string, node: Node | undefined])[];

/** Bytes beyond those written are NUL, as in a sparse file. */
interface Content {
  bytes: Buffer;
  length: number;
}

const sector = 512;

export function simulatedDisk(options: SimulatedDiskOptions = {}, root: FolderNode = emptyFolder()): SimulatedDisk {
  const syncs: SyncEvent[] = [];

  async function sync(kind: SyncEvent["kind"], at: string, apply: () => void, drop: () => void): Promise<void> {
    const event = { kind, path: at, index: syncs.length };
    syncs.push(event);
    const fate = (await options.onSync?.(event)) ?? "do";
    if (fate === "do") apply();
    if (fate !== "fail") return;
    drop();
    throw systemError("EIO", "sync", at);
  }

  function fileAt(at: string): FileNode {
    const node = nodeAt(root, at);
    if (node === undefined) throw systemError("ENOENT", "open", at);
    if (node.kind === "folder") throw systemError("EISDIR", "open", at);
    return node;
  }

  function folderAt(at: string): FolderNode {
    const node = nodeAt(root, at);
    if (node === undefined) throw systemError("ENOENT", "scandir", at);
    if (node.kind === "file") throw systemError("ENOTDIR", "scandir", at);
    return node;
  }

  function handle(at: string, node: FileNode): DiskFile {
    let open = true;
    const check = () => {
      if (!open) throw systemError("EBADF", "use of a closed file", at);
    };
    return {
      path: at,
      write(data, position) {
        check();
        const growth = Math.max(0, position + data.length - node.now.bytes.length);
        if (growth > disk.freeSpace) {
          // As on a real disk, a part may still have fitted.
          writeContent(node.now, position, data.subarray(0, Math.max(0, disk.freeSpace)));
          throw systemError("ENOSPC", "write", at);
        }
        disk.freeSpace -= growth;
        const change = { position, data: Buffer.from(data) };
        writeContent(node.now, position, change.data);
        node.pending.push(change);
      },
      async sync() {
        check();
        const count = node.pending.length;
        await sync(
          "file",
          at,
          () => {
            for (const change of node.pending.splice(0, count)) applyChange(node.safe, change);
          },
          () => node.pending.splice(0, count),
        );
      },
      truncate(length) {
        check();
        node.pending.push({ length });
        applyChange(node.now, { length });
      },
      size: () => node.now.length,
      close() {
        check();
        open = false;
      },
    };
  }

  const disk: SimulatedDisk = {
    syncs,
    freeSpace: Number.POSITIVE_INFINITY,
    createExclusive(at) {
      const folder = folderAt(path.dirname(at));
      if (folder.now.has(path.basename(at))) throw systemError("EEXIST", "open", at);
      const node: FileNode = { kind: "file", now: emptyContent(), safe: emptyContent(), pending: [] };
      changeFolder(folder, [[path.basename(at), node]]);
      return handle(at, node);
    },
    open: (at) => handle(at, fileAt(at)),
    readFile: (at) => readContent(fileAt(at).now, 0, Number.POSITIVE_INFINITY),
    readRange: (at, position, length) => readContent(fileAt(at).now, position, length),
    exists: (at) => nodeAt(root, at) !== undefined,
    size: (at) => fileAt(at).now.length,
    list: (at) => [...folderAt(at).now.keys()],
    makeFolder(at) {
      const made: string[] = [];
      let folder = root;
      let reached = path.parse(path.resolve(at)).root;
      for (const name of namesOf(at)) {
        reached = path.join(reached, name);
        let next = folder.now.get(name);
        if (next === undefined) {
          next = emptyFolder();
          changeFolder(folder, [[name, next]]);
          made.push(reached);
        }
        if (next.kind === "file") throw systemError("ENOTDIR", "mkdir", at);
        folder = next;
      }
      return made;
    },
    rename(from, to) {
      const node = nodeAt(root, from);
      if (node === undefined) throw systemError("ENOENT", "rename", from);
      const source = folderAt(path.dirname(from));
      const target = folderAt(path.dirname(to));
      if (source === target) {
        changeFolder(source, [
          [path.basename(from), undefined],
          [path.basename(to), node],
        ]);
      } else {
        changeFolder(source, [[path.basename(from), undefined]]);
        changeFolder(target, [[path.basename(to), node]]);
      }
    },
    remove(at) {
      fileAt(at);
      changeFolder(folderAt(path.dirname(at)), [[path.basename(at), undefined]]);
    },
    removeFolder(at) {
      if (nodeAt(root, at) === undefined) return;
      folderAt(at);
      changeFolder(folderAt(path.dirname(at)), [[path.basename(at), undefined]]);
    },
    async syncFolder(at) {
      const folder = folderAt(at);
      const count = folder.pending.length;
      await sync(
        "folder",
        at,
        () => {
          for (const change of folder.pending.splice(0, count)) applyNames(folder.safe, change);
        },
        () => folder.pending.splice(0, count),
      );
    },
    crash: (seed) => simulatedDisk({}, survivorOf(root, random(seed))),
    damage(at, position, bytes) {
      const node = fileAt(at);
      writeContent(node.now, position, bytes);
      writeContent(node.safe, position, bytes);
    },
  };
  return disk;
}

function emptyFolder(): FolderNode {
  return { kind: "folder", now: new Map(), safe: new Map(), pending: [] };
}

function emptyContent(): Content {
  return { bytes: Buffer.alloc(0), length: 0 };
}

function namesOf(at: string): string[] {
  return path
    .resolve(at)
    .slice(path.parse(path.resolve(at)).root.length)
    .split(path.sep)
    .filter(Boolean);
}

function nodeAt(root: FolderNode, at: string): Node | undefined {
  let node: Node | undefined = root;
  for (const name of namesOf(at)) {
    if (node?.kind !== "folder") return undefined;
    node = node.now.get(name);
  }
  return node;
}

function changeFolder(folder: FolderNode, change: FolderChange): void {
  folder.pending.push(change);
  applyNames(folder.now, change);
}

function applyNames(entries: Map<string, Node>, change: FolderChange): void {
  for (const [name, node] of change) {
    if (node === undefined) entries.delete(name);
    else entries.set(name, node);
  }
}

function applyChange(content: Content, change: FileChange): void {
  if ("data" in change) {
    writeContent(content, change.position, change.data);
    return;
  }
  content.length = change.length;
  if (content.bytes.length > change.length) content.bytes = content.bytes.subarray(0, change.length);
}

function writeContent(content: Content, position: number, data: Uint8Array): void {
  const end = position + data.length;
  if (end > content.bytes.length) {
    content.bytes = Buffer.concat([content.bytes, Buffer.alloc(end - content.bytes.length)]);
  }
  content.bytes.set(data, position);
  content.length = Math.max(content.length, end);
}

function readContent(content: Content, position: number, length: number): Buffer {
  const result = Buffer.alloc(Math.max(0, Math.min(length, content.length - position)));
  if (position < content.bytes.length) content.bytes.copy(result, 0, position, position + result.length);
  return result;
}

/** What is left of a folder and all below it, and what of it nobody can lose any more. */
function survivorOf(root: FolderNode, next: () => number): FolderNode {
  const survivors = new Map<Node, Node>();

  function survive(node: Node): Node {
    const known = survivors.get(node);
    if (known !== undefined) return known;
    if (node.kind === "file") {
      const content = survivingContent(node, next);
      const file: FileNode = { kind: "file", now: content, safe: { ...content }, pending: [] };
      file.safe.bytes = Buffer.from(content.bytes);
      survivors.set(node, file);
      return file;
    }
    return surviveFolder(node);
  }

  function surviveFolder(node: FolderNode): FolderNode {
    const folder = emptyFolder();
    survivors.set(node, folder);
    const entries = new Map(node.safe);
    const chance = oneOf([0, 0.5, 1], next);
    for (const change of node.pending) if (next() < chance) applyNames(entries, change);
    for (const [name, entry] of entries) {
      const survivor = survive(entry);
      folder.now.set(name, survivor);
      folder.safe.set(name, survivor);
    }
    return folder;
  }

  return surviveFolder(root);
}

function survivingContent(node: FileNode, next: () => number): Content {
  const content: Content = { bytes: Buffer.from(node.safe.bytes), length: node.safe.length };
  const chance = oneOf([0, 0.5, 0.9, 1], next);
  const sizesSurvive = next() < 0.7;
  for (const change of node.pending) {
    if ("length" in change) {
      if (next() < chance) applyChange(content, change);
      continue;
    }
    const { length } = content;
    for (const [start, end] of survivingParts(change.position, change.data.length, chance, next)) {
      writeContent(content, change.position + start, change.data.subarray(start, end));
    }
    // Bytes beyond a length that was lost cannot be seen.
    if (!sizesSurvive) applyChange(content, { length });
  }
  return content;
}

/** The parts of one write that reached the disk, as offsets into its data: by sectors, one of which may be torn. */
function survivingParts(position: number, length: number, chance: number, next: () => number): [number, number][] {
  const parts: [number, number][] = [];
  for (let start = 0; start < length; ) {
    const end = Math.min(length, start + sector - ((position + start) % sector));
    if (next() < chance) parts.push([start, next() < 0.2 ? start + Math.floor(next() * (end - start)) : end]);
    start = end;
  }
  return parts;
}

function oneOf<T>(choices: readonly [T, ...T[]], next: () => number): T {
  return choices[Math.floor(next() * choices.length)] ?? choices[0];
}

/** Mulberry32: numbers from 0 to 1 that follow from the seed. */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function systemError(code: string, call: string, at: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${at}'`), { code, path: at });
}
