import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RowHeights } from "../../../../webviews/kit/virtual-heights.ts";
import {
  drift,
  isAtEnd,
  placeAt,
  scrolledTo,
  scrollHeight,
  scrollLimit,
} from "../../../../webviews/kit/virtual-scroll.ts";

test("should place rows as if each height had been added up", () => {
  const change = fc.record({ row: fc.nat(1_999), height: fc.integer({ min: 5, max: 400 }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.nat(2_000), fc.nat(60_000), (changes, end, distance) => {
      const heights = new RowHeights(20);
      heights.resize(2_000);
      const naive = Array.from({ length: 2_000 }, () => 20);
      for (const { row, height } of changes) {
        heights.set(row, height);
        naive[row] = height;
      }
      heights.resize(end);
      naive.length = end;
      const tops = [0];
      for (const height of naive) tops.push((tops.at(-1) ?? 0) + height);
      assert.equal(heights.total, tops.at(-1));
      const found = heights.rowAt(distance);
      const wanted = tops.slice(0, -1).findLastIndex((top) => top <= distance);
      assert.equal(found, Math.max(0, wanted));
      assert.equal(heights.top(found), tops[found]);
    }),
    { numRuns: 40 },
  );
});

test("should say whether a height was news", () => {
  const heights = new RowHeights(20);
  heights.resize(3);
  assert.deepEqual(
    [heights.set(1, 20), heights.set(1, 60), heights.set(1, 60), heights.set(3, 60)],
    [false, true, false, false],
  );
  heights.clear();
  assert.equal(heights.total, 60);
});

const viewport = 600;
const long = { total: 40_000_000, viewport };

test("should scroll an ordinary list as the browser does", () => {
  const extent = { total: 10_000, viewport };
  assert.equal(scrollHeight(extent), 10_000);
  assert.deepEqual(scrolledTo(placeAt(0, extent), 9_400, extent), { position: 9_400, scrollTop: 9_400 });
  assert.ok(isAtEnd(placeAt(20_000, extent), extent));
  assert.deepEqual(placeAt(5, { total: 100, viewport }), { position: 0, scrollTop: 0 });
});

test("should reach every row of a list that is taller than a browser can scroll, by thumb and by wheel", () => {
  assert.equal(scrollHeight(long), scrollLimit);
  const bottom = scrollLimit - viewport;
  assert.equal(scrolledTo(placeAt(0, long), bottom, long).position, long.total - viewport);
  assert.equal(scrolledTo(placeAt(long.total, long), 0, long).position, 0);
  const half = scrolledTo(placeAt(0, long), bottom / 2, long);
  assert.ok(Math.abs(half.position - (long.total - viewport) / 2) < 1);
  const wheel = scrolledTo(half, half.scrollTop + 100, long);
  assert.equal(wheel.position, half.position + 100);
});

test("should never leave the list, and be where the scrollbar says once that is put right", () => {
  const step = fc.oneof(fc.integer({ min: -1_200, max: 1_200 }), fc.integer({ min: -scrollLimit, max: scrollLimit }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.integer({ min: 0, max: 100_000_000 }), (steps, total) => {
      const extent = { total, viewport };
      let place = placeAt(0, extent);
      for (const by of steps) {
        const end = Math.max(0, scrollHeight(extent) - viewport);
        place = scrolledTo(place, Math.max(0, Math.min(end, place.scrollTop + by)), extent);
        assert.ok(place.position >= 0 && place.position <= Math.max(0, total - viewport));
      }
      const right = placeAt(place.position, extent);
      assert.equal(right.position, place.position);
      assert.ok(drift(right, extent) < 1e-6);
    }),
  );
});
