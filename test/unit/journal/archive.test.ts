import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { exportRun, importRun } from "../../../runtime/journal/archive.ts";
import { readLiveEntry } from "../../../runtime/journal/live.ts";
import { readRun } from "../../../runtime/journal/reading.ts";
import { sealAndContinue } from "../../../runtime/journal/sealing.ts";
import { keepSources } from "../../../runtime/journal/sources.ts";
import { diskValueStore } from "../../../runtime/journal/value-store.ts";
import { homePaths, runPaths } from "../../../runtime/protocol/home.ts";
import { currentWriter, type ProcessState, processState } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";
import { type SimulatedDisk, simulatedDisk } from "../../support/simulated-disk.ts";
import {
  begin,
  flowRun,
  flowState,
  home,
  note,
  notes,
  runFolder,
  runId,
  taskRun,
  taskState,
  writer,
} from "./fixtures.ts";

const imported = homePaths.run(home, runId);
const elsewhere = { writer: currentWriter("0.1.0"), now: () => 50 };

/** A home with a run that failed after a large result, and its export. */
async function exported(t: TestContext, end: "FAILED" | "RUNNING" = "FAILED") {
  const disk = simulatedDisk();
  const journal = begin(disk);
  journal.append(flowRun());
  journal.append(flowState("RUNNING"));
  journal.append(taskRun("t1"));
  const value = await diskValueStore(disk, runFolder).keep("x".repeat(3_000_000), "result");
  journal.append(await keepSources(disk, runFolder, [{ file: "/f.ts", text: "export {}" }], 1));
  await journal.commit(end === "FAILED" ? taskState("t1", "COMPLETED") : note("open"));
  if (end === "FAILED") await journal.commit(flowState("FAILED"));
  disk.createExclusive(runPaths.logs(runFolder)).write(Buffer.from('{"message":"hello"}\n'), 0);
  disk.createExclusive(path.join(runFolder, "token")).write(Buffer.from("secret"), 0);
  const file = path.join(temporaryFolder(t), "run.millrace");
  const files = await exportRun(disk, runFolder, file, () => 40);
  assert.equal(files, 4);
  return { disk, file, value };
}

function isEmpty(disk: SimulatedDisk): boolean {
  const runs = homePaths.runs(home);
  return !disk.exists(runs) || disk.list(runs).every((day) => disk.list(path.join(runs, day)).length === 0);
}

test("should carry a run to another home, where it is shown and resumed", async (t) => {
  const { disk: from, file, value } = await exported(t);
  const to = simulatedDisk();
  assert.equal(await importRun(to, home, file, elsewhere), runId);
  const before = readRun(from, runFolder).records;
  const after = readRun(to, imported);
  assert.deepEqual(after.problems, []);
  assert.deepEqual(
    after.records.filter(({ position }) => position.segment === 1),
    before,
  );
  assert.equal(after.segments[1]?.header?.reason, "import");
  assert.equal(diskValueStore(to, imported).verify(value), true);
  assert.equal(Buffer.from(to.readFile(runPaths.logs(imported))).toString(), '{"message":"hello"}\n');
  assert.deepEqual(to.list(runPaths.sources(imported)), from.list(runPaths.sources(runFolder)));
  assert.equal(to.exists(path.join(imported, "token")), false, "only what belongs to a run travels");
  const announced = readLiveEntry(to, home, runId);
  assert.ok(announced !== undefined, "an orchestrator finds it");
  assert.equal(processState(announced.writer), "dead", "and takes it for ended, although the importing process lives");
  const alive = { reason: "resume", writer, processState: (): ProcessState => "alive" } as const;
  const { journal } = await sealAndContinue(to, imported, alive);
  await journal.commit(note("resumed"));
  assert.deepEqual(notes(readRun(to, imported).records), ["resumed"]);
});

