/** The seams of the journal room. Implementations: real disk, simulated disk (tests), memory (millrace/testing). */
import type { MillraceError } from "../protocol/errors.ts";
import type {
  JournalRecord,
  PositionedRecord,
  SegmentRecord,
  ValueRecord,
  WriterIdentity,
} from "../protocol/records.ts";

/**
 * Everything durable goes through here. Folder operations and writes are synchronous (they end in the page cache);
 * syncs are asynchronous on the callback API, so that timers and group commit go on meanwhile.
 */
export interface Disk {
  /** Creates the file; throws an error with code EEXIST when it is there. Mode 0600. */
  createExclusive(path: string): DiskFile;
  /** Opens an existing file for reading and writing. */
  open(path: string): DiskFile;
  readFile(path: string): Uint8Array;
  /** Up to `length` bytes from `position`; fewer at the end of the file. */
  readRange(path: string, position: number, length: number): Uint8Array;
  exists(path: string): boolean;
  size(path: string): number;
  list(folder: string): string[];
  /** Creates missing parents too, mode 0700; returns the folders that were new, outermost first. */
  makeFolder(path: string): string[];
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): void;
  /** A file. */
  remove(path: string): void;
  /** A folder and all in it; nothing happens when it is not there. */
  removeFolder(path: string): void;
  /** Makes creations, renames and removals within the folder durable. Nothing on Windows. */
  syncFolder(path: string): Promise<void>;
}

export interface DiskFile {
  readonly path: string;
  /** Writes all of `data` at `position` (bytes from the start). */
  write(data: Uint8Array, position: number): void;
  /** fdatasync. */
  sync(): Promise<void>;
  /** Sets the length: shorter cuts, longer makes a sparse tail of NULs. */
  truncate(length: number): void;
  size(): number;
  close(): void;
}

/** The one writer of one segment. */
export interface JournalWriter {
  readonly runId: string;
  readonly segment: number;
  /** Bytes of this segment known to be on the disk. */
  readonly synced: number;
  /** Written at once (or after the sync under way), durable with the next sync. Throws once the writer has failed. */
  append(record: JournalRecord): void;
  /**
   * Taken in; written with the next `append`, `commit` or `write`, or earlier. For records of what has not begun yet:
   * many of them go out in one write. Throws once the writer has failed.
   */
  queue(record: JournalRecord): void;
  /** Writes what is queued, as `append` would have. Throws once the writer has failed. */
  write(): void;
  /**
   * Appends and resolves when the record and all before it are durable and the segment is still ours.
   * Rejects with MillraceError "journal-lost" when another writer has sealed this segment, "journal-failed" when a
   * sync or write failed; both are final for the writer.
   */
  commit(record: JournalRecord): Promise<void>;
  /** Resolves when everything appended so far is durable. */
  flush(): Promise<void>;
  /** Called after each sync with the new length. */
  onSynced(listener: (offset: number) => void): void;
  /** Called once, when the writer fails or is sealed by another. */
  onFailed(listener: (error: Error) => void): void;
  /**
   * Gives up for a reason that is not the segment's own: what must be durable beside it is not. Noted like a failed
   * sync, and as final.
   */
  abandon(error: MillraceError): void;
  /** Flushes, cuts the sparse tail and closes. */
  close(): Promise<void>;
}

/** What reading a run's folder gives. */
export interface RunContents {
  readonly runId: string;
  readonly segments: readonly SegmentContents[];
  /** All records that count, in order. */
  readonly records: readonly PositionedRecord[];
  /** Corruption and other oddities, each with file and byte offset; empty for a sound run. */
  readonly problems: readonly JournalProblem[];
}

export interface SegmentContents {
  readonly segment: number;
  readonly header: SegmentRecord | undefined;
  /** Bytes that count: up to the last sound batch, or to where the next segment sealed it. */
  readonly length: number;
  /** Bytes cut off behind `length` because the last batch was torn. */
  readonly torn: number;
  /** Why the writer of this segment gave up (full disk, failed sync), as it wrote it down itself. */
  readonly failure?: string;
}

export interface JournalProblem {
  readonly file: string;
  readonly offset: number;
  readonly message: string;
}

/** Keeps values that cross task borders. Small ones stand inline, larger ones in results/<sha256>. */
export interface ValueStore {
  /**
   * Resolves when the value is as durable as its record will be (files are written, synced and renamed first).
   * Throws MillraceError "result-not-kept" naming the path inside the value when it holds something that cannot be kept.
   * Synchronous for inline values: returns the record itself.
   */
  keep(value: unknown, what: string): ValueRecord | Promise<ValueRecord>;
  /** Throws MillraceError "not-found" when the file is missing or does not match its hash. */
  read(record: ValueRecord): unknown;
  /** Whether `read` would succeed, checking size and hash. */
  verify(record: ValueRecord): boolean;
}

export interface SegmentOptions {
  readonly reason: SegmentRecord["reason"];
  readonly writer: WriterIdentity;
  /** "process": no sync, survives a crash of the process but not of the machine. */
  readonly durability?: "disk" | "process";
  readonly debugging?: boolean;
  readonly now?: () => number;
}
