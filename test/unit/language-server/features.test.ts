import assert from "node:assert/strict";
import { test } from "node:test";
import type { Position } from "vscode-languageserver/node";
import { blockAt, locationsOf, nameProblem, renameEdit, usesOf } from "../../../language-server/features/rename.ts";
import { documentSymbols, workspaceSymbols } from "../../../language-server/features/symbols.ts";
import { SourceDocument } from "../../../language-server/parser/source-document.ts";
import { Session } from "../../../language-server/session.ts";
import type { KnownFacts } from "../../../runtime/protocol/language.ts";
import { at, parsers, sitesOfText } from "./support.ts";

const blocks: KnownFacts["blocks"] = [
  { type: "gcs-bucket", name: "zoom-gcs", description: "The course's bucket" },
  { type: "local-bucket", name: "here", description: null },
];

const types: KnownFacts["block_types"] = [
  { slug: "gcs-bucket", class_name: "GcsBucket", module: "millrace/blocks" },
  { slug: "local-bucket", class_name: "LocalBucket", module: "millrace/blocks" },
  { slug: "weather", class_name: "Weather", module: "file:///project/weather.ts" },
];

interface Opened {
  readonly session: Session;
  /** Text of each file, without the mark. */
  readonly text: (name: string) => string;
  /** Where `¦` stood in the file. */
  readonly cursor: Position;
  readonly uri: string;
}

/** Opens files; the first holds `¦` where the cursor is. */
function opened(files: Readonly<Record<string, string>>): Opened {
  const session = new Session(parsers, assert.fail);
  session.folders = ["/project"];
  session.indexed = true;
  session.facts = { blocks, block_types: types, blocks_known: true, types_linked: {} };
  const [first = ""] = Object.keys(files);
  const mark = files[first]?.indexOf("¦") ?? 0;
  const text = (name: string) => files[name]?.replace("¦", "") ?? "";
  for (const name of Object.keys(files))
    session.workspace.open(new SourceDocument(`file:///project/${name}`, "typescript", 1, text(name)));
  const uri = `file:///project/${first}`;
  const cursor = session.workspace.document(uri)?.text.positionAt(Math.max(0, mark)) ?? { line: 0, character: 0 };
  return { session, text, cursor, uri };
}

const imports = `import { flow, task, sleep, cron, z } from "millrace";\nimport { GcsBucket, LocalBucket } from "millrace/blocks";\n`;

/** What is offered, and the line after choosing the first. */
function offered(file: string, name = "a.ts", more: Readonly<Record<string, string>> = {}): string[] {
  const { session, cursor, uri, text } = opened({ [name]: file, ...more });
  const items = session.completion(uri, cursor);
  const [first] = items;
  const edit = first?.textEdit;
  const line = text(name).split("\n")[cursor.line] ?? "";
  const chosen =
    edit === undefined || !("range" in edit)
      ? []
      : [`${line.slice(0, edit.range.start.character)}${edit.newText}${line.slice(edit.range.end.character)}`.trim()];
  return [...chosen, ...items.map(({ label, detail }) => `${label} · ${detail}`)];
}

test("should offer durations where one is typed, with the number that stands there", () => {
  const lines = offered(`${imports}export const t = task({\n  timeout: "¦",\n  async run() {} });`);
  assert.deepEqual(lines.slice(0, 3), ['timeout: "500ms",', "500ms · 500 milliseconds", "1s · 1 second"]);
  const units = offered(`${imports}export const t = task({\n  retryDelay: ["1s", "15¦`);
  assert.deepEqual(units, [
    'retryDelay: ["1s", "15ms',
    "15ms · 15 milliseconds",
    "15s · 15 seconds",
    "15m · 15 minutes",
    "15h · 15 hours",
    "15d · 15 days",
  ]);
  const spelt = offered(`${imports}export const t = task({ timeout: "10 sec¦onds", async run() {} });`);
  assert.equal(spelt[0], 'export const t = task({ timeout: "10ms", async run() {} });');
  assert.ok(offered(`${imports}await sleep('¦')`).length > 5);
  assert.ok(
    offered(`${imports}export const t = task({ cache: { key: "inputs", ttl: "¦" }, async run() {} });`).length > 5,
  );
  assert.deepEqual(offered(`${imports}export const t = task({ name: "¦", async run() {} });`), []);
  assert.deepEqual(offered(`export const options = { timeout: "¦" };`), []);
});

