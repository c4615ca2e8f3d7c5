import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryJournal } from "../../../runtime/journal/memory.ts";
import { note, notes, runId } from "./fixtures.ts";

test("should keep records in memory as reading them back would give them, and tell how far it is durable", async () => {
  const journal = memoryJournal(runId);
  const offsets: number[] = [];
  journal.onSynced((offset) => offsets.push(offset));
  const record = { ...note("one"), task_run_id: undefined };
  journal.append(record);
  await journal.commit(note("two"));
  await journal.flush();
  assert.deepEqual(notes(journal.records()), ["one", "two"]);
  assert.deepEqual(journal.records()[1]?.position, { segment: 1, seq: 1 });
  assert.ok(!("task_run_id" in (journal.records()[0]?.record ?? {})));
  assert.deepEqual(offsets.at(-1), journal.synced);
  await journal.close();
  assert.throws(() => journal.append(note("three")), /closed/);
  await assert.rejects(journal.commit(note("three")), /closed/);
});
