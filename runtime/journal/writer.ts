/**
 * Appends lines to one file with group commit. What must hold:
 * - A batch is everything written between two syncs; the next batch is written only after the sync of this one returned.
 * - A line is acknowledged after its batch is synced and after a look that nobody has sealed the file meanwhile.
 * - The first failure is final: nothing is acknowledged any more and no sync is tried again, because a system that
 *   failed a sync may have dropped the dirty pages and call the next sync a success.
 * - What nobody commits is synced by itself within about 20 ms.
 */
import { MillraceError } from "../protocol/errors.ts";
import { diskTrouble } from "./disk.ts";
import { lineBuffer } from "./lines.ts";
import type { DiskFile } from "./types.ts";
import { bornHandled, makeWaiter, type Waiter } from "./waiter.ts";

export interface LineWriterOptions {
  /** Created exclusively for this writer; empty. */
  readonly file: DiskFile;
  /** Whether another writer has taken over: then nothing is acknowledged any more. */
  readonly isSealed: () => boolean;
  /** "process": no sync at all. */
  readonly durability: "disk" | "process";
  /** What else must be durable before the first acknowledgement (new folders, the failure file). */
  readonly alsoSync?: () => Promise<unknown>;
  /** "the journal of run …": begins the sentence of an error. */
  readonly subject: string;
  /** What to do once the disk is well again; ends that sentence: "then resume the run". */
  readonly wayOut: string;
  /** Called with the reason and the bytes synced before anybody is told, once, when a write or sync failed. */
  readonly noteFailure?: (error: MillraceError, synced: number) => void;
}

export interface LineWriter {
  readonly synced: number;
  append(record: object): void;
  queue(record: object): void;
  write(): void;
  commit(record: object): Promise<void>;
  flush(): Promise<void>;
  onSynced(listener: (offset: number) => void): void;
  onFailed(listener: (error: Error) => void): void;
  /** What must be durable beside the lines is not: noted and final like a failed sync. */
  abandon(error: MillraceError): void;
  /** Flushes, cuts the tail grown ahead, closes. Rejects when the writer had failed or fails now; closed in any case. */
  close(): Promise<void>;
}

/** The file is grown (sparsely) this far ahead, so that a sync need not write a new length each time. */
const growth = 1 << 20;
/** How long an uncommitted line may wait for its sync, in milliseconds; a sync takes some more. */
const lingering = 10;
/** Queued bytes that are worth a write of their own: a thousand starts in one turn need not stand in memory. */
const queuedBytes = 1 << 16;