test("should offer cron texts with what they mean", () => {
  assert.deepEqual(offered(`${imports}const c = cron("¦");`).slice(0, 2), [
    'const c = cron("0 5 * * *");',
    "0 5 * * * · at 05:00",
  ]);
});

test("should offer the blocks of the class, also under another name", () => {
  assert.deepEqual(offered(`${imports}await GcsBucket.load("¦");`), [
    'await GcsBucket.load("zoom-gcs");',
    "zoom-gcs · gcs-bucket",
  ]);
  assert.deepEqual(offered(`import { LocalBucket as B } from "millrace/blocks";\nawait B.load('h¦`), [
    "await B.load('here",
    "here · local-bucket",
  ]);
  assert.deepEqual(offered(`import * as b from "millrace/blocks";\nawait b.LocalBucket.load("¦")`).slice(1), [
    "here · local-bucket",
  ]);
  assert.deepEqual(offered(`${imports}await Other.load("¦");`), []);
});

const etl = `import { flow, z } from "millrace";
export const tripColor = z.enum(["yellow", "green"]);
export const etl = flow({
  name: "my-etl",
  description: "Loads *all* of it",
  tags: ["daily"],
  parameters: z.object({
    months: z.array(z.int().min(1)).default([1, 2]),
    color: tripColor,
    url: z.url().optional(),
    when: z.iso.date().nullable().describe("The | day"),
  }),
  async run() {},
});
export default flow({ async run() {} });
`;

test("should show a flow's card on its name and on its calls", () => {
  const caller = `import { flow } from "millrace";\nimport { etl } from "./etl.ts";\nexport const parent = flow({ async run() { await e¦tl({}); } });`;
  const { session, cursor, uri } = opened({ "parent.ts": caller, "etl.ts": etl });
  const hover = session.hover(uri, cursor);
  const lines = [
    "**my-etl** flow",
    "",
    "Loads \\*all\\* of it",
    "",
    "| Parameter | Type | Default |",
    "| --- | --- | --- |",
    "| `months` | integer\\[\\] | `[1, 2]` |",
    "| `color` | enum (yellow, green) | required |",
    "| `url` | URL | optional |",
    "| `when` | date \\| null | required |",
    "",
    "Tags: `daily`",
  ];
  assert.deepEqual(hover?.contents, { kind: "markdown", value: lines.join("\n") });
  const own = session.hover("file:///project/etl.ts", { line: 2, character: 14 });
  assert.deepEqual(own?.contents, hover?.contents);
  assert.equal(session.hover(uri, { line: 0, character: 3 }), null);
});

const parameterCases: readonly [string, string[] | null][] = [
  ["z.object({ a: z.string(), b: z.number().int().default(3) })", ["a: string!", "b: integer=3"]],
  ["z.strictObject({ a: z.literal('x'), b: z.union([z.string(), z.number()]) })", ["a: 'x'!", "b: string | number!"]],
  [
    "z.object({ a: z.object({}).optional(), b: z.record(z.string(), z.int()) }).strict()",
    ["a: object", "b: record of integer!"],
  ],
  ["z.object({ a: z.string() }).extend({ a: z.int(), b: z.coerce.date() })", ["a: integer!", "b: date!"]],
  ["z.object({ a: z.string() }).partial()", ["a: string"]],
  ["shared", ["x: string!"]],
  ["z.object({ ...shared.shape })", null],
  ["z.object({ a: z.string() }).pick({ a: true })", null],
  ["valibot.object({})", null],
];
for (const [schema, expected] of parameterCases) {
  test(`should read the parameters of ${schema}`, () => {
    const text = `import { flow, z } from "millrace";\nconst shared = z.object({ x: z.string() });\nexport const f = flow({ parameters: ${schema}, async run() {} });`;
    const [flow] = sitesOfText(text).flows;
    const read = flow?.parameters.map(
      ({ name, type, required, default: value }) =>
        `${name}: ${type}${required ? "!" : ""}${value === null ? "" : `=${value}`}`,
    );
    assert.deepEqual(flow?.parameters_complete === true ? read : null, expected);
  });
}

