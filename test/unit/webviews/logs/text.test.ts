import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseAnsi, stripAnsi } from "../../../../webviews/run/logs/ansi.ts";
import { cutByRanges, findAll } from "../../../../webviews/run/logs/highlight.ts";
import { fieldsText, levelOf, messageShape, plainLine, timeText } from "../../../../webviews/run/logs/line-text.ts";
import { findLinks, resolveFile } from "../../../../webviews/run/logs/links.ts";
import { messageRuns } from "../../../../webviews/run/logs/message-parts.ts";

const esc = "\u001b";

test("should keep the colours of a terminal and drop what else steers it", () => {
  assert.deepEqual(parseAnsi(`a${esc}[31mred${esc}[1m bold${esc}[0m b`), [
    { text: "a", style: {} },
    { text: "red", style: { color: 1 } },
    { text: " bold", style: { color: 1, bold: true } },
    { text: " b", style: {} },
  ]);
  assert.deepEqual(parseAnsi(`${esc}[2K${esc}[1Gdone${esc}]0;title\u0007!`), [
    { text: "done", style: {} },
    { text: "!", style: {} },
  ]);
  assert.equal(stripAnsi(`${esc}]8;;https://x.y${esc}\\link${esc}]8;;${esc}\\`), "link");
});

test("should read the 16, the 256 and the free colours, and end each attribute with its own code", () => {
  const styleOf = (codes: string) => parseAnsi(`${esc}[${codes}mx`)[0]?.style;
  assert.deepEqual(styleOf("97;44"), { color: 15, background: 4 });
  assert.deepEqual(styleOf("38;5;9"), { color: 9 });
  assert.deepEqual(styleOf("38;5;196"), { color: "rgb(255, 0, 0)" });
  assert.deepEqual(styleOf("48;5;232"), { background: "rgb(8, 8, 8)" });
  assert.deepEqual(styleOf("38;2;1;2;300;4"), { color: "rgb(1, 2, 255)", underline: true });
  assert.deepEqual(styleOf("1;2;22;3"), { italic: true });
  assert.deepEqual(styleOf("31;39;7;27;9;29"), {});
  assert.deepEqual(styleOf("38;5;999"), {});
});

test("should show of a line that overwrites itself what a terminal would show last", () => {
  assert.equal(stripAnsi("10%\r50%\r100%"), "100%");
  assert.equal(stripAnsi("100%\r"), "100%");
  assert.equal(stripAnsi("one\r\ntwo"), "one\ntwo");
});

test("should never show an escape character or lose ordinary text, whatever a program prints", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(esc, `${esc}[`, `${esc}[31m`, `${esc}[38;5;`, "\r", "\n", "\u009b1m", `${esc}]0;`),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const shown = stripAnsi(pieces.join(""));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal control characters are the subject here
      assert.doesNotMatch(shown, /[\u0000-\u0008\u000b-\u001f\u007f\u009b]/);
    }),
  );
  fc.assert(fc.property(fc.stringMatching(/^[a-zé漢 \n\t]*$/), (text) => assert.equal(stripAnsi(text), text)));
});

const sources = (text: string) =>
  findLinks(text).flatMap((piece) => (piece.kind === "source" ? [[piece.file, piece.line, piece.column]] : []));
const urls = (text: string) => findLinks(text).flatMap((piece) => (piece.kind === "url" ? [piece.url] : []));

test("should find places in source files as programs write them", () => {
  assert.deepEqual(sources("    at load (/home/me/my flows/etl.ts:12:5)"), [["/home/me/my flows/etl.ts", 12, 5]]);
  assert.deepEqual(sources("    at async file:///home/me/my%20flows/etl.ts:12:5"), [
    ["/home/me/my flows/etl.ts", 12, 5],
  ]);
  assert.deepEqual(sources("    at file:///C:/work/a.ts:3:1"), [["C:\\work\\a.ts", 3, 1]]);
  assert.deepEqual(sources("see C:\\work\\flows\\etl.ts:7 now"), [["C:\\work\\flows\\etl.ts", 7, undefined]]);
  assert.deepEqual(sources("flows/étl.ts:7:2: error"), [["flows/étl.ts", 7, 2]]);
  assert.deepEqual(sources("./a.py:3, ../b.sql:4:1."), [
    ["./a.py", 3, undefined],
    ["../b.sql", 4, 1],
  ]);
});

test("should not take times, addresses of servers and ratios for places in files", () => {
  for (const text of ["at 12:30:45", "localhost:8080", "127.0.0.1:80:1", "ratio 4:3", "key:1", "node:fs:12"]) {
    assert.deepEqual(sources(text), [], text);
  }
});

