import assert from "node:assert/strict";
import { test } from "node:test";
import { idDay, idTime, isId, newId } from "../../../runtime/protocol/ids.ts";

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

test("should make ids of version 7 that differ and sort in the order they were made, also within a millisecond", () => {
  const later = Date.now() + 1000;
  const ids = Array.from({ length: 20_000 }, (_, index) => newId(later + Math.floor(index / 9000)));
  assert.deepEqual(
    ids.filter((id) => !isId(id)),
    [],
  );
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids.map((id) => id.slice(19))).size, ids.length, "the random part repeats");
  assert.deepEqual([...new Set(ids.map((id) => id[19]))].sort(), ["8", "9", "a", "b"]);
});

test("should not go back when the clock does", () => {
  const ahead = newId(Date.now() + 100_000);
  assert.ok(newId(now) > ahead);
});

test("should tell when an id was made, and the day under which its run lies", () => {
  const id = newId(Date.now() + 1_000_000_000);
  assert.ok(Math.abs(idTime(id) - Date.now() - 1_000_000_000) < 60_000);
  assert.equal(idDay("019b7cb6-97ee-7000-8000-000000000000"), new Date(0x019b7cb697ee).toISOString().slice(0, 10));
});