test("should list flows with what they call, and tasks", () => {
  const text = `${imports}export const t = task({ async run() {} });\nexport const f = flow({ name: "my-f", async run() { await t.map([]); } });`;
  const symbols = documentSymbols(sitesOfText(text));
  assert.deepEqual(
    symbols.map(({ name, kind, children }) => [name, kind, children?.map((child) => `${child.name} ${child.detail}`)]),
    [
      ["my-f", 24, ["t for each item"]],
      ["t", 12, undefined],
    ],
  );
  const found = (query: string) => workspaceSymbols([sitesOfText(text)], query, () => "a.ts").map(({ name }) => name);
  assert.deepEqual([found("mf"), found("T"), found("x"), found("")], [["my-f"], ["t"], [], ["my-f", "t"]]);
});

test("should lead from a block's name to its page when it is known", () => {
  const known = opened({ "a.ts": `${imports}await GcsBucket.load("zoom¦-gcs");` });
  assert.equal(
    known.session.definition(known.uri, known.cursor)?.[0]?.targetUri,
    "millrace-block:/gcs-bucket/zoom-gcs",
  );
  const { type, name } = known.session.knownBlockAt(known.uri, known.cursor) ?? {};
  assert.deepEqual([type, name], ["gcs-bucket", "zoom-gcs"]);
  const other = opened({ "a.ts": `${imports}await GcsBucket.load("oth¦er");` });
  assert.equal(other.session.definition(other.uri, other.cursor), null);
});

