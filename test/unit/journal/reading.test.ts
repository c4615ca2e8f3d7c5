import assert from "node:assert/strict";
import { test } from "node:test";
import { listSegments, readRun, readSegmentFrom, walkRun, walkRunInTurns } from "../../../runtime/journal/reading.ts";
import { sealAndContinue } from "../../../runtime/journal/sealing.ts";
import { runPaths } from "../../../runtime/protocol/home.ts";
import { type SimulatedDisk, simulatedDisk } from "../../support/simulated-disk.ts";
import { begin, note, notes, runFolder, runId, writer } from "./fixtures.ts";

const journalFile = runPaths.journal(runFolder, 1);

/** A disk with one segment that holds these bytes. */
function diskWith(bytes: Uint8Array): SimulatedDisk {
  const disk = simulatedDisk();
  disk.makeFolder(runFolder);
  const file = disk.createExclusive(journalFile);
  file.write(bytes, 0);
  file.close();
  return disk;
}

/** Bytes of a segment whose notes were committed one by one: each is its own batch. */
async function journalOf(...texts: string[]): Promise<Buffer> {
  const disk = simulatedDisk();
  const journal = begin(disk);
  for (const text of texts) await journal.commit(note(text));
  await journal.close();
  return Buffer.from(disk.readFile(journalFile));
}

/** Bytes of a segment whose notes, behind the first, are one batch. */
async function oneBatchOf(first: string, ...texts: string[]): Promise<Buffer> {
  const disk = simulatedDisk();
  const journal = begin(disk);
  await journal.commit(note(first));
  for (const text of texts) journal.append(note(text));
  await journal.close();
  return Buffer.from(disk.readFile(journalFile));
}

function offsetOf(bytes: Buffer, text: string): number {
  return bytes.lastIndexOf("\n", bytes.indexOf(text)) + 1;
}

test("should read a journal cut at every byte of its last three records as a sound prefix", async () => {
  const texts = ["one", "two", "three", "four – ü"];
  const bytes = await journalOf(...texts);
  for (let cut = offsetOf(bytes, '"two"'); cut <= bytes.length; cut++) {
    for (const tail of [Buffer.alloc(0), Buffer.alloc(1000)]) {
      const contents = readRun(diskWith(Buffer.concat([bytes.subarray(0, cut), tail])), runFolder);
      const read = notes(contents.records);
      const whole = texts.filter((text) => bytes.indexOf("\n", bytes.indexOf(text)) < cut);
      assert.deepEqual(read, whole, `cut at byte ${cut}`);
      assert.deepEqual(contents.problems, []);
      assert.equal((contents.segments[0]?.length ?? 0) + (contents.segments[0]?.torn ?? 0), cut);
    }
  }
});

test("should cut off a batch of which only a later part reached the disk", async () => {
  const bytes = await oneBatchOf("one", "two", "three");
  bytes.fill(0, offsetOf(bytes, '"two"'), offsetOf(bytes, '"two"') + 30);
  const contents = readRun(diskWith(bytes), runFolder);
  assert.deepEqual(notes(contents.records), ["one"]);
  assert.deepEqual(contents.problems, []);
  assert.equal(contents.segments[0]?.torn, bytes.length - offsetOf(bytes, '"two"'));
});

test("should report damage with a later batch behind it, by file and byte, and keep what is sound", async () => {
  const bytes = await journalOf("one", "two", "three");
  const offset = offsetOf(bytes, '"two"');
  bytes[offset + 60] = 0x21;
  const contents = readRun(diskWith(bytes), runFolder);
  assert.deepEqual(notes(contents.records), ["one", "three"]);
  assert.equal(contents.problems.length, 1);
  assert.equal(contents.problems[0]?.offset, offset);
  assert.equal(contents.problems[0]?.file, journalFile);
});

test("should notice that whole lines are gone", async () => {
  const bytes = await journalOf("one", "two", "three");
  const [from, to] = [offsetOf(bytes, '"two"'), offsetOf(bytes, '"three"')];
  const contents = readRun(diskWith(Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])), runFolder);
  assert.deepEqual(notes(contents.records), ["one", "three"]);
  assert.equal(contents.problems[0]?.offset, from);
  assert.match(contents.problems[0]?.message ?? "", /records are missing at byte/);
});

test("should tell damage in a synced batch although the sound line behind it is of the same batch", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  await journal.commit(note("one"));
  journal.append(note("two"));
  journal.append(note("three"));
  await journal.flush();
  await journal.commit(note("four"));
  await journal.close();
  const bytes = Buffer.from(disk.readFile(journalFile));
  bytes[offsetOf(bytes, '"two"') + 60] = 0x21;
  const contents = readRun(diskWith(bytes), runFolder);
  assert.deepEqual(notes(contents.records), ["one", "three", "four"]);
  assert.equal(contents.problems.length, 1);
});

