/**
 * Segments of a run's journal. Whoever creates `journal.<n>.ndjson` exclusively is its only writer, until n+1 exists.
 */
import path from "node:path";
import { MillraceError } from "../protocol/errors.ts";
import { runPaths } from "../protocol/home.ts";
import { journalVersion, type SegmentRecord } from "../protocol/records.ts";
import { errorCode } from "./disk.ts";
import { prepareFailureFile } from "./failure.ts";
import type { Disk, DiskFile, JournalWriter, SegmentOptions } from "./types.ts";
import { lineWriter } from "./writer.ts";

/**
 * Makes the run's folder, creates the segment exclusively and writes its header.
 * @throws MillraceError "conflict" when the segment exists.
 */
export function createSegment(
  disk: Disk,
  folder: string,
  runId: string,
  segment: number,
  options: SegmentOptions,
): JournalWriter {
  const made = disk.makeFolder(folder);
  const file = claimSegment(disk, folder, runId, segment);
  try {
    return writeSegment(disk, folder, runId, segment, file, options, { made });
  } catch (error) {
    file.close();
    // A full disk: nobody was told of this run, and a folder without a first line would look like one.
    if (made.length > 0) disk.removeFolder(folder);
    throw error;
  }
}

/** Creates the file of a segment: from here on, whoever wrote n-1 acknowledges nothing more. */
export function claimSegment(disk: Disk, folder: string, runId: string, segment: number): DiskFile {
  try {
    return disk.createExclusive(runPaths.journal(folder, segment));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    throw new MillraceError(
      "conflict",
      `run ${runId} is already being executed by another process: it has journal segment ${segment} in ${folder}`,
      { cause: error },
    );
  }
}

export interface SegmentPlace {
  /** Folders made for this segment, outermost first. */
  readonly made?: readonly string[];
  readonly seals?: SegmentRecord["seals"];
}

/** The writer over a claimed file; its header is written when this returns, durable with the first sync. */
export function writeSegment(
  disk: Disk,
  folder: string,
  runId: string,
  segment: number,
  file: DiskFile,
  options: SegmentOptions,
  place: SegmentPlace = {},
): JournalWriter {
  const durability = options.durability ?? "disk";
  const failureFile = prepareFailureFile(disk, folder, segment);
  const next = runPaths.journal(folder, segment + 1);
  const writer = lineWriter({
    file,
    durability,
    isSealed: () => disk.exists(next),
    subject: `the journal of run ${runId}`,
    wayOut: "then resume the run",
    noteFailure: ({ message }, synced) => failureFile.note({ message, synced }),
    alsoSync: () => Promise.all(foldersToSync(folder, place.made ?? []).map((each) => disk.syncFolder(each))),
  });
  const header: SegmentRecord = {
    kind: "segment",
    run_id: runId,
    segment,
    version: journalVersion,
    reason: options.reason,
    ...(place.seals === undefined ? {} : { seals: place.seals }),
    writer: options.writer,
    at: (options.now ?? Date.now)(),
    ...(durability === "process" ? { durability } : {}),
    ...(options.debugging === true ? { debugging: true } : {}),
  };
  writer.append(header);
  return {
    runId,
    segment,
    get synced() {
      return writer.synced;
    },
    append: writer.append,
    queue: writer.queue,
    write: writer.write,
    commit: writer.commit,
    flush: writer.flush,
    onSynced: writer.onSynced,
    onFailed: writer.onFailed,
    abandon: writer.abandon,
    close: () => writer.close().finally(() => failureFile.close()),
  };
}

/**
 * The folders whose entries lead to the segment. The day's folder and `runs` may have been made a moment ago by
 * another process, or by an earlier writer of this run that was killed before it had synced them: so they count as new.
 */
function foldersToSync(folder: string, made: readonly string[]): string[] {
  const day = path.dirname(folder);
  const runs = path.dirname(day);
  return [...new Set([folder, day, runs, path.dirname(runs), ...made.map((each) => path.dirname(each))])];
}
