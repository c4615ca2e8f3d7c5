/** The machine goes down at any moment: what was acknowledged is there. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readRun } from "../../../runtime/journal/reading.ts";
import { sealAndContinue } from "../../../runtime/journal/sealing.ts";
import type { JournalWriter, ValueStore } from "../../../runtime/journal/types.ts";
import { diskValueStore } from "../../../runtime/journal/value-store.ts";
import { runPaths } from "../../../runtime/protocol/home.ts";
import type { PositionedRecord, ValueRecord } from "../../../runtime/protocol/records.ts";
import { type SimulatedDisk, type SimulatedDiskOptions, simulatedDisk } from "../../support/simulated-disk.ts";
import { begin, home, note, runFolder, runId, writer } from "./fixtures.ts";

const large = "x".repeat(70_000);

/** What is wrong with what a crash left, given the notes that were acknowledged and all that were written. */
function complaint(
  disk: SimulatedDisk,
  acknowledged: readonly string[],
  written: readonly string[],
): string | undefined {
  let read: string[];
  let records: readonly PositionedRecord[];
  try {
    const contents = readRun(disk, runFolder);
    if (contents.problems[0] !== undefined) return `reported as corrupt: ${contents.problems[0].message}`;
    records = contents.records;
    read = texts(records);
  } catch (error) {
    return acknowledged.length === 0 ? undefined : String(error);
  }
  for (const text of acknowledged) if (!read.includes(text)) return `lost ${text}`;
  const prefix = written.slice(0, read.length);
  if (read.join() !== prefix.join()) return `read ${read} where ${written} was written`;
  const values = diskValueStore(disk, runFolder);
  for (const { record } of records) {
    if (record.kind === "artifact" && !values.verify(record.data)) return "lost a large value";
  }
  return undefined;
}

/** The texts of notes and the keys of artifacts, in order. */
function texts(records: readonly PositionedRecord[]): string[] {
  return records.flatMap(({ record }) =>
    record.kind === "note" ? [record.message] : record.kind === "artifact" ? [record.key] : [],
  );
}

function artifact(key: string, data: ValueRecord) {
  return { kind: "artifact", id: "a", key, type: "markdown", data, flow_run_id: runId, at: 1 } as const;
}

/** A run, its death and its resume; `looked` is called when something was written and when it was acknowledged. */
async function scenario(
  options: SimulatedDiskOptions,
  looked: (disk: SimulatedDisk, acknowledged: readonly string[], written: readonly string[]) => void,
): Promise<SimulatedDisk> {
  const disk = simulatedDisk(options);
  const acknowledged: string[] = [];
  const written: string[] = [];

  async function commit(journal: JournalWriter, text: string): Promise<void> {
    written.push(text);
    const committed = journal.commit(note(text));
    // Also in between: nothing may look corrupt.
    looked(disk, acknowledged, written);
    await committed;
    acknowledged.push(text);
    looked(disk, acknowledged, written);
  }
  async function keep(journal: JournalWriter, values: ValueStore, value: string): Promise<void> {
    const key = `value of ${value.length}`;
    const record = artifact(key, await values.keep(value, "result"));
    written.push(key);
    await journal.commit(record);
    acknowledged.push(key);
    looked(disk, acknowledged, written);
  }

  const first = begin(disk);
  await commit(first, "one");
  await commit(first, "two");
  const values = diskValueStore(disk, runFolder);
  await keep(first, values, large);
  await keep(first, values, `${large}!`);
  // Written, and then the process is killed: the page cache survives it.
  written.push("three");
  first.append(note("three"));

  const { journal: second } = await sealAndContinue(disk, runFolder, {
    reason: "resume",
    writer,
    processState: () => "dead",
  });
  // It was given back to the resumed run, which builds on it.
  acknowledged.push("three");
  looked(disk, acknowledged, written);
  await commit(second, "four");
  await second.close();
  looked(disk, acknowledged, written);
  return disk;
}

function worst(disk: SimulatedDisk, acknowledged: readonly string[], written: readonly string[], seeds: number) {
  for (let seed = 0; seed < seeds; seed++) {
    const found = complaint(disk.crash(seed), acknowledged, written);
    if (found !== undefined) return found;
  }
  return undefined;
}