test("should report every single damaged byte before the last batch", async () => {
  const bytes = await journalOf("one", "two", "three");
  for (let offset = 0; offset < offsetOf(bytes, '"three"'); offset++) {
    const damaged = Buffer.from(bytes);
    damaged[offset] = (damaged[offset] ?? 0) ^ 0x04;
    assert.equal(readRun(diskWith(damaged), runFolder).problems.length, 1, `byte ${offset}`);
  }
});

test("should read lines longer than a piece", async () => {
  const long = "x".repeat(3_000_000);
  const contents = readRun(diskWith(await journalOf("one", long, "three")), runFolder);
  assert.deepEqual(notes(contents.records), ["one", long, "three"]);
});

test("should let others have their turn while it walks a large journal, and find the same", async () => {
  const large = Array.from({ length: 40 }, (_, index) => `${index} ${"x".repeat(100_000)}`);
  const bytes = await journalOf(...large);
  bytes.fill(0x21, offsetOf(bytes, '"12 xxx'), offsetOf(bytes, '"12 xxx') + 5);
  const disk = diskWith(bytes);
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  const inTurns: string[] = [];
  const walked = await walkRunInTurns(disk, runFolder, (record, _, seq) => inTurns.push(`${seq} ${record.kind}`));
  clearInterval(others);
  const atOnce: string[] = [];
  const expected = walkRun(disk, runFolder, (record, _, seq) => atOnce.push(`${seq} ${record.kind}`));
  assert.deepEqual(walked, expected);
  assert.deepEqual(inTurns, atOnce);
  assert.equal(inTurns.length, large.length);
  assert.equal(walked.problems.length, 1);
  assert.ok(turns > 1);
});

test("should report a segment that is gone although a later one counts it", async () => {
  const disk = simulatedDisk();
  const first = begin(disk);
  await first.commit(note("one"));
  const length = first.synced;
  const { journal } = await sealAndContinue(disk, runFolder, { reason: "resume", writer, writerIsGone: true });
  await journal.close();
  disk.remove(journalFile);
  const { problems } = readRun(disk, runFolder);
  assert.equal(problems.length, 1);
  assert.equal(problems[0]?.file, journalFile);
  assert.match(problems[0]?.message ?? "", new RegExp(`is gone.*${length} bytes`));
});

test("should end an unsynced journal at the first hole, without a word about corruption", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk, { durability: "process" });
  for (const text of ["one", "two", "three"]) await journal.commit(note(text));
  await journal.close();
  const bytes = Buffer.from(disk.readFile(journalFile));
  bytes.fill(0, offsetOf(bytes, '"two"'), offsetOf(bytes, '"three"'));
  const contents = readRun(diskWith(bytes), runFolder);
  assert.deepEqual(notes(contents.records), ["one"]);
  assert.deepEqual(contents.problems, []);
  assert.ok((contents.segments[0]?.torn ?? 0) > 0);
  const part = readSegmentFrom(diskWith(bytes), journalFile, 0, undefined, { unsynced: true });
  assert.deepEqual(notes(part.records), ["one"]);
  assert.deepEqual(part.problems, []);
});

/** Segment files as another process would have left them: header fields and notes. */
async function addSegment(
  disk: SimulatedDisk,
  segment: number,
  header: Record<string, unknown>,
  texts: readonly string[],
): Promise<void> {
  const { lineBuffer } = await import("../../../runtime/journal/lines.ts");
  const lines = lineBuffer();
  const first = { kind: "segment", run_id: runId, segment, version: { major: 1, minor: 0 }, reason: "resume", writer };
  lines.add(JSON.stringify({ ...first, at: 1, ...header }), 0, 0);
  texts.forEach((text, index) => {
    lines.add(JSON.stringify(note(text)), index + 1, index + 1);
  });
  const file = disk.createExclusive(runPaths.journal(runFolder, segment));
  file.write(Buffer.concat(lines.pieces()), 0);
  file.close();
}

test("should hold what stands behind the sealed length for void, and a damaged byte before it for corruption", async () => {
  const bytes = await journalOf("one", "two", "three");
  const disk = diskWith(bytes);
  await addSegment(disk, 2, { seals: { segment: 1, length: offsetOf(bytes, '"three"') } }, ["after"]);
  const contents = readRun(disk, runFolder);
  assert.deepEqual(notes(contents.records), ["one", "two", "after"]);
  assert.deepEqual(contents.problems, []);
  assert.deepEqual(
    contents.records.map(({ position }) => [position.segment, position.seq]),
    [
      [1, 0],
      [1, 1],
      [1, 2],
      [2, 0],
      [2, 1],
    ],
  );
  disk.damage(journalFile, offsetOf(bytes, '"two"') + 60, Buffer.from("!"));
  assert.equal(readRun(disk, runFolder).problems[0]?.offset, offsetOf(bytes, '"two"'));
});

