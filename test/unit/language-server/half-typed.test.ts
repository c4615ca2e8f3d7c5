import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readFile } from "../../../language-server/analysis/read-file.ts";
import { chunksOf } from "../../../language-server/parser/chunks.ts";
import { readText, SourceDocument } from "../../../language-server/parser/source-document.ts";
import { Session } from "../../../language-server/session.ts";
import { factsOf, parsers, sitesOfText } from "./support.ts";

const imports = `import { flow, task, log, z } from "millrace";
import { LocalBucket } from "millrace/blocks";

/** Fetches a month. */
export const fetchTrips = task({
  retries: 3,
  retryDelay: ["1s", "5s"],
  async run(url: string) {
    const response = await fetch(url);
    return { url, size: response.headers.get("content-length") ?? 0 };
  },
});
`;

const flowText = (name: string) => `
/** The flow ${name}: it's one of many. */
export const ${name} = flow({
  name: "${name}-flow",
  parameters: z.object({ months: z.array(z.int().min(1)).default([1, 2]), color: z.enum(["yellow", "green"]) }),
  async run({ months, color }) {
    const bucket = await LocalBucket.load("default");
    for (const month of months) {
      const trips = await fetchTrips(\`https://example.org/\${color}/\${month}.csv\`);
      if (trips.size === 0) log.warn("nothing there", { month });
      else log.info(\`\${month}: \${trips.size} bytes\`);
    }
    return months.map((month) => ({ month, path: \`\${bucket}/\${month}\` }));
  },
});
`;

const names = ["alpha", "beta", "gamma", "delta", "epsilon"];
const parts = [imports, ...names.map(flowText)];
const valid = parts.join("");

