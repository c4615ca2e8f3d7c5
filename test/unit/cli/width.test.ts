import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { layoutColumns } from "../../../runtime/cli/terminal/columns.ts";
import { wantsColor, wantsUnicode } from "../../../runtime/cli/terminal/style.ts";
import { cleanLines, oneLine, padEnd, textWidth, truncate, wrap } from "../../../runtime/cli/terminal/width.ts";
import { colorStyle } from "./support.ts";

test("should measure wide, combining and coloured text in cells", () => {
  assert.equal(textWidth("abc"), 3);
  assert.equal(textWidth("テーブル"), 8);
  assert.equal(textWidth("한국"), 4);
  assert.equal(textWidth("e\u0301"), 1);
  assert.equal(textWidth("👩‍👩‍👧"), 2);
  assert.equal(textWidth("🇩🇪"), 2);
  assert.equal(textWidth("✓✗⠋━"), 4);
  assert.equal(textWidth(colorStyle.red("ab")), 2);
});

test("should never cut to more cells than asked for", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 30 }), (text, width) => {
      const line = oneLine(text);
      const cut = truncate(line, width);
      assert.ok(textWidth(cut) <= width, JSON.stringify([cut, width]));
      if (textWidth(line) <= width && width > 0) assert.equal(cut, line);
    }),
  );
});

test("should keep colours when cutting, and close them", () => {
  const cut = truncate(`${colorStyle.green("abcdef")} tail`, 4);
  assert.equal(stripVTControlCharacters(cut), "abc…");
  assert.ok(cut.endsWith("\u001b[0m"));
});

test("should not cut a wide character in half", () => {
  assert.equal(truncate("テーブル", 4), "テ…");
  assert.equal(padEnd("テ", 4), "テ  ");
});

test("should take control characters out of what user code printed", () => {
  assert.equal(oneLine("a\u001b[2Jb\nc\td\u0007\u0000"), "ab c  d");
  assert.deepEqual(cleanLines("a\r\nb\u001b[31m!\u001b[0m\n\n"), ["a", "b!"]);
});

test("should wrap at spaces and break what is too long", () => {
  assert.deepEqual(wrap("one two three four", 9), ["one two", "three", "four"]);
  assert.deepEqual(wrap("abcdefghijkl", 8), ["abcdefgh", "ijkl"]);
});

test("should shrink and then drop columns until the lines fit", () => {
  const columns = [{ title: "NAME", shrinkTo: 5 }, { title: "TIME", drop: 1 }, { title: "ID" }];
  const rows = [["a-rather-long-name", "1.2s", "abcd1234"]];
  assert.deepEqual(layoutColumns(columns, rows, 40), [
    "NAME                TIME  ID",
    "a-rather-long-name  1.2s  abcd1234",
  ]);
  assert.deepEqual(layoutColumns(columns, rows, 28), ["NAME          TIME  ID", "a-rather-lo…  1.2s  abcd1234"]);
  assert.deepEqual(layoutColumns(columns, rows, 16), ["NAME    ID", "a-rat…  abcd1234"]);
});

test("should decide on colours by NO_COLOR, FORCE_COLOR, TERM and the terminal", () => {
  assert.equal(wantsColor(true, {}), true);
  assert.equal(wantsColor(false, {}), false);
  assert.equal(wantsColor(true, { NO_COLOR: "1" }), false);
  assert.equal(wantsColor(true, { NO_COLOR: "" }), true);
  assert.equal(wantsColor(true, { TERM: "dumb" }), false);
  assert.equal(wantsColor(false, { FORCE_COLOR: "1" }), true);
  assert.equal(wantsColor(true, { FORCE_COLOR: "0" }), false);
  assert.equal(wantsColor(true, { FORCE_COLOR: "1", NO_COLOR: "1" }), false);
});

test("should draw glyphs only where they can be shown", () => {
  assert.equal(wantsUnicode({ LANG: "en_US.UTF-8" }, "linux"), true);
  assert.equal(wantsUnicode({}, "linux"), true);
  assert.equal(wantsUnicode({ LANG: "C" }, "linux"), false);
  assert.equal(wantsUnicode({ LC_ALL: "C", LANG: "en_US.UTF-8" }, "linux"), false);
  assert.equal(wantsUnicode({ TERM: "linux", LANG: "en_US.UTF-8" }, "linux"), false);
  assert.equal(wantsUnicode({}, "win32"), false);
  assert.equal(wantsUnicode({ WT_SESSION: "x" }, "win32"), true);
});
