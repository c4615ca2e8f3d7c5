import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "../../../runtime/protocol/ids.ts";
import { runWords } from "../../../runtime/protocol/run-words.ts";

test("should give a run the same two words each time, and different runs different ones", () => {
  const ids = Array.from({ length: 500 }, () => newId());
  for (const id of ids) {
    assert.match(runWords(id), /^[a-z]+-[a-z]+$/);
    assert.equal(runWords(id), runWords(id));
  }
  assert.ok(new Set(ids.map(runWords)).size > 400);
});