test("should leave out of an address what belongs to the sentence around it", () => {
  assert.deepEqual(urls("(see https://a.b/c?d=e#f)."), ["https://a.b/c?d=e#f"]);
  assert.deepEqual(urls("https://en.wikipedia.org/wiki/A_(b), and http://x.y:80/z!"), [
    "https://en.wikipedia.org/wiki/A_(b)",
    "http://x.y:80/z",
  ]);
  assert.deepEqual(urls('"https://a.b/c":https'), ["https://a.b/c"]);
  assert.deepEqual(urls("http:// and https://"), []);
});

test("should give back the whole text in order, whatever it holds", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("https://a.b", "/a/b.ts:1:2", "(", ")", " at ", "\n", ":1", "C:\\"),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.string({ maxLength: 2 }), (pieces, wanted) => {
      const text = pieces.join("");
      assert.equal(
        findLinks(text)
          .map((link) => link.text)
          .join(""),
        text,
      );
      assert.equal(
        messageRuns(text, wanted)
          .flatMap((run) => run.parts)
          .map((part) => part.text)
          .join(""),
        stripAnsi(text),
      );
    }),
  );
});

test("should find relative files by the directory that the run works in", () => {
  assert.equal(resolveFile("./flows/../a.ts", "/home/me"), "/home/me/a.ts");
  assert.equal(resolveFile("flows/a.ts", "C:\\work\\"), "C:\\work\\flows\\a.ts");
  assert.equal(resolveFile("/x/a.ts", "/home/me"), "/x/a.ts");
  assert.equal(resolveFile("a.ts", null), "a.ts");
});

test("should mark what is looked for through colours and links, without regard to case", () => {
  assert.deepEqual(
    messageRuns(`no ${esc}[31mFa${esc}[0miled https://x.y/failed`, "failed").map((run) => [
      run.link?.kind ?? "text",
      run.parts.map((part) => [part.text, part.marked]),
    ]),
    [
      [
        "text",
        [
          ["no ", false],
          ["Fa", true],
          ["iled", true],
          [" ", false],
        ],
      ],
      [
        "url",
        [
          ["https://x.y/", false],
          ["failed", true],
        ],
      ],
    ],
  );
  assert.deepEqual(findAll("a.b.a", "."), [
    [1, 2],
    [3, 4],
  ]);
  assert.deepEqual(findAll("İi", "i"), [[1, 2]]);
  assert.deepEqual(cutByRanges("cde", 2, [[0, 3]]), [
    { text: "c", marked: true },
    { text: "de", marked: false },
  ]);
});

test("should show the first lines of a long message and the start of a long line, and all of it when expanded", () => {
  const many = `${Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n")}\n\n`;
  assert.deepEqual([messageShape(many, false).lines, messageShape(many, false).hiddenLines], [20, 10]);
  assert.deepEqual([messageShape(many, true).lines, messageShape(many, true).hiddenLines], [30, 0]);
  const long = messageShape("x".repeat(1_000_000), false);
  assert.deepEqual([long.text.length, long.hiddenCharacters], [2_001, 998_000]);
  assert.equal(messageShape("one\r\n", false).text, "one");
});

test("should tell times since the start of the run, also for hours and for clocks that went back", () => {
  assert.equal(timeText(1_500, "relative", 1_000), "+0:00.500");
  assert.equal(timeText(3_725_042, "relative", 0), "+1:02:05.042");
  assert.equal(timeText(900, "relative", 1_000), "+0:00.000");
  assert.match(timeText(Date.UTC(2026, 0, 1, 0, 0, 5, 7), "absolute", 0), /^\d\d:\d\d:05\.007$/);
});

test("should copy a line as its columns read, without colours", () => {
  const line = {
    at: 61_000,
    level: 40,
    message: `${esc}[31mno\u001b[0m\n`,
    name: "log",
    flow_run_id: "r",
    fields: { rows: 2, file: "a b", path: "x/y" },
  };
  assert.equal(
    plainLine(line, "fetch-1", "relative", 1_000),
    '+1:00.000 ERROR [fetch-1] no rows=2 file="a b" path=x/y',
  );
  assert.equal(fieldsText(undefined), "");
  assert.deepEqual([5, 10, 20, 29, 30, 40, 50].map(levelOf), [
    "debug",
    "debug",
    "info",
    "info",
    "warn",
    "error",
    "error",
  ]);
});

test("should find places in texts of one endless word as quickly as in others", () => {
  const word = `${"a.b/".repeat(10_000)}:1`;
  assert.deepEqual(sources(word), []);
  assert.deepEqual(sources(`${"x".repeat(40_000)} flows/a.ts:3`), [["flows/a.ts", 3, undefined]]);
  assert.deepEqual(sources(`=/a/b.ts:3 "c.py:4" <d.sql:5>`), [
    ["/a/b.ts", 3, undefined],
    ["c.py", 4, undefined],
    ["d.sql", 5, undefined],
  ]);
});
