import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { artifactVersions, simpleValue } from "../../../../webviews/run/results/artifact-model.ts";
import { errorText, fieldProblems, showError, splitCode } from "../../../../webviews/run/results/error-frames.ts";
import { parseJson, shownEntries, treeLines } from "../../../../webviews/run/results/json-tree.ts";
import { targetOf } from "../../../../webviews/run/results/link-target.ts";
import { markdownHtml } from "../../../../webviews/run/results/markdown.ts";
import { cellLook, shareText, tableOf, toCsv } from "../../../../webviews/run/results/table-text.ts";
import { parseIndented, textTreeLines } from "../../../../webviews/run/results/text-tree.ts";

test("should write CSV that a reader of CSV gives back, with null and the empty text told apart", () => {
  assert.equal(
    toCsv(["a", "b,c"], [[1, 'say "hi"'], [null, ""], [{ x: 1 }, "two\nlines"], [true]]),
    'a,"b,c"\n1,"say ""hi"""\n,""\n"{""x"":1}","two\nlines"\ntrue,\n',
  );
  const field = fc.oneof(fc.string(), fc.constantFrom('"', ",", "\n", '""', " x "));
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { maxLength: 5 }), (rows) => {
      assert.deepEqual(readCsv(toCsv(["a", "b"], rows)), [["a", "b"], ...rows]);
    }),
  );
});