/** What people type, paste and leave unfinished. Comment starts and backticks are not in it: they hide code rightly. */
const typed = fc.oneof(
  fc.constantFrom(
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    ":",
    '"',
    "'",
    "=>",
    "=",
    "<",
    ">",
    "$",
    ".",
    "\n",
    "\r\n",
    " ",
  ),
  fc.constantFrom(
    "const x = ",
    "export const y = flow({",
    "await ",
    "async run(",
    "if (",
    "return ",
    "function f(",
    "=> {",
  ),
  fc.constantFrom("import {", "class A {", "type T = {", "<div>", "😀", "é", "#!", "@", "enum E { a", "case 1:", "\\"),
  fc.string({ maxLength: 6 }).map((text) => text.replace(/[`/*]/g, "")),
);
const damage = fc.record({
  part: fc.nat({ max: names.length - 1 }),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat({ max: 40 }),
  inserted: fc.array(typed, { maxLength: 4 }).map((texts) => texts.join("")),
});

interface Damage {
  readonly start: number;
  readonly end: number;
  readonly inserted: string;
  readonly part: number;
}

function damageOf({
  part,
  at,
  removed,
  inserted,
}: {
  part: number;
  at: number;
  removed: number;
  inserted: string;
}): Damage {
  const text = parts[part + 1] ?? "";
  const before = parts.slice(0, part + 1).join("").length;
  // A backtick that is deleted hides what follows up to the next one, as it does for the compiler.
  // On a line of its own: what stands behind a flow on its last line is part of it to any reader.
  const from = 1 + Math.floor(at * (text.length - 2));
  const gone = text.slice(from, from + removed).replace(/[`/*][\s\S]*$/, "").length;
  return { start: before + from, end: before + from + gone, inserted, part };
}

test("should still find the other flows of a file in which one is damaged", () => {
  fc.assert(
    fc.property(damage.map(damageOf), ({ start, end, inserted, part }) => {
      const text = valid.slice(0, start) + inserted + valid.slice(end);
      const found = sitesOfText(text).flows.map(({ name, export: exported }) => `${name} ${exported}`);
      for (const [index, name] of names.entries())
        if (index !== part) assert.ok(found.includes(`${name}-flow ${name}`), `${name} of ${found.join()}\n${text}`);
    }),
    { numRuns: 200 },
  );
});

test("should keep the lens of a flow in whose body something is half typed", () => {
  const body = valid.indexOf("const bucket", valid.indexOf("const gamma"));
  for (const half of [
    "const half = {",
    "await fetchTrips(",
    "if (x",
    "for (const a of [",
    "`",
    "log.info(`${",
    "x = y ? {",
    "}",
    ")",
    "async run() {",
    "\\",
  ]) {
    const text = `${valid.slice(0, body)}${half}\n    ${valid.slice(body)}`;
    const found = sitesOfText(text).flows.map(({ name, export: exported }) => `${name} ${exported}`);
    assert.deepEqual(
      found,
      names.map((name) => `${name}-flow ${name}`),
      half,
    );
  }
});

test("should read the same after keystrokes as when the text is read anew", () => {
  const harmless = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.constant(0),
    inserted: fc.constantFrom("", "// é 😀\n", "\n\n", "const more = [1];\r\n", 'log("x");\n'),
  });
  const edits = fc.oneof(
    { weight: 1, arbitrary: fc.array(damage, { minLength: 1, maxLength: 12 }) },
    { weight: 2, arbitrary: fc.array(harmless, { minLength: 1, maxLength: 12 }) },
  );
  fc.assert(
    fc.property(edits, (list) => {
      const document = new SourceDocument("file:///project/flow.ts", "typescript", 1, valid);
      document.statements(parsers);
      for (const [index, { at, removed, inserted }] of list.entries()) {
        const before = document.text.getText();
        const place = Math.floor(at * before.length);
        const from = removed === 0 ? before.lastIndexOf("\n", place) + 1 : place;
        const range = {
          start: document.text.positionAt(from),
          end: document.text.positionAt(Math.min(before.length, from + removed)),
        };
        document.update([{ range, text: inserted }], index + 2);
        // Keystrokes may come quicker than anybody asks.
        if (index % 3 !== 1) document.statements(parsers);
      }
      const text = document.text.getText();
      const kept = readFile(document.text, 1, document.statements(parsers));
      const anew = readFile(document.text, 1, readText(parsers, document.uri, text));
      // In damaged text the parser may guess otherwise on its way; where it is in order there is one reading.
      if (document.statements(parsers).every(({ damaged }) => !damaged)) assert.deepEqual(kept, anew);
      document.close();
    }),
    { numRuns: 60 },
  );
});

test("should answer everything about any text without failing", () => {
  const texts = fc.oneof(
    fc.array(damage, { maxLength: 5 }).map((list) =>
      list.reduce((text, { at, removed, inserted }) => {
        const from = Math.floor(at * text.length);
        return text.slice(0, from) + inserted + text.slice(from + removed);
      }, valid),
    ),
    fc.string({ unit: "binary", maxLength: 300 }).map((text) => `${imports}${text}`),
    fc
      .array(
        fc.constantFrom(
          "flow(",
          "task({",
          "{",
          "}",
          ")",
          "z.object({",
          "export ",
          "await ",
          "`",
          "${",
          "/*",
          "'",
          "\n",
          "run(",
          "a.b.",
          "=>",
          "require(",
          "import ",
        ),
        { maxLength: 60 },
      )
      .map((words) => `${imports}${words.join("")}`),
  );
  fc.assert(
    fc.asyncProperty(texts, fc.nat(), async (text, number) => {
      const session = new Session(parsers, () => {});
      session.indexed = true;
      session.facts = { blocks: [], block_types: [], blocks_known: true, types_linked: {} };
      for (const uri of ["file:///project/flow.ts", "file:///project/flow.jsx", "file:///project/millrace.json"]) {
        const document = new SourceDocument(uri, "", 1, text);
        session.workspace.open(document);
        const position = document.text.positionAt(number % (text.length + 1));
        session.findings(uri);
        session.hover(uri, position);
        session.completion(uri, position);
        session.definition(uri, position);
        session.links(uri);
        for (const { export: exported, variable } of session.workspace.sites(uri)?.flows ?? [])
          await session.workspace.graph(uri, exported ?? variable ?? "");
        session.workspace.close(uri);
      }
    }),
    { numRuns: 60 },
  );
});

test("should survive nesting that no stack survives", async () => {
  const sum = `${"a+".repeat(20_000)}a`;
  for (const deep of ["(".repeat(20_000), "[".repeat(20_000), sum, "{a:".repeat(5000), "f(".repeat(5000)]) {
    assert.equal(factsOf(`${imports}const x = ${deep};\n${flowText("alpha")}`).definitions.length > 0, true);
    const session = new Session(parsers, () => {});
    const text = `${imports}export const main = flow({ async run(a) { await fetchTrips(${deep}); } });`;
    session.workspace.open(new SourceDocument("file:///project/flow.ts", "", 1, text));
    await session.workspace.graph("file:///project/flow.ts", "main");
  }
});

test("should cut text into pieces that are the whole text", () => {
  fc.assert(
    fc.property(
      fc.array(typed).map((texts) => texts.join("")),
      (text) => {
        assert.equal(
          chunksOf(text)
            .map(({ start, end }) => text.slice(start, end))
            .join(""),
          text,
        );
      },
    ),
  );
});