test("should rename a block in all files, and no block of another type", () => {
  const { session, cursor, uri, text } = opened({
    "a.ts": `${imports}await GcsBucket.load("zoom¦-gcs");\nawait LocalBucket.load("zoom-gcs");`,
    "b.ts": `import { GcsBucket as G } from "millrace/blocks";\nawait G.load('zoom-gcs'); await G.load("x");`,
  });
  const { workspace } = session;
  const file = workspace.facts(uri);
  assert.ok(file);
  const use = blockAt(workspace, file, session.facts, cursor);
  assert.ok(use);
  assert.equal(at(text("a.ts"), use.range), "zoom-gcs");
  const uses = usesOf(workspace, workspace.files(), session.facts, use);
  assert.deepEqual(
    locationsOf(uses).map((found) => found.uri),
    ["file:///project/a.ts", "file:///project/b.ts"],
  );
  const { documentChanges } = renameEdit(uses, "new-name");
  assert.deepEqual(
    documentChanges?.map((change) => "edits" in change && [change.textDocument, change.edits.length]),
    [
      [{ uri: "file:///project/a.ts", version: 1 }, 1],
      [{ uri: "file:///project/b.ts", version: 1 }, 1],
    ],
  );
  const problem = (name: string) => nameProblem(session.facts, use, name);
  assert.equal(problem("a-1"), undefined);
  for (const name of ["", 'a"b', "-a", "a/b"]) assert.match(problem(name) ?? "", /cannot be a block's name/);
});

test("should not rename a block to the name of another one, but a mistake to any", () => {
  const { session } = opened({ "a.ts": "¦" });
  const taken = (name: string) => nameProblem(session.facts, { type: "local-bucket", name }, "here");
  session.facts = { ...session.facts, blocks: [...blocks, { type: "local-bucket", name: "there", description: null }] };
  assert.match(taken("there") ?? "", /is a block named "here" of this type already/);
  assert.equal(taken("hre"), undefined);
});

test("should tell which flow loads a block, and offer the blocks of a class of the workspace", () => {
  const weather = 'import { defineBlock } from "millrace/blocks";\nexport class Weather extends defineBlock({}) {}\n';
  const text = `import { flow } from "millrace";
import * as own from "./weather.ts";
export const report = flow({ async run() { await own.Weather.load("be¦rlin"); } });
`;
  const { session, cursor, uri } = opened({ "a.ts": text, "weather.ts": weather });
  session.facts = { ...session.facts, blocks: [{ type: "weather", name: "berlin", description: null }] };
  const use = session.knownBlockAt(uri, cursor);
  assert.deepEqual([use?.type, use?.name, use?.within], ["weather", "berlin", "report"]);
  const member = opened({ "a.ts": text.replace('load("be¦rlin")', 'load("¦")'), "weather.ts": weather });
  member.session.facts = session.facts;
  assert.deepEqual(
    member.session.completion(member.uri, member.cursor).map(({ label }) => label),
    ["berlin"],
  );
  const imported = `import { Weather } from "./weather.ts";\nimport { flow } from "millrace";\nWeather.load("¦");`;
  const other = opened({ "a.ts": imported, "weather.ts": weather });
  other.session.facts = session.facts;
  assert.deepEqual(
    other.session.completion(other.uri, other.cursor).map(({ label }) => label),
    ["berlin"],
  );
});

const json = (flow: string, schedule = '{ "cron": "0 5 1 * *" }') =>
  `{\n  // kept\n  "deployments": [\n    { "flow": "${flow}",\n      "name": "daily", "schedules": [${schedule}] },\n  ]\n}\n`;

test("should offer the flows of the workspace in millrace.json, and lead to them", () => {
  const files = { "flows/etl.ts": etl };
  assert.deepEqual(offered(json("¦"), "millrace.json", files), [
    '{ "flow": "flows/etl.ts:default",',
    "flows/etl.ts:default · default",
    "flows/etl.ts:etl · my-etl",
  ]);
  const { session, cursor, uri } = opened({ "millrace.json": json("flows/etl.ts:e¦tl"), ...files });
  const [link] = session.definition(uri, cursor) ?? [];
  assert.deepEqual([link?.targetUri, link?.targetSelectionRange.start.line], ["file:///project/flows/etl.ts", 2]);
  assert.deepEqual(
    session.links(uri).map(({ target }) => target),
    ["file:///project/flows/etl.ts#L3"],
  );
  assert.ok(offered(json("", '{ "cron": "¦" }'), "millrace.json").includes("@daily · at 00:00"));
  assert.ok(offered(json("", '{ "interval": "3¦" }'), "millrace.json").includes("3h · 3 hours"));
  assert.ok(
    offered(json("", '{ "cron": "", "timezone": "¦" }'), "millrace.json").some((line) =>
      line.startsWith("Europe/Berlin"),
    ),
  );
});

test("should report what is wrong in millrace.json", () => {
  const wrong = (text: string) => {
    const { session, uri } = opened({ "millrace.json": text, "flows/etl.ts": etl });
    return session
      .findings(uri)
      .map(({ diagnostic, fixes }) => [diagnostic.code, at(text, diagnostic.range), fixes.map(({ title }) => title)]);
  };
  assert.deepEqual(wrong(json("flows/etl.ts:etl")), []);
  assert.deepEqual(wrong(json("flows/etl.ts:etll")), [
    [
      "millrace/unknown-flow",
      "flows/etl.ts:etll",
      ['Change to "flows/etl.ts:etl"', 'Change to "flows/etl.ts:default"'],
    ],
  ]);
  assert.deepEqual(wrong(json("flows/etl.ts:etl", '{ "cron": "0 5 * *" }, { "interval": "2 hours" }')), [
    ["millrace/bad-cron", "0 5 * *", []],
    ["millrace/bad-duration", "2 hours", ['Change to "2h"']],
  ]);
  const { session, uri } = opened({ "millrace.json": json("nothing.ts:x") });
  session.indexed = false;
  assert.deepEqual(session.findings(uri), []);
});
