/**
 * Who owns a home: the creator of the highest owner.<n>. A new owner creates n+1 only after owner n is proven dead -
 * its socket refuses or is gone AND its process (pid, start time, boot) is no more. "Not answering" is never dead. An
 * owner whose process can't be judged from here (another host or pid namespace) is judged by its heartbeat, and only
 * with `force`.
 *
 * The highest file is never removed, so that a number is never used twice: giving up marks it instead.
 */
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import type { WriterIdentity } from "../protocol/records.ts";
import { type ProcessState, processState } from "../system/process-identity.ts";
import { errorCode, isMissing } from "./disk.ts";
import type { Disk, DiskFile } from "./types.ts";

export interface OwnerRecord {
  readonly epoch: number;
  readonly writer: WriterIdentity;
  /** Path of the socket or name of the pipe where the owner answers. */
  readonly socket: string;
  /** What a client must say there; the file is for the user alone. */
  readonly token?: string;
  /** Counts up while the owner lives. */
  readonly heartbeat: number;
  /** The owner ended in an orderly way. */
  readonly released?: boolean;
}

/** "silent": connected or timed out without an answer. "gone": there is no such socket. */
export type SocketState = "answers" | "silent" | "refused" | "gone";

export interface OwnershipOptions {
  readonly socket: string;
  readonly token?: string;
  readonly socketProbe: (socket: string) => Promise<SocketState>;
  /** Take over from an owner that can't be judged from here, when its heartbeat stands still. */
  readonly force?: boolean;
  readonly processState?: (identity: WriterIdentity) => ProcessState;
  /** How long a heartbeat must stand still to count as stopped, in milliseconds. */
  readonly heartbeatMs?: number;
  /** How long an owner file without content may be somebody's that is just beginning, in milliseconds. */
  readonly beginningMs?: number;
}

export interface Ownership {
  readonly epoch: number;
  /** To be asked after each sync and before each acknowledgement: false for ever once somebody took over. */
  isOwner(): boolean;
  /**
   * Whether the owner file is still where it was made, and ours, and nobody has taken over. For looking now and then: a
   * folder that was moved or removed takes the home with it without any successor.
   */
  stands(): boolean;
  /** To be called every few seconds (well within `heartbeatMs`). */
  heartbeat(): void;
  /** Lets the next owner begin at once. */
  release(): void;
}

/** The time after which an owner elsewhere counts as stopped; beat three times within it. */
export const defaultHeartbeatMs = 15_000;

/**
 * @throws MillraceError "home-owned" when the owner lives or somebody else was quicker; "not-answering" when its
 * process lives but its socket does not answer.
 */
export async function takeOwnership(
  disk: Disk,
  home: string,
  identity: WriterIdentity,
  options: OwnershipOptions,
): Promise<Ownership> {
  disk.makeFolder(home);
  const epochs = ownerEpochs(disk, home);
  const last = epochs.at(-1) ?? 0;
  if (last > 0) await proveDead(disk, home, last, options);

  const epoch = last + 1;
  let file: DiskFile;
  try {
    file = disk.createExclusive(homePaths.owner(home, epoch));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    throw takenMeanwhile(home, error);
  }
  let record: OwnerRecord = { epoch, writer: identity, socket: options.socket, token: options.token, heartbeat: 0 };
  const isOwner = () => !disk.exists(homePaths.owner(home, epoch + 1));
  try {
    writeRecord(file, record);
    await file.sync();
    await disk.syncFolder(home);
    // A process that slept since it looked may have found the number of an owner long gone, whose file was cleared.
    if (!isOwner() || (ownerEpochs(disk, home).at(-1) ?? 0) > epoch) throw takenMeanwhile(home);
  } catch (error) {
    file.close();
    throw error;
  }
  for (const old of epochs) if (old < last) removeQuietly(disk, homePaths.owner(home, old));

  let released = false;
  function update(change: Partial<OwnerRecord>): void {
    if (released) return;
    record = { ...record, ...change };
    writeRecord(file, record);
  }
  return {
    epoch,
    isOwner,
    stands: () => isOwner() && holds(disk, homePaths.owner(home, epoch), identity),
    heartbeat: () => update({ heartbeat: record.heartbeat + 1 }),
    release() {
      if (released) return;
      update({ released: true });
      released = true;
      file.close();
    },
  };
}

