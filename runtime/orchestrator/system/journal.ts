/** The home's own journal: who writes it owns the home, and every change is on the disk before anybody is told. */
import path from "node:path";
import { scanLines } from "../../journal/scan.ts";
import type { Disk } from "../../journal/types.ts";
import { lineWriter } from "../../journal/writer.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import type { WriterIdentity } from "../../protocol/records.ts";
import {
  applySystemRecord,
  factRecords,
  noFacts,
  type SystemFacts,
  type SystemRecord,
  systemVersion,
} from "./records.ts";
import { createSharing } from "./sharing.ts";

export interface SystemJournal {
  readonly facts: SystemFacts;
  /** Resolves when the record is durable and applied to `facts`. Rejects for good once the home was taken over. */
  commit(record: SystemRecord): Promise<void>;
  /** The same for many at the cost of one sync. A power cut may keep the first of them only, in their order. */
  commitAll(records: readonly SystemRecord[]): Promise<void>;
  /** Applied at once, durable a few milliseconds later: for what can be found out again. */
  append(record: SystemRecord): void;
  /** Called once, when writing failed or another orchestrator owns the home now. */
  onFailed(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

export interface SystemJournalOptions {
  readonly disk: Disk;
  readonly home: string;
  readonly epoch: number;
  readonly identity: WriterIdentity;
}

/** Reads the last epoch that came into force and begins the next with all it says. */
export async function openSystemJournal({ disk, home, epoch, identity }: SystemJournalOptions): Promise<SystemJournal> {
  const earlier = epochsOf(disk, home);
  const facts = readLatest(disk, home, earlier);
  const file = homePaths.system(home, epoch);
  const successor = homePaths.owner(home, epoch + 1);
  const writer = lineWriter({
    file: disk.createExclusive(file),
    durability: "disk",
    isSealed: () => disk.exists(successor),
    subject: `the system journal of ${home}`,
    wayOut: "then try again",
    alsoSync: () => disk.syncFolder(home),
  });
  const begin = (record: SystemRecord): void => writer.append(record);
  begin({ kind: "epoch", epoch, version: systemVersion, writer: identity, at: Date.now() });
  for (const [place, record] of factRecords(facts).entries()) {
    writer.append(record);
    // Thousands of deployments at once would stand in memory as text a second time.
    if (place % 500 === 499) await writer.flush();
  }
  begin({ kind: "state-complete" });
  await writer.flush();
  for (const old of earlier) if (old < epoch) disk.remove(homePaths.system(home, old));
  return {
    facts,
    async commit(record) {
      await writer.commit(record);
      applySystemRecord(facts, record);
    },
    async commitAll(records) {
      const last = records.at(-1);
      if (last === undefined) return;
      for (const record of records.slice(0, -1)) writer.append(record);
      await writer.commit(last);
      for (const record of records) applySystemRecord(facts, record);
    },
    append(record) {
      writer.append(record);
      applySystemRecord(facts, record);
    },
    onFailed: (listener) => writer.onFailed(listener),
    close: () => writer.close(),
  };
}

/** Newest first. */
function epochsOf(disk: Disk, home: string): readonly number[] {
  return disk
    .list(home)
    .flatMap((name) => /^system\.(\d+)\.ndjson$/.exec(path.basename(name))?.[1] ?? [])
    .map(Number)
    .sort((left, right) => right - left);
}

function readLatest(disk: Disk, home: string, epochs: readonly number[]): SystemFacts {
  for (const epoch of epochs) {
    const read = readEpoch(disk, homePaths.system(home, epoch));
    if (read !== undefined) return read;
  }
  return noFacts();
}

/** Undefined when the epoch never came into force. @throws MillraceError "home-newer" or "journal-corrupt". */
function readEpoch(disk: Disk, file: string): SystemFacts | undefined {
  const facts = noFacts();
  const share = createSharing();
  let complete = false;
  const scan = scanLines(disk, file, (line) => {
    if (!isSystemRecord(line)) return;
    if (line.kind === "epoch" && line.version.major > systemVersion.major) {
      throw new MillraceError(
        "home-newer",
        `${file} was written by a newer Millrace (version ${line.version.major}, this one reads ${systemVersion.major}): ` +
          "update Millrace to use this home",
      );
    }
    complete ||= line.kind === "state-complete";
    applySystemRecord(facts, share(line));
  });
  const damaged = scan.bad[0];
  if (damaged !== undefined) {
    throw new MillraceError(
      "journal-corrupt",
      `${file}: ${damaged.length} bytes from byte ${damaged.offset} on are damaged although records behind them are sound. ` +
        "Put the file back from a backup, or remove it to go on without variables, limits and requests that only it holds.",
    );
  }
  return complete ? facts : undefined;
}

function isSystemRecord(line: object): line is SystemRecord {
  return "kind" in line && typeof line.kind === "string";
}
