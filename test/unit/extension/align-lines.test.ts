import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { alignLines, linesOf } from "../../../extension/code/align-lines.ts";

const lines = fc.array(fc.constantFrom("", "}", "a", "b", "c", "const x = 1;"), { maxLength: 40 });

test("should leave every line where it is while nothing changes", () => {
  fc.assert(fc.property(lines, (text) => assert.deepEqual(alignLines(text, text), [...text.keys()])));
});

test("should only ever put a line where the same text stands, and keep the order", () => {
  fc.assert(
    fc.property(lines, lines, (before, now) => {
      let last = -1;
      for (const [line, place] of alignLines(before, now).entries()) {
        if (place === undefined) continue;
        assert.equal(now[place], before[line]);
        assert.ok(place > last);
        last = place;
      }
    }),
  );
});

test("should lose only the line that was edited, and move those below what was inserted", () => {
  const before = ["one", "two", "three", "four"];
  assert.deepEqual(alignLines(before, ["one", "two!", "three", "four"]), [0, undefined, 2, 3]);
  assert.deepEqual(alignLines(before, ["zero", "one", "two", "new", "three", "four"]), [1, 2, 4, 5]);
  assert.deepEqual(alignLines(before, ["one", "four"]), [0, undefined, undefined, 1]);
});

test("should find lines again in a file that was changed in many places at once", () => {
  const before = Array.from({ length: 3000 }, (_, line) => `line ${line}`);
  const now = before.flatMap((line, index) => (index % 7 === 0 ? [`${line} edited`, "added"] : [line]));
  const places = alignLines(before, now);
  for (const [line, place] of places.entries()) {
    if (line % 7 === 0) assert.equal(place, undefined);
    else assert.equal(place === undefined ? undefined : now[place], `line ${line}`);
  }
});

test("should read lines however they end", () => {
  assert.deepEqual(linesOf("a\r\nb\nc\rd"), ["a", "b", "c", "d"]);
});
