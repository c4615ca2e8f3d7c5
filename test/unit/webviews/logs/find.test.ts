import assert from "node:assert/strict";
import { test } from "node:test";
import { createFind } from "../../../../webviews/run/logs/find.ts";
import { moveTo } from "../../../../webviews/run/logs/keys.ts";

/** Finds the given lines in a log of a hundred; waiting texts are looked for when the test says so. */
function searched(lines: readonly number[]) {
  const shown: number[] = [];
  const asked: [number, boolean][] = [];
  const timers: (() => void)[] = [];
  const find = createFind({
    ask: async (_, from, backwards) => {
      asked.push([from, backwards]);
      const index = backwards ? lines.findLast((line) => line <= from) : lines.find((line) => line >= from);
      return { index: index ?? null, matches: lines.length };
    },
    total: () => 100,
    firstSeen: () => 40,
    show: (index) => shown.push(index),
    later: (work) => {
      timers.push(work);
      return setTimeout(() => undefined, 0);
    },
  });
  const typed = async (text: string) => {
    find.type(text);
    timers.splice(0).at(-1)?.();
    await settled();
  };
  return { find, shown, asked, typed };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

test("should look from what is seen, go on line by line and begin anew behind the last", async () => {
  const { find, shown, typed } = searched([10, 50, 90]);
  await typed("x");
  assert.deepEqual([shown, find.current.value, find.matches.value], [[50], 50, 3]);
  for (let step = 0; step < 2; step++) {
    find.next();
    await settled();
  }
  assert.deepEqual(shown, [50, 90, 10]);
  find.previous();
  await settled();
  assert.deepEqual(shown, [50, 90, 10, 90]);
});

test("should stay at the line that still matches while one types on", async () => {
  const { find, shown, typed } = searched([50, 90]);
  await typed("x");
  find.next();
  await settled();
  await typed("xy");
  assert.deepEqual(shown, [50, 90, 90]);
});

test("should say that nothing was found without asking from the other end", async () => {
  const { find, shown, asked, typed } = searched([]);
  await typed("x");
  assert.deepEqual([shown, find.matches.value, asked.length], [[], 0, 1]);
});

test("should forget what was found when the text goes, the box closes or other lines are shown", async () => {
  const { find, typed } = searched([50]);
  await typed("x");
  await typed("");
  assert.deepEqual([find.current.value, find.matches.value], [null, null]);
  find.show();
  await typed("x");
  find.again();
  assert.deepEqual([find.current.value, find.matches.value], [null, null]);
  find.close();
  assert.equal(find.open.value, false);
});

test("should not show what was looked for before the box was closed", async () => {
  const { find, shown } = searched([50]);
  find.show();
  find.next();
  find.close();
  await settled();
  assert.deepEqual(shown, []);
});

test("should move through the lines by keys, beginning with the first that is seen", () => {
  const at = { first: 40, total: 100, page: 20 };
  assert.deepEqual(
    ["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "a"].map((key) => moveTo(key, null, at)),
    [40, 40, 60, 20, 0, 99, undefined],
  );
  assert.deepEqual(
    ["ArrowDown", "PageDown"].map((key) => moveTo(key, 99, at)),
    [99, 99],
  );
  assert.equal(moveTo("PageUp", 3, at), 0);
});
