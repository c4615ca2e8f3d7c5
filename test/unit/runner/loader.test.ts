import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { findFlowFile } from "../../../runtime/runner/flow-file.ts";
import { blankText } from "../../../runtime/runner/loader/blank-text.ts";
import { excerpt, placeOf } from "../../../runtime/runner/loader/load-error.ts";
import { hookedRequire } from "../../../runtime/runner/loader/private-require.ts";
import { packageFolder, probe, splitPackage } from "../../../runtime/runner/loader/probe.ts";
import { refuseUnsupported } from "../../../runtime/runner/loader/sucrase-refusals.ts";
import { matchPaths } from "../../../runtime/runner/loader/tsconfig.ts";
import { parseTsconfigFile } from "../../../runtime/runner/loader/tsconfig-parse.ts";
import { pickFlow } from "../../../runtime/runner/pick-flow.ts";
import { temporaryFolder } from "../../support/places.ts";

function write(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

test("should point at a place in a line, also a long one and one with tabs", () => {
  assert.equal(excerpt({ line: 9, column: 3 }, "\tab"), "  9 | \tab\n    | \t ^");
  const long = excerpt({ line: 10, column: 301 }, `${"x".repeat(300)}!${"y".repeat(300)}`);
  const [text = "", caret = ""] = long.split("\n");
  assert.ok(text.length < 140);
  assert.equal(text.charAt(caret.indexOf("^")), "!");
  assert.equal(excerpt({ line: 1, column: 1 }, "  "), "");
});

test("should count lines and columns from 1", () => {
  assert.deepEqual(placeOf("ab\r\ncd", 5), { line: 2, column: 2, lineText: "cd" });
  assert.deepEqual(placeOf("ab\r\ncd", 0), { line: 1, column: 1, lineText: "ab" });
});

test("should find the file that is meant", (t) => {
  const folder = write(temporaryFolder(t), {
    "a.ts": "",
    "b.js": "",
    "b.ts": "",
    "c/index.tsx": "",
    "d/package.json": `{"main":"./src/main.js"}`,
    "d/src/main.ts": "",
    "e/package.json": `{"main":"."}`,
    "e/index.js": "",
    "f.config.ts": "",
  });
  const found = (name: string): string | undefined => {
    const file = probe(path.join(folder, name));
    return file === undefined ? undefined : path.relative(folder, file).split(path.sep).join("/");
  };
  assert.equal(found("a"), "a.ts");
  assert.equal(found("a.js"), "a.ts");
  assert.equal(found("b.js"), "b.js");
  assert.equal(found("b"), "b.ts");
  assert.equal(found("c"), "c/index.tsx");
  assert.equal(found("d"), "d/src/main.ts");
  assert.equal(found("e"), "e/index.js");
  assert.equal(found("f.config"), "f.config.ts");
  assert.equal(found("g"), undefined);
});

test("should tell a package's name from the path in it", () => {
  assert.deepEqual(splitPackage("pg/lib/x"), { name: "pg", rest: "lib/x" });
  assert.deepEqual(splitPackage("@a/b"), { name: "@a/b", rest: "" });
  for (const other of ["./a", "../a", "/a", "#a", "@a", "node:fs", "c:\\a"])
    assert.equal(splitPackage(other), undefined);
});

test("should look for packages in every folder above", (t) => {
  const folder = write(temporaryFolder(t), { "node_modules/pg/i.js": "", "a/b/c.ts": "" });
  assert.equal(packageFolder("pg", path.join(folder, "a/b/c.ts")), path.join(folder, "node_modules/pg"));
  assert.equal(packageFolder("not-there-at-all", path.join(folder, "a/b/c.ts")), undefined);
});

test("should match tsconfig paths by TypeScript's rule", () => {
  const paths = [
    { prefix: "@/", suffix: "", targets: ["/w/src/*"] },
    { prefix: "@/lib/", suffix: ".js", targets: ["/w/lib/*", "/w/alt/*"] },
    { prefix: "exact", targets: ["/w/exact.ts"] },
  ];
  assert.deepEqual(matchPaths({ paths }, "@/a/b"), ["/w/src/a/b"]);
  assert.deepEqual(matchPaths({ paths }, "@/lib/$&.js"), ["/w/lib/$&", "/w/alt/$&"]);
  assert.deepEqual(matchPaths({ paths }, "exact"), ["/w/exact.ts"]);
  assert.deepEqual(matchPaths({ paths }, "other"), []);
  assert.deepEqual(matchPaths({ paths, baseUrl: path.normalize("/w") }, "other"), [path.normalize("/w/other")]);
});

test("should read a tsconfig with what it extends, and know every file it depends on", (t) => {
  const folder = write(temporaryFolder(t), {
    "tsconfig.json": `{ "extends": "./conf/base.json", /* mine */ "compilerOptions": { "jsx": "react-jsx", "lib": [] } }`,
    "conf/base.json": `{ "compilerOptions": { "paths": { "~/*": ["../src/*"] }, "target": "ES2020" } }`,
  });
  const parse = parseTsconfigFile(path.join(folder, "tsconfig.json"));
  assert.equal(parse.options["jsx"], "react-jsx");
  assert.equal(String(parse.options["target"]).toLowerCase(), "es2020");
  assert.equal(parse.options["lib"], undefined);
  assert.deepEqual(parse.paths, [{ prefix: "~/", suffix: "", targets: [path.join(folder, "src/*")] }]);
  assert.equal(parse.baseUrl, undefined);
  const files = parse.files.map(({ file }) => path.relative(folder, file).split(path.sep).join("/"));
  assert.ok(files.includes("tsconfig.json") && files.includes("conf/base.json"));
  assert.ok(parse.files.every(({ stamp }) => stamp !== ""));
});

test("should keep a use strict in front", () => {
  assert.match(hookedRequire(`// hello\n"use strict";\n`), /^"use strict";require=/);
  assert.match(hookedRequire(`exports.a = "use strict";`), /^require=/);
});

test("should blank what is no code, keeping every offset", () => {
  const source = [
    "const a = 'it''s'; // namespace X {",
    '/* @decorator */ const b = "@no";',
    ["const c = `@$", "{ { d: '}' }.d } using x = 1`;"].join(""),
    "const e = /['\"`]/.test(a) / 2;",
  ].join("\n");
  const blank = blankText(source);
  assert.equal(blank.length, source.length);
  assert.equal(blank.split("\n").length, 4);
  assert.doesNotMatch(blank, /namespace|@|using|['"`]/);
  assert.match(blank, /const e = +\.test\(a\) \/ 2;/);
  assert.match(blank, /\{ d: +\}\.d +;/);
});

test("should refuse what sucrase would drop or pass on, and say where", () => {
  const refused: readonly [source: string, message: RegExp][] = [
    ["export namespace A.B {\n}", /a\.ts:1:8: a namespace cannot be compiled here/],
    ["class A {\n  @log go() {}\n}", /a\.ts:2:3: a decorator cannot/],
    ["@sealed\nclass A {}", /a\.ts:1:1: a decorator/],
    ["class A {\n  static accessor x = 1;\n}", /a\.ts:2:10: "accessor"/],
    ["{\n  await using x = open();\n}", /a\.ts:2:9: "using"/],
    ["for (using x of y) {}", /a\.ts:1:6: "using"/],
  ];
  for (const [source, message] of refused) {
    assert.throws(() => refuseUnsupported(source, "a.ts", 22), { code: "load-failed", message }, source);
  }
  assert.doesNotThrow(() => refuseUnsupported("using x = open();", "a.ts", 24));
  const fine = [
    "const namespace = 1; namespace.x = 2;",
    "declare namespace Express { interface Request {} }",
    "// @decorator\nconst mail = 'a@b.c';",
    "const o = { accessor: 1, using: 2 }; o.using = 3;",
    "import { using } from 'x';\nusing(1);",
  ];
  for (const source of fine) assert.doesNotThrow(() => refuseUnsupported(source, "a.ts", 22), source);
});

test("should find the file of a flow, or say what is there instead", (t) => {
  const folder = write(temporaryFolder(t), { "etl.ts": "", "folder/x.md": "", "data.csv": "" });
  assert.equal(findFlowFile("etl", folder), path.join(folder, "etl.ts"));
  assert.throws(() => findFlowFile("elt.ts", folder), {
    code: "bad-file",
    exitCode: 2,
    message: /Did you mean "etl\.ts"\?/,
  });
  assert.throws(() => findFlowFile("folder", folder), { message: /is a folder without an index file/ });
  assert.throws(() => findFlowFile("data.csv", folder), {
    message: /flows are written in TypeScript or JavaScript.*\.csv/,
  });
  assert.throws(() => findFlowFile("no/such/etl.ts", folder), { message: /nor the folder/ });
});

test("should pick the flow that is meant, or list those there are", () => {
  const [first, second] = [{ id: 1 }, { id: 2 }];
  const one = { name: "etl", exportName: "default", flow: first };
  const two = { name: "etl", exportName: "nightly", flow: second };
  assert.equal(pickFlow([one], undefined, "a.ts"), one);
  assert.equal(pickFlow([one, { ...one, exportName: "main" }], undefined, "a.ts").exportName, "main");
  assert.equal(pickFlow([one, two], "nightly", "a.ts"), two);
  assert.equal(pickFlow([two], "default", "a.ts", { default: second }), two);
  assert.throws(() => pickFlow([], undefined, "a.ts"), { code: "no-flow", message: /export const hello = flow/ });
  assert.throws(() => pickFlow([one, two], undefined, "a.ts"), {
    code: "ambiguous-flow",
    message: /default \("etl"\), nightly \("etl"\)/,
  });
  assert.throws(() => pickFlow([one, two], "etl", "a.ts"), { code: "ambiguous-flow", message: /use the export/ });
  assert.throws(() => pickFlow([two], "nigthly", "a.ts"), {
    code: "unknown-flow",
    message: /Did you mean "nightly"\?/,
  });
});
