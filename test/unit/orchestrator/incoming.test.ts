import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import { checkShippedName, openIncoming } from "../../../runtime/orchestrator/remote/incoming.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";

async function journalBytes(folder: string): Promise<Buffer> {
  const id = newId();
  const journal = createSegment(realDisk, folder, id, 1, { reason: "start", writer: currentWriter("0.0.0") });
  for (let at = 0; at < 20; at++) journal.append({ kind: "note", flow_run_id: id, message: `${at}`, at });
  await journal.close();
  return readFileSync(path.join(folder, "journal.1.ndjson"));
}

const file = "journal.1.ndjson";

test("should take pieces in any order and any number of times, and give the same bytes", async (t) => {
  const bytes = await journalBytes(temporaryFolder(t));
  const folder = path.join(temporaryFolder(t), "run");
  const incoming = openIncoming(realDisk, folder);
  const write = (from: number, to: number) => incoming.write({ file, offset: from }, bytes.subarray(from, to));
  assert.equal(incoming.offset(file), 0);
  write(0, 100);
  write(500, 600);
  assert.equal(incoming.offset(file), 100);
  write(50, 300);
  write(0, 100);
  await incoming.sync();
  write(300, bytes.length);
  await incoming.sync();
  assert.equal(incoming.offset(file), bytes.length);
  assert.deepEqual(readFileSync(path.join(folder, file)), bytes);
  incoming.close();
});

test("should ask again for what it cannot trust of a journal that was open when it went down", async (t) => {
  const bytes = await journalBytes(temporaryFolder(t));
  const folder = path.join(temporaryFolder(t), "run");
  const first = openIncoming(realDisk, folder);
  const half = bytes.indexOf(0x0a, bytes.length / 2) + 1;
  first.write({ file, offset: 0 }, bytes.subarray(0, half + 10));
  await first.sync();
  first.close();
  // What a machine that went down may leave behind the last sync.
  appendFileSync(path.join(folder, file), Buffer.alloc(300));
  const second = openIncoming(realDisk, folder);
  assert.equal(second.offset(file), half);
  assert.equal(statSync(path.join(folder, file)).size, half);
  second.write({ file, offset: half }, bytes.subarray(half));
  await second.sync();
  assert.deepEqual(readFileSync(path.join(folder, file)), bytes);
  second.close();
});

test("should show a result when it is whole, and want no more of it", async (t) => {
  const folder = path.join(temporaryFolder(t), "run");
  const name = `results/${"a".repeat(64)}`;
  const incoming = openIncoming(realDisk, folder);
  incoming.write({ file: name, offset: 0, size: 6 }, Buffer.from("abc"));
  await incoming.sync();
  assert.equal(existsSync(path.join(folder, name)), false);
  assert.equal(incoming.offset(name), 3);
  incoming.write({ file: name, offset: 3, size: 6 }, Buffer.from("def"));
  await incoming.sync();
  assert.equal(readFileSync(path.join(folder, name), "utf8"), "abcdef");
  assert.equal(incoming.offset(name), Number.MAX_SAFE_INTEGER);
  incoming.write({ file: name, offset: 0, size: 6 }, Buffer.from("xxxxxx"));
  await incoming.sync();
  assert.equal(readFileSync(path.join(folder, name), "utf8"), "abcdef");
  incoming.close();
});

test("should take a log anew whose middle was cut out", async (t) => {
  const folder = path.join(temporaryFolder(t), "run");
  const incoming = openIncoming(realDisk, folder);
  incoming.write({ file: "logs.ndjson", offset: 0 }, Buffer.from('{"a":1}\n{"b":2}\n'));
  incoming.write({ file: "logs.ndjson", offset: 0 }, Buffer.from('{"b":2}\n'));
  await incoming.sync();
  assert.equal(readFileSync(path.join(folder, "logs.ndjson"), "utf8"), '{"b":2}\n');
  incoming.close();
});

test("should let a worker write nothing but the files of a run", () => {
  for (const name of ["../x", "journal.1.ndjson/x", "results/../../owner.1", "/etc/passwd", "results/abc", ""]) {
    assert.throws(() => checkShippedName(name), { code: "bad-usage" }, name);
  }
  checkShippedName("journal.12.ndjson");
});