test("should report a sealed segment that is shorter than its sealed length", async () => {
  const bytes = await journalOf("one", "two");
  const disk = diskWith(bytes.subarray(0, offsetOf(bytes, '"two"')));
  await addSegment(disk, 2, { seals: { segment: 1, length: bytes.length } }, []);
  assert.equal(readRun(disk, runFolder).problems.length, 1);
});

test("should let an empty or torn segment seal nothing", async () => {
  const bytes = await journalOf("one", "two");
  for (const begun of ["", '{"crc":"00000000","batch":0,"seq":0,"kind":"segm', "\0".repeat(3000)]) {
    const disk = diskWith(bytes);
    disk.createExclusive(runPaths.journal(runFolder, 2)).write(Buffer.from(begun), 0);
    const contents = readRun(disk, runFolder);
    assert.deepEqual(notes(contents.records), ["one", "two"]);
    assert.deepEqual(contents.problems, []);
    assert.equal(contents.segments[1]?.header, undefined);
  }
});

test("should void a whole segment that a later one passed over", async () => {
  const bytes = await journalOf("one");
  const disk = diskWith(bytes);
  await addSegment(disk, 2, { seals: { segment: 1, length: 0 } }, ["of a process that slept"]);
  await addSegment(disk, 3, { seals: { segment: 1, length: bytes.length } }, ["after"]);
  assert.deepEqual(notes(readRun(disk, runFolder).records), ["one", "after"]);
});

test("should keep records of kinds it does not know", async () => {
  const disk = simulatedDisk();
  const journal = begin(disk);
  const strange: object = { kind: "from-the-future", payload: 7 };
  await journal.commit(Object.assign(note("x"), strange));
  await journal.close();
  assert.partialDeepStrictEqual(readRun(disk, runFolder).records[1]?.record, strange);
});

test("should refuse a journal of a newer major version, saying what to do", async () => {
  const disk = simulatedDisk();
  disk.makeFolder(runFolder);
  await addSegment(disk, 1, { version: { major: 2, minor: 0 } }, []);
  assert.throws(() => readRun(disk, runFolder), { code: "home-newer", message: /update Millrace/ });
});

test("should say that there is no run where there is no journal", () => {
  assert.throws(() => walkRun(simulatedDisk(), runFolder, () => undefined), { code: "not-found" });
  assert.deepEqual(listSegments(simulatedDisk(), runFolder), []);
});

test("should go on reading where it stopped, whole lines below the offset only", async () => {
  const bytes = await journalOf("one", "two", "three");
  const disk = diskWith(bytes);
  const middle = offsetOf(bytes, '"two"');
  const first = readSegmentFrom(disk, journalFile, 0, middle);
  assert.deepEqual(notes(first.records), ["one"]);
  assert.equal(first.offset, middle);
  const second = readSegmentFrom(disk, journalFile, first.offset, undefined, { lastSeq: first.lastSeq });
  assert.deepEqual(notes(second.records), ["two", "three"]);
  assert.equal(second.offset, bytes.length);
  assert.deepEqual(second.records[0]?.position, { segment: 1, seq: 2 });
  const third = readSegmentFrom(disk, journalFile, second.offset, undefined, { lastSeq: second.lastSeq });
  assert.deepEqual([third.records.length, third.offset, third.problems.length], [0, bytes.length, 0]);
});

test("should read in parts when asked to, and report what is damaged below a synced offset", async () => {
  const bytes = await journalOf(...Array.from({ length: 50 }, (_, index) => `n${index}`));
  const disk = diskWith(bytes);
  const read: string[] = [];
  let parts = 0;
  for (let at = { offset: 0, lastSeq: -1 }; at.offset < bytes.length; parts++) {
    const part = readSegmentFrom(disk, journalFile, at.offset, bytes.length, { lastSeq: at.lastSeq, maxBytes: 700 });
    assert.ok(part.offset > at.offset);
    read.push(...notes(part.records));
    at = part;
  }
  assert.equal(read.length, 50);
  assert.ok(parts > 5);
  disk.damage(journalFile, bytes.length - 10, Buffer.from("!"));
  const damaged = readSegmentFrom(disk, journalFile, 0, bytes.length);
  assert.equal(damaged.problems[0]?.offset, damaged.offset);
});
