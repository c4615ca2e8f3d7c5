import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogWindow } from "../../../../runtime/protocol/editor-api.ts";
import { LineCache } from "../../../../webviews/run/logs/line-cache.ts";

const line = (index: number) => ({ at: index, level: 20, message: `line ${index}`, name: "log", flow_run_id: "r" });

/** A log whose answers come when the test says so. */
function servedLog(total: number) {
  const asked: { start: number; count: number; answer: () => Promise<void>; fail: () => Promise<void> }[] = [];
  const seen: number[] = [];
  const failures: unknown[] = [];
  const log = { total };
  const settled = async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  const cache = new LineCache({
    ask: (start, count) =>
      new Promise<LogWindow>((resolve, reject) => {
        asked.push({
          start,
          count,
          async answer() {
            const from = start < 0 ? Math.max(0, log.total + start) : start;
            const lines = Array.from({ length: Math.max(0, Math.min(count, log.total - from)) }, (_, at) =>
              line(from + at),
            );
            resolve({ start: from, lines, total: log.total });
            await settled();
          },
          async fail() {
            reject(new Error("away"));
            await settled();
          },
        });
      }),
    changed: (from) => seen.push(from),
    failed: (problem) => failures.push(problem),
  });
  return { cache, asked, seen, failures, log };
}

test("should learn the total from the end of the log and ask for each full chunk once", async () => {
  const { cache, asked } = servedLog(1_200);
  cache.refresh();
  assert.equal(cache.known, false);
  await asked[0]?.answer();
  assert.deepEqual(
    [cache.known, cache.total, cache.line(1_199)?.message, cache.line(999)],
    [true, 1_200, "line 1199", undefined],
  );
  assert.equal(cache.line(500), undefined, "lines 700 to 999 do not stand at the start of their chunk");
  cache.want(950, 1_199);
  await asked[1]?.answer();
  assert.equal(cache.line(999)?.message, "line 999");
  cache.want(0, 40);
  await asked[2]?.answer();
  cache.want(10, 60);
  assert.equal(asked.length, 3);
  assert.equal(cache.line(499)?.message, "line 499");
});

test("should forget what was scrolled past before it was asked for", async () => {
  const { cache, asked } = servedLog(1_000_000);
  cache.refresh();
  await asked[0]?.answer();
  for (let from = 0; from < 900_000; from += 3_000) cache.want(from, from + 40);
  cache.want(990_100, 990_140);
  await asked[1]?.answer();
  await asked[2]?.answer();
  assert.deepEqual(
    asked.slice(1).map((request) => request.start),
    [0, 3_000, 990_000],
  );
});

test("should take up lines that were added, without asking for the full chunks again", async () => {
  const { cache, asked, log } = servedLog(700);
  cache.refresh();
  await asked[0]?.answer();
  cache.want(600, 699);
  log.total = 1_050;
  cache.refresh();
  await asked[1]?.answer();
  assert.equal(cache.total, 1_050);
  assert.equal(cache.line(999)?.message, "line 999", "the answer joins with the lines that were there");
  assert.equal(cache.line(1_049)?.message, "line 1049");
  cache.want(950, 1_049);
  assert.equal(asked.length, 2);
});

test("should not ask again by itself for what failed, and ask when it is wanted anew", async () => {
  const { cache, asked, failures } = servedLog(100);
  cache.refresh();
  await asked[0]?.fail();
  assert.deepEqual([failures.length, asked.length, cache.known], [1, 1, false]);
  cache.refresh();
  await asked[1]?.answer();
  assert.deepEqual([cache.known, cache.line(0)?.message], [true, "line 0"]);
});

test("should ignore answers that come after it was closed", async () => {
  const { cache, asked, seen } = servedLog(100);
  cache.refresh();
  cache.close();
  await asked[0]?.answer();
  assert.deepEqual([seen, cache.known], [[], false]);
});

test("should ask once more when several refreshes fall into one answer", async () => {
  const { cache, asked } = servedLog(10);
  cache.refresh();
  cache.refresh();
  cache.refresh();
  await asked[0]?.answer();
  assert.equal(asked.length, 2);
  await asked[1]?.answer();
  assert.equal(asked.length, 2);
});