test("should lose nothing acknowledged, and miss it when any one sync is taken away", async () => {
  const sound = await scenario({}, (...state) => assert.equal(worst(...state, 20), undefined));
  assert.ok(sound.syncs.length >= 12, `${sound.syncs.length} syncs`);
  // What an earlier segment has synced is synced again: missed only where the earlier one was killed, see below.
  const resumedAt = sound.syncs.findIndex(({ path: at }) => at === runPaths.journal(runFolder, 2));
  const needed = sound.syncs.filter(({ kind, path: at, index }) => {
    return index < resumedAt || kind === "file" || at === runFolder;
  });
  for (const { index, kind, path: at } of needed) {
    let found: string | undefined;
    const swallowing: SimulatedDiskOptions = { onSync: (event) => (event.index === index ? "swallow" : "do") };
    await scenario(swallowing, (...state) => {
      found ??= worst(...state, 20);
    });
    assert.ok(found !== undefined, `nobody missed sync ${index} (${kind} ${at})`);
  }
});

test("should lose nothing of a resumed run whose first writer was killed before its first sync", async () => {
  async function resumed(options: SimulatedDiskOptions): Promise<SimulatedDisk> {
    const disk = simulatedDisk(options);
    disk.makeFolder(home);
    await disk.syncFolder(path.dirname(home));
    begin(disk).append(note("one"));
    const { journal } = await sealAndContinue(disk, runFolder, {
      reason: "resume",
      writer,
      processState: () => "dead",
    });
    await journal.commit(note("two"));
    return disk;
  }
  const sound = await resumed({});
  assert.equal(worst(sound, ["one", "two"], ["one", "two"], 60), undefined);
  for (const { index, path: at } of sound.syncs.filter(({ kind }) => kind === "folder")) {
    const disk = await resumed({ onSync: (event) => (event.index === index ? "swallow" : "do") });
    assert.ok(worst(disk, ["one", "two"], ["one", "two"], 60) !== undefined, `nobody missed folder ${at}`);
  }
});

test("should leave a sound prefix with all that was acknowledged, whatever is appended and whenever it crashes", async () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant("append" as const), size: fc.nat(1500) }),
    fc.record({ act: fc.constant("commit" as const), size: fc.nat(1500) }),
    fc.record({ act: fc.constant("turn" as const) }),
    fc.record({ act: fc.constant("crash" as const), seed: fc.integer() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer(), async (steps, lastSeed) => {
      const disk = simulatedDisk({
        onSync: () => new Promise((resolve) => setImmediate(() => resolve("do"))),
      });
      const journal = begin(disk);
      const written: string[] = [];
      const acknowledged: string[] = [];
      const check = (seed: number) => assert.equal(complaint(disk.crash(seed), acknowledged, written), undefined);
      for (const each of steps) {
        if (each.act === "crash") check(each.seed);
        else if (each.act === "turn") await new Promise((resolve) => setImmediate(resolve));
        else {
          const text = `${written.length} ${"y".repeat(each.size)}`;
          written.push(text);
          if (each.act === "append") journal.append(note(text));
          else void journal.commit(note(text)).then(() => acknowledged.push(text));
        }
      }
      check(lastSeed);
      await journal.close();
      acknowledged.splice(0, acknowledged.length, ...written);
      check(lastSeed);
    }),
    { numRuns: 150 },
  );
});

test("should survive a crash in the middle of a resume, and be resumed again", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer(), { minLength: 1, maxLength: 4 }), fc.nat(6), async (seeds, turns) => {
      let disk = simulatedDisk();
      const journal = begin(disk);
      const acknowledged: string[] = ["one"];
      const written: string[] = ["one"];
      await journal.commit(note("one"));
      for (const seed of seeds) {
        let running = true;
        const text = `resume ${seed}`;
        const resumed = sealAndContinue(disk, runFolder, {
          reason: "resume",
          writer,
          processState: () => "dead",
          beginningMs: 0,
        }).then(async ({ journal: next }) => {
          if (running) written.push(text);
          await next.commit(note(text));
          if (running) acknowledged.push(text);
        });
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        if (turns === 6) await resumed;
        running = false;
        disk = disk.crash(seed);
        assert.equal(complaint(disk, acknowledged, written), undefined);
        written.splice(0, written.length, ...texts(readRun(disk, runFolder).records));
        await resumed.catch(() => undefined);
      }
    }),
    { numRuns: 100 },
  );
});