test("should be durable when it says so", async (t) => {
  const { file, value } = await exported(t);
  const disk = simulatedDisk();
  disk.makeFolder(home);
  await disk.syncFolder(path.dirname(home));
  await importRun(disk, home, file, elsewhere);
  for (let seed = 0; seed < 20; seed++) {
    const after = disk.crash(seed);
    assert.deepEqual(readRun(after, imported).problems, []);
    assert.ok(diskValueStore(after, imported).verify(value));
    assert.ok(readLiveEntry(after, home, runId) !== undefined);
  }
});

test("should end what was still running when it was exported", async (t) => {
  const { file } = await exported(t, "RUNNING");
  const disk = simulatedDisk();
  await importRun(disk, home, file, elsewhere);
  const ends = readRun(disk, imported).records.flatMap(({ position, record }) =>
    position.segment === 2 && (record.kind === "task-run-state" || record.kind === "flow-run-state") ? [record] : [],
  );
  assert.deepEqual(
    ends.map(({ id, state }) => [id, state.type, state.timestamp]),
    [
      ["t1", "CRASHED", 50],
      [runId, "CRASHED", 50],
    ],
  );
  assert.match(ends[0]?.state.message ?? "", /exported/);
});

test("should not touch a run that is there, nor a file that is there", async (t) => {
  const { disk, file } = await exported(t);
  const to = simulatedDisk();
  await importRun(to, home, file, elsewhere);
  const bytes = Buffer.from(to.readFile(runPaths.journal(imported, 1)));
  await assert.rejects(importRun(to, home, file, elsewhere), { code: "conflict", message: /nothing was imported/ });
  assert.ok(bytes.equals(to.readFile(runPaths.journal(imported, 1))));
  await assert.rejects(exportRun(disk, runFolder, file), { code: "conflict" });
  await assert.rejects(exportRun(disk, home, `${file}.2`), { code: "not-found" });
});

test("should refuse a file with any damaged or missing part, and leave nothing of it behind", async (t) => {
  const { file } = await exported(t);
  const bytes = gunzipSync(readFileSync(file));
  const damages: [string, Buffer][] = [
    ["empty", gzipSync("")],
    ["no archive", Buffer.from("hello")],
    ["other", gzipSync('{"hello":1}\n')],
    ["cut", gzipSync(bytes.subarray(0, bytes.length - 30))],
    ["cut in zip", readFileSync(file).subarray(0, 1500)],
    ["changed log", gzipSync(replaced(bytes, "hello", "hallo"))],
    ["changed journal", gzipSync(replaced(bytes, "quiet-otter", "quiet-ocelo"))],
    ["other run", gzipSync(replaced(bytes, `"run_id":"${runId}"`, `"run_id":"${runId.replace(/.$/, "9")}"`))],
    ["no run", gzipSync(replaced(bytes, `"run_id":"${runId}"`, `"run_id":"../${runId.slice(3)}"`))],
    ["outside", gzipSync(replaced(bytes, '"file":"logs.ndjson"', '"file":"../../logs/x"'))],
    ["twice", gzipSync(replaced(bytes, '"file":"logs.ndjson"', '"file":"journal.1.ndjson"'))],
  ];
  for (const [what, content] of damages) {
    writeFileSync(file, content);
    const disk = simulatedDisk();
    await assert.rejects(importRun(disk, home, file, elsewhere), { code: "bad-file" }, what);
    assert.ok(isEmpty(disk), what);
  }
  writeFileSync(file, gzipSync(replaced(bytes, '"major":1', '"major":2')));
  await assert.rejects(importRun(simulatedDisk(), home, file, elsewhere), { code: "home-newer" });
  await assert.rejects(importRun(simulatedDisk(), home, `${file}x`, elsewhere), { code: "not-found" });
});

function replaced(bytes: Buffer, text: string, by: string): Buffer {
  const at = bytes.indexOf(text);
  assert.ok(at >= 0, text);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(by), bytes.subarray(at + text.length)]);
}