/** The record of the present or last owner, undefined when there was none or it is just beginning. */
export function readOwner(disk: Disk, home: string): OwnerRecord | undefined {
  const epoch = ownerEpochs(disk, home).at(-1);
  return epoch === undefined ? undefined : readRecord(disk, home, epoch);
}

async function proveDead(disk: Disk, home: string, epoch: number, options: OwnershipOptions): Promise<void> {
  const owner = await settledRecord(disk, home, epoch, options.beginningMs ?? 2000);
  // Its creator died before it wrote anything. Should it only have slept, it will find the next number taken.
  if (owner === undefined || owner.released === true) return;
  const socket = await options.socketProbe(owner.socket);
  const who = `process ${owner.writer.pid} on ${owner.writer.host}`;
  if (socket === "answers") throw new MillraceError("home-owned", `${home} is served by ${who}`);
  const state = (options.processState ?? processState)(owner.writer);
  if (state === "dead" && (socket === "refused" || socket === "gone")) return;
  if (state !== "unknown") {
    throw new MillraceError(
      "not-answering",
      `the orchestrator of ${home} (${who}) is there but does not answer: wait a moment, or end that process`,
    );
  }
  if (options.force === true && (await heartbeatStands(disk, home, owner, options.heartbeatMs ?? defaultHeartbeatMs))) {
    return;
  }
  throw new MillraceError(
    "home-owned",
    options.force === true
      ? `${home} is owned by ${who}, which is alive: its heartbeat goes on`
      : `${home} is owned by ${who}, and whether that still runs cannot be told from here: look there, and use --force when it is gone`,
  );
}

async function heartbeatStands(disk: Disk, home: string, owner: OwnerRecord, ms: number): Promise<boolean> {
  await wait(ms);
  const later = readRecord(disk, home, owner.epoch);
  return later === undefined || later.heartbeat === owner.heartbeat;
}

async function settledRecord(disk: Disk, home: string, epoch: number, ms: number): Promise<OwnerRecord | undefined> {
  for (const deadline = performance.now() + ms; ; await wait(20)) {
    const record = readRecord(disk, home, epoch);
    if (record !== undefined || performance.now() >= deadline) return record;
  }
}

/** Always as long, so that an update overwrites in place. */
const recordSize = 2048;

function writeRecord(file: DiskFile, record: OwnerRecord): void {
  const bytes = Buffer.alloc(recordSize, " ");
  bytes.write(JSON.stringify(record));
  bytes.write("\n", recordSize - 1);
  file.write(bytes, 0);
}

/** A file that can't be read at the moment says nothing: only one that is missing or another's is not held. */
function holds(disk: Disk, file: string, { pid, start_time, boot_id }: WriterIdentity): boolean {
  try {
    const record: unknown = JSON.parse(Buffer.from(disk.readFile(file)).toString("utf8"));
    if (!isOwnerRecord(record)) return false;
    return record.writer.pid === pid && record.writer.start_time === start_time && record.writer.boot_id === boot_id;
  } catch (error) {
    return !(isMissing(error) || errorCode(error) === "ENOTDIR" || error instanceof SyntaxError);
  }
}

function readRecord(disk: Disk, home: string, epoch: number): OwnerRecord | undefined {
  try {
    const record: unknown = JSON.parse(Buffer.from(disk.readFile(homePaths.owner(home, epoch))).toString("utf8"));
    return isOwnerRecord(record) ? record : undefined;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isOwnerRecord(value: unknown): value is OwnerRecord {
  return typeof value === "object" && value !== null && "epoch" in value && "writer" in value && "socket" in value;
}

function ownerEpochs(disk: Disk, home: string): number[] {
  return disk
    .list(home)
    .map((name) => /^owner\.(\d+)$/.exec(path.basename(name))?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

function takenMeanwhile(home: string, cause?: unknown): MillraceError {
  return new MillraceError("home-owned", `another orchestrator took over ${home} at the same time`, { cause });
}

function removeQuietly(disk: Disk, file: string): void {
  try {
    disk.remove(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
