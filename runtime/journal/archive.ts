/** `runs export` and `runs import`: a run in one file, shown and resumed on another machine. Streams both ways. */
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { MillraceError } from "../protocol/errors.ts";
import { homePaths, runPaths } from "../protocol/home.ts";
import { isId } from "../protocol/ids.ts";
import type { FlowReference, WriterIdentity } from "../protocol/records.ts";
import { makeState } from "../protocol/states.ts";
import { type ArchivedFile, bad, isArchived, readArchive, writeArchive } from "./archive-format.ts";
import { isMissing } from "./disk.ts";
import { writeLiveEntry } from "./live.ts";
import { syncFile, walkRun } from "./reading.ts";
import { closeImported } from "./sealing.ts";
import type { Disk } from "./types.ts";

const pieceSize = 1 << 20;

/**
 * Writes the run in `folder` to the file `target`, which appears only when it is whole. Returns the number of files in it.
 * @throws MillraceError "not-found" without a run, "conflict" when `target` exists.
 */
export async function exportRun(
  disk: Disk,
  folder: string,
  target: string,
  now: () => number = Date.now,
): Promise<number> {
  if (existsSync(target)) {
    throw new MillraceError("conflict", `${target} exists: remove it or choose another name`);
  }
  // Journals first: what they refer to is there before their records are.
  const { runId, segments } = walkRun(disk, folder, () => undefined);
  const files = [
    ...segments.map(({ segment, length }) =>
      fileOf(disk, folder, path.basename(runPaths.journal(folder, segment)), length),
    ),
    ...["", "results", "sources"].flatMap((below) => otherFiles(disk, folder, below)),
  ];
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const bytes = writeArchive({ run_id: runId, exported: now() }, files);
    await pipeline(bytes, createGzip(), createWriteStream(temporary, { flags: "wx", mode: 0o600, flush: true }));
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return files.length;
}

/** Logs, results and sources. */
function otherFiles(disk: Disk, folder: string, below: string): ArchivedFile[] {
  let names: string[];
  try {
    names = disk.list(path.join(folder, below));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return names
    .map((name) => (below === "" ? name : `${below}/${name}`))
    .filter((file) => isArchived(file) && !file.startsWith("journal."))
    .map((file) => fileOf(disk, folder, file, disk.size(path.join(folder, file))));
}

function fileOf(disk: Disk, folder: string, file: string, size: number): ArchivedFile {
  return { file, size, pieces: piecesOf(disk, path.join(folder, file), size) };
}

function* piecesOf(disk: Disk, file: string, size: number): Generator<Uint8Array> {
  for (let position = 0; position < size; ) {
    const piece = disk.readRange(file, position, Math.min(pieceSize, size - position));
    if (piece.length === 0) throw new MillraceError("conflict", `${file} became shorter while it was read: try again`);
    yield piece;
    position += piece.length;
  }
}

export interface ImportOptions {
  /** Who imports; stands in the journal. */
  readonly writer: WriterIdentity;
  readonly now?: () => number;
}

/**
 * Brings an exported run into the home and returns its id. What was still running when it was exported is CRASHED here,
 * and can be resumed. Nothing is left behind when it fails.
 * @throws MillraceError "conflict" when the home has this run, "bad-file" when the file is not a sound export.
 */
export async function importRun(disk: Disk, home: string, source: string, options: ImportOptions): Promise<string> {
  let runId = "";
  let staging = "";
  try {
    await pipeline(createReadStream(source), createGunzip(), (bytes: AsyncIterable<Uint8Array>) =>
      readArchive(
        bytes,
        (head) => {
          if (!isId(head.run_id)) throw bad("it names no run");
          runId = head.run_id;
          refuseKnown(disk, home, runId);
          staging = `${homePaths.run(home, runId)}.${process.pid}.import`;
          disk.removeFolder(staging);
          disk.makeFolder(staging);
        },
        (file) => placeArchived(disk, staging, file),
      ),
    );
    await settle(disk, home, runId, staging, options);
    return runId;
  } catch (error) {
    if (staging !== "") disk.removeFolder(staging);
    if (isMissing(error)) throw new MillraceError("not-found", `${source}: there is no such file`, { cause: error });
    if (isZlibError(error)) throw bad("it cannot be unzipped", error);
    throw error;
  }
}

async function placeArchived(disk: Disk, staging: string, { file, size, pieces }: ArchivedFile): Promise<void> {
  const target = path.join(staging, ...file.split("/"));
  disk.makeFolder(path.dirname(target));
  if (disk.exists(target)) throw bad(`it holds ${file} twice`);
  const opened = disk.createExclusive(target);
  try {
    let position = 0;
    for await (const piece of pieces) {
      opened.write(piece, position);
      position += piece.length;
    }
    if (position !== size) throw bad(`${file} is cut short`);
    await opened.sync();
  } finally {
    opened.close();
  }
}

/** Ends what was open, then moves the run to its place, as a whole. */
async function settle(disk: Disk, home: string, runId: string, staging: string, options: ImportOptions): Promise<void> {
  const now = options.now ?? Date.now;
  let flow: FlowReference | undefined;
  const contents = walkRun(disk, staging, (record) => {
    if (record.kind === "flow-run") flow ??= record.flow;
  });
  if (contents.runId !== runId) throw bad(`its journal is of run ${contents.runId}, not of ${runId}`);
  await closeImported(disk, staging, {
    writer: options.writer,
    now,
    state: makeState("CRASHED", now(), { message: "The run had not ended when it was exported" }),
  });
  for (const below of ["results", "sources"]) {
    if (disk.exists(path.join(staging, below))) await disk.syncFolder(path.join(staging, below));
  }
  await disk.syncFolder(staging);
  refuseKnown(disk, home, runId);
  const folder = homePaths.run(home, runId);
  disk.rename(staging, folder);
  for (let at = path.dirname(folder); at !== path.dirname(home); at = path.dirname(at)) await disk.syncFolder(at);
  await announce(disk, home, runId, { ...options.writer, start_time: "imported" }, flow, now());
}

/**
 * An orchestrator finds runs that it does not know in live/. This entry is of a process that is proven gone (no process
 * has that start time), so the run is taken for what it is: ended.
 */
async function announce(
  disk: Disk,
  home: string,
  runId: string,
  writer: WriterIdentity,
  flow: FlowReference | undefined,
  started: number,
): Promise<void> {
  const socket = path.join(homePaths.run(home, runId), "no-socket");
  const about = { flow_name: flow?.name ?? "", file: flow?.file ?? "" };
  await writeLiveEntry(disk, home, { run_id: runId, writer, socket, token: "", ...about, started });
  await syncFile(disk, homePaths.liveRun(home, runId));
  await Promise.all([homePaths.live(home), home].map(disk.syncFolder));
}

function refuseKnown(disk: Disk, home: string, runId: string): void {
  const folder = homePaths.run(home, runId);
  if (!disk.exists(folder)) return;
  throw new MillraceError("conflict", `run ${runId} is already in this home (${folder}): nothing was imported`);
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^Z_/.test(String(error.code));
}