/** A plain reader of RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text[++at];
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "," || char === "\n") {
      row.push(field);
      field = "";
      if (char === "\n") {
        rows.push(row);
        row = [];
      }
    } else field += char;
  }
  return rows;
}

test("should show a cell in one line and say what kind of value it is", () => {
  assert.deepEqual(cellLook(undefined), { text: "null", kind: "null" });
  assert.deepEqual(cellLook(12.5), { text: "12.5", kind: "number" });
  assert.deepEqual(cellLook("a\r\nb"), { text: "a⏎b", kind: "text" });
  assert.deepEqual(cellLook({ a: [1] }), { text: '{"a":[1]}', kind: "json" });
  assert.equal(cellLook("x".repeat(1000)).text.length, 301);
});

test("should never call a column empty or full that is not", () => {
  assert.deepEqual([0, 0.001, 0.126, 0.999, 1].map(shareText), ["0%", "<1%", "13%", ">99%", "100%"]);
});

test("should make a table of objects and of lists, and of nothing else", () => {
  assert.deepEqual(tableOf([{ a: 1 }, { b: 2, a: 3 }]), {
    columns: ["a", "b"],
    rows: [
      [1, undefined],
      [3, 2],
    ],
  });
  assert.deepEqual(
    tableOf([
      ["a", 2],
      [3, 4],
    ]),
    { columns: ["a", "2"], rows: [[3, 4]] },
  );
  assert.equal(tableOf([1]), undefined);
  assert.equal(tableOf({}), undefined);
});

const closed = { toggled: new Set<string>(), whole: new Set<string>() };

test("should open what is near the root and fold what lies deeper or is long", () => {
  const value = { a: { b: { c: 1 } }, list: Array.from({ length: 150 }, (_, index) => index), text: "x" };
  const lines = treeLines(value, closed);
  assert.deepEqual(
    lines.map((line) => `${"  ".repeat(line.depth)}${line.name ?? ""}:${line.text}${line.open ? " open" : ""}`),
    [":{3} open", "  a:{1} open", "    b:{1}", "  list:[150]", '  text:"x"'],
  );
  const opened = treeLines(value, { ...closed, toggled: new Set(["/list", "/a"]) });
  assert.equal(opened.filter((line) => line.path.startsWith("/list/")).length, shownEntries);
  assert.equal(opened.at(-2)?.text, "50 more");
  assert.equal(
    opened.some((line) => line.path === "/a/b"),
    false,
  );
  assert.equal(
    treeLines(value, { toggled: new Set(["/list"]), whole: new Set(["/list"]) }).some((line) => line.kind === "more"),
    false,
  );
});

test("should give each line of any value a path of its own", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const lines = treeLines(value, closed);
      assert.equal(new Set(lines.map((line) => line.path)).size, lines.length);
    }),
  );
  assert.deepEqual(parseJson("[1"), undefined);
  assert.deepEqual(parseJson("null"), { value: null });
});

const stack = [
  "TypeError: no",
  "    at load (/home/me/my flows/etl.ts:12:5)",
  "    at async /home/me/my flows/etl.ts:3:1",
  "    at Socket.on (/home/me/node_modules/pg/lib/client.js:1:2)",
  "    at node:internal/process/task_queues:95:5",
  "    at runTask (file:///home/me/.millrace/runtime/0.1.0-abcd1234/run.cjs:10:2)",
  "    at call (/home/me/.millrace/sdk/0.1.0/millrace.js:7:7)",
].join("\n");

test("should show the user's frames and fold those of packages, Node.js and Millrace", () => {
  const shown = showError({ name: "TypeError", message: "no", stack });
  assert.deepEqual(
    shown.groups.map((group) => [group.kind, group.frames.length, group.kind === "folded" ? group.label : ""]),
    [
      ["user", 2, ""],
      ["folded", 4, "4 frames in pg, Node.js and Millrace"],
    ],
  );
  assert.deepEqual(shown.groups[0]?.frames[0], {
    name: "load",
    text: "at load (/home/me/my flows/etl.ts:12:5)",
    file: "/home/me/my flows/etl.ts",
    line: 12,
    column: 5,
  });
  assert.equal(shown.groups[0]?.frames[1]?.name, "");
});

test("should know the frames of a checkout, and not take a user's file of the same name for ours", () => {
  const of = (file: string) =>
    showError({ name: "E", message: "m", stack: `E: m\n    at f (${file}:1:1)` }).groups[0]?.kind;
  assert.equal(of("/src/millrace/dist/run.cjs"), "folded");
  assert.equal(of("/src/millrace/dist/sdk/millrace.cjs"), "folded");
  assert.equal(of("C:\\Users\\me\\.millrace\\runtime\\0.1.0-ab\\runner.cjs"), "folded");
  assert.equal(of("/home/me/flows/run.ts"), "user");
  assert.equal(of("/home/me/runtime/etl.ts"), "user");
});

test("should show where an error was thrown also when its stack does not say, and end a chain that ends nowhere", () => {
  const location = { file: "/a/b.ts", line: 2, column: 3 };
  assert.deepEqual(showError({ name: "E", message: "m", location }).groups[0]?.frames[0]?.file, "/a/b.ts");
  const loop: { name: string; message: string; cause?: object } = { name: "E", message: "m" };
  loop.cause = loop;
  const chained = loop as Parameters<typeof showError>[0];
  assert.equal(errorText(chained).split("Caused by").length, 11);
  let depth = 0;
  for (let cause = showError(chained).cause; cause !== null; cause = cause.cause) depth++;
  assert.equal(depth, 10);
});

test("should list the fields of refused parameters", () => {
  const message = "etl: these parameters are not right:\n  months[0]: too big: at most 12\n  year: expected number";
  assert.deepEqual(fieldProblems({ name: "MillraceError", code: "bad-parameters", message }), {
    summary: "etl: these parameters are not right",
    fields: [
      { path: "months[0]", message: "too big: at most 12" },
      { path: "year", message: "expected number" },
    ],
  });
  assert.deepEqual(fieldProblems({ name: "Error", message }).fields, []);
});

test("should set lines of code apart from the words of an error, so that the mark stands below its place", () => {
  const code = '  5 | if (a) throw new Error("x");\n    |              ^';
  assert.deepEqual(splitCode(`etl.ts:5:14: loading failed\n${code}`), { text: "etl.ts:5:14: loading failed", code });
  assert.deepEqual(splitCode("two\nlines"), { text: "two\nlines", code: "" });
  assert.deepEqual(splitCode("a | b"), { text: "a | b", code: "" });
});

test("should read the values of small artifacts itself, and leave the others to the service", () => {
  assert.deepEqual(simpleValue({ kind: "inline", data: ["# text"] }), { value: "# text" });
  assert.deepEqual(simpleValue({ kind: "inline", data: { json: { url: "x" } } }), { value: { url: "x" } });
  assert.equal(simpleValue({ kind: "inline", data: [{ a: 1 }, 5] }), undefined);
  assert.equal(simpleValue({ kind: "inline", data: -1 }), undefined);
  assert.equal(simpleValue({ kind: "file", hash: "h", size: 1 }), undefined);
});

test("should show artifacts of one key as versions of one thing, in the order in which the keys came", () => {
  const of = (id: string, key: string, flow = "r") => ({
    kind: "artifact" as const,
    id,
    key,
    type: "markdown" as const,
    data: { kind: "inline" as const, data: [id] },
    flow_run_id: flow,
    at: 0,
  });
  const versions = artifactVersions([of("1", "b"), of("2", "a"), of("3", "b"), of("4", "b", "child")]);
  assert.deepEqual(
    versions.map((one) => one.map(({ id }) => id)),
    [["1", "3"], ["2"], ["4"]],
  );
});

const tags = new Set(
  "a blockquote br code em h1 h2 h3 h4 h5 h6 hr img li ol p pre s strong table tbody td th thead tr ul".split(" "),
);
const attributes = new Set(["role", "tabindex", "title", "data-href", "src", "alt", "class", "start"]);

function assertSafe(html: string): void {
  const text = html.replaceAll(/<\/?([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>/g, (_, tag: string, given: string) => {
    assert.ok(tags.has(tag), html);
    for (const [, name = "", value = ""] of given.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
      assert.ok(attributes.has(name), html);
      if (name === "src") assert.match(value, /^data:image\//);
    }
    return "";
  });
  assert.doesNotMatch(text, /</);
}

test("should never let markdown bring HTML, styles or foreign addresses into a page", () => {
  const html = markdownHtml(
    '# Hi <script>x</script>\n<img src=x onerror=y>\n\n[bad](javascript:alert(1)) [good](https://a.b/?x="1")\n\n![chart](https://a.b/c.png) ![dot](data:image/png;base64,AAAA)\n\n|a|b|\n|-:|-|\n|1|2|',
  );
  assertSafe(html);
  assert.match(html, /&lt;script&gt;/);
  assert.match(html, /\[bad\]/);
  assert.match(html, /data-href="https:\/\/a.b\/\?x=/);
  assert.match(html, /data-href="https:\/\/a.b\/c.png"[^>]*>chart/);
  assert.match(html, /<img src="data:image\/png;base64,AAAA" alt="dot"/);
  assert.match(html, /<th class="number">/);
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "<b>",
      "[x](",
      ")",
      "![",
      "](",
      "<a href='y'>",
      "`",
      "|",
      "\n",
      "https://x.y/",
      "<https://z.y>",
      "\n|-:|\n",
    ),
  );
  fc.assert(fc.property(fc.array(piece), (pieces) => assertSafe(markdownHtml(pieces.join("")))));
});

test("should tell addresses on the web from places in files", () => {
  assert.deepEqual(targetOf("https://a.b/c"), { url: "https://a.b/c" });
  assert.deepEqual(targetOf("mailto:a@b.c"), { url: "mailto:a@b.c" });
  assert.deepEqual(targetOf("flows/etl.ts#L12"), { file: "flows/etl.ts", line: 12 });
  assert.deepEqual(targetOf("./a%20b.ts:3"), { file: "./a b.ts", line: 3 });
  assert.deepEqual(targetOf("/abs/notes.md"), { file: "/abs/notes.md" });
  assert.equal(targetOf("#heading"), undefined);
  assert.equal(targetOf("command:workbench.action"), undefined);
});

test("should fold text that is indented as JSON and is none", () => {
  const text = `{
  "big": 123n,
  "map": Map(2) {
    "a b" => 1,
    2 => Set(1) [
      "x, {"
    ]
  },
  "empty": {},
  "q\\"": "text: [",
  "cut": [
    {
      "i": 0`;
  const root = parseIndented(text);
  assert.ok(root !== undefined);
  const all = textTreeLines(root, { toggled: new Set(["/map/2", "/cut/0"]), whole: new Set() });
  assert.deepEqual(
    all.map((line) => `${"  ".repeat(line.depth)}${line.name ?? ""}: ${line.text} ${line.kind}`),
    [
      ": {5} object",
      "  big: 123n number",
      "  map: Map(2) object",
      '    "a b": 1 number',
      "    2: Set(1) array",
      '      0: "x, {" string',
      "  empty: {} object",
      '  q": "text: [" string',
      "  cut: [1] array",
      "    0: {1} object",
      "      i: 0 number",
    ],
  );
  assert.equal(parseIndented("just a text"), undefined);
});

test("should read any JSON from its indented text as from itself", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.array(fc.jsonValue(), { minLength: 1 }), fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 })),
      (value) => {
        const root = parseIndented(JSON.stringify(value, null, 2));
        assert.ok(root !== undefined);
        const shape = (lines: ReturnType<typeof treeLines>) =>
          lines.map(({ path, depth, kind }) => ({ path, depth, kind }));
        assert.deepEqual(
          shape(textTreeLines(root, closed)),
          shape(treeLines(JSON.parse(JSON.stringify(value)), closed)),
        );
      },
    ),
  );
});