export function lineWriter(options: LineWriterOptions): LineWriter {
  const { file, isSealed, durability, subject } = options;
  const syncedListeners: ((offset: number) => void)[] = [];
  const failedListeners: ((error: Error) => void)[] = [];
  const queue = lineBuffer();
  let nextSeq = 0;
  /** Seq of the first line not covered by a sync that is done or under way; -1: there is none. */
  let batch = -1;
  let end = 0;
  let grown = 0;
  let synced = 0;
  let syncing = false;
  let first = true;
  let waiting: Waiter | undefined;
  let syncWaiting: Waiter | undefined;
  let failure: MillraceError | undefined;
  let closing: Promise<void> | undefined;
  let lingerTimer: NodeJS.Timeout | undefined;
  let lingers = false;

  function enqueue(record: object): void {
    if (failure !== undefined) throw failure;
    if (closing !== undefined) throw new MillraceError("internal", `${subject} is closed: nothing can be added`);
    const json = JSON.stringify(record);
    if (batch < 0) batch = nextSeq;
    queue.add(json, batch, nextSeq++);
  }

  function writeOut(): void {
    if (queue.length === 0) return;
    let at = end;
    try {
      if (end + queue.length > grown) {
        grown = end + queue.length + growth;
        file.truncate(grown);
      }
      for (const piece of queue.pieces()) {
        file.write(piece, at);
        at += piece.length;
      }
    } catch (error) {
      throw fail(error, "written");
    }
    end = at;
    queue.clear();
  }

  function startSync(): void {
    writeOut();
    syncing = true;
    syncWaiting = waiting;
    waiting = undefined;
    batch = -1;
    const upTo = end;
    if (durability === "process") {
      finishSync(upTo);
      return;
    }
    const done = first && options.alsoSync !== undefined ? Promise.all([file.sync(), options.alsoSync()]) : file.sync();
    done.then(
      () => finishSync(upTo),
      (error: unknown) => fail(error, "synced"),
    );
  }

  function finishSync(upTo: number): void {
    syncing = false;
    if (failure !== undefined) return;
    first = false;
    if (isSealed()) {
      stop(new MillraceError("journal-lost", `${subject} was taken over by another process: this one stops`));
      return;
    }
    synced = upTo;
    const acknowledged = syncWaiting;
    syncWaiting = undefined;
    acknowledged?.resolve();
    for (const listener of syncedListeners) listener(upTo);
    if (batch < 0 || syncing) return;
    try {
      if (waiting !== undefined) startSync();
      else {
        writeOut();
        linger();
      }
    } catch {
      // writeOut has told everybody who waits.
    }
  }

  function write(): void {
    if (failure !== undefined) throw failure;
    if (syncing || queue.length === 0) return;
    writeOut();
    linger();
  }

  function linger(): void {
    if (lingers) return;
    lingers = true;
    if (lingerTimer === undefined) lingerTimer = setTimeout(lingered, lingering).unref();
    else lingerTimer.refresh();
  }

  function lingered(): void {
    lingers = false;
    if (failure !== undefined || syncing || batch < 0) return;
    try {
      startSync();
    } catch {
      // writeOut has told everybody who waits.
    }
  }

  function fail(error: unknown, what: "written" | "synced"): MillraceError {
    const failed = new MillraceError(
      "journal-failed",
      `${subject} could not be ${what} (${file.path}): ${diskTrouble(error)}, ${options.wayOut}`,
      { cause: error },
    );
    return giveUp(failed);
  }

  function giveUp(error: MillraceError): MillraceError {
    if (failure === undefined) {
      try {
        options.noteFailure?.(error, synced);
      } catch {
        // The disk that failed may refuse this too; those who wait are told all the same.
      }
    }
    return stop(error);
  }

  function stop(error: MillraceError): MillraceError {
    if (failure !== undefined) return failure;
    failure = error;
    clearTimeout(lingerTimer);
    syncWaiting?.reject(error);
    waiting?.reject(error);
    syncWaiting = undefined;
    waiting = undefined;
    for (const listener of failedListeners) listener(error);
    return error;
  }

  function flush(): Promise<void> {
    if (failure !== undefined) return bornHandled(Promise.reject(failure));
    if (batch >= 0) {
      waiting ??= makeWaiter();
      const { promise } = waiting;
      if (!syncing) startOrReject();
      return promise;
    }
    if (!syncing) return Promise.resolve();
    syncWaiting ??= makeWaiter();
    return syncWaiting.promise;
  }

  function startOrReject(): void {
    try {
      startSync();
    } catch {
      // writeOut has rejected what waits.
    }
  }

  return {
    get synced() {
      return synced;
    },
    append(record) {
      enqueue(record);
      // Not a turn later: the code of the task that this record announces may block or end the process in this turn.
      write();
    },
    queue(record) {
      enqueue(record);
      if (queue.length > queuedBytes) write();
    },
    write,
    commit(record) {
      try {
        enqueue(record);
      } catch (error) {
        return bornHandled(Promise.reject(error));
      }
      waiting ??= makeWaiter();
      const { promise } = waiting;
      if (!syncing) startOrReject();
      return promise;
    },
    flush,
    onSynced: (listener) => void syncedListeners.push(listener),
    onFailed: (listener) => {
      if (failure === undefined) failedListeners.push(listener);
      else listener(failure);
    },
    abandon: (error) => void giveUp(error),
    close() {
      if (closing !== undefined) return closing;
      const flushed = flush();
      closing = flushed.then(
        () => {
          clearTimeout(lingerTimer);
          try {
            // Cutting is a convenience: a reader stops at the first NUL anyway.
            if (grown > end) file.truncate(end);
          } finally {
            file.close();
          }
        },
        (error: unknown) => {
          file.close();
          throw error;
        },
      );
      return bornHandled(closing);
    },
  };
}
