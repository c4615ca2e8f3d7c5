import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Finding } from "../../../language-server/features/findings.ts";
import { SourceDocument } from "../../../language-server/parser/source-document.ts";
import { Session } from "../../../language-server/session.ts";
import { fileUri } from "../../../language-server/workspace/uris.ts";
import type { KnownFacts } from "../../../runtime/protocol/language.ts";
import { projectRoot } from "../../support/places.ts";
import { at, parsers } from "./support.ts";

const blocks: KnownFacts["blocks"] = [
  { type: "gcs-bucket", name: "zoom-gcs", description: "The course's bucket" },
  { type: "bigquery-warehouse", name: "trips", description: null },
];

function sessionWith(files: Readonly<Record<string, string>>, facts: Partial<KnownFacts> = {}): Session {
  const session = new Session(parsers, assert.fail);
  session.folders = ["/project"];
  session.indexed = true;
  session.facts = { blocks, block_types: [], blocks_known: true, types_linked: { "file:///project": true }, ...facts };
  for (const [name, text] of Object.entries(files))
    session.workspace.open(new SourceDocument(`file:///project/${name}`, "typescript", 1, text));
  return session;
}

/** code: the marked text; and, for each fix, the text that it makes or its command. */
function told(text: string, found: readonly Finding[]): string[] {
  return found.flatMap(({ diagnostic, fixes }) => [
    `${String(diagnostic.code)}: ${at(text, diagnostic.range)}`,
    ...fixes.map((fix) => {
      if ("command" in fix) return `  ${fix.title}: ${fix.command}`;
      return `  ${fix.title}: ${fix.edits.map(({ range, newText }) => lineWith(text, range.start, range.end, newText)).join()}`;
    }),
  ]);
}

function lineWith(text: string, start: { line: number; character: number }, end: { character: number }, put: string) {
  const line = text.split(/\r?\n/)[start.line] ?? "";
  return (line.slice(0, start.character) + put + line.slice(end.character)).trim();
}

const head = `import { flow, task, sleep, pause, cron } from "millrace";
import { GcsBucket, BigQueryWarehouse, LocalBucket } from "millrace/blocks";
export const load = task({ async run(x?: unknown) { return x; } });
`;
const flowOf = (body: string) => `${head}export const main = flow({ async run() {\n${body}\n} });\n`;

const cases: readonly [string, string, string[]][] = [
  [
    "a flow that is not exported",
    `${head}const etl = flow({ name: "etl", async run() {} });`,
    ["millrace/flow-not-exported: etl", '  Export it: export const etl = flow({ name: "etl", async run() {} });'],
  ],
  [
    "a task that nothing waits for",
    flowOf("  load(1);"),
    ["millrace/floating-call: load", "  Add await: await load(1);"],
  ],
  [
    "a settled and a mapped one",
    flowOf("  load.settle(1);\n  load.map([1]);\n  load.with({ retries: 1 })(2);"),
    [
      "millrace/floating-call: load",
      "  Add await: await load.settle(1);",
      "millrace/floating-call: load",
      "  Add await: await load.map([1]);",
      "millrace/floating-call: load",
      "  Add await: await load.with({ retries: 1 })(2);",
    ],
  ],
  [
    "a subflow",
    `${flowOf("  other();")}export const other = flow({ async run() {} });`,
    ["millrace/floating-call: other", "  Add await: await other();"],
  ],
  [
    "durations that are none",
    `${head}export const t = task({
  timeout: "10 seconds",
  retryDelay: ["1s", "soon"],
  cache: { key: "inputs", ttl: "1 week" },
  async run() { await sleep("5 Min."); await pause({ timeout: '2w' }); },
});
const again = t.with({ timeout: "1 h" });
export const f = flow({ timeout: "1hour", async run() { await again(); } });`,
    [
      "millrace/bad-duration: 10 seconds",
      '  Change to "10s": timeout: "10s",',
      "millrace/bad-duration: soon",
      "millrace/bad-duration: 1 week",
      "millrace/bad-duration: 5 Min.",
      '  Change to "5m": async run() { await sleep("5m"); await pause({ timeout: \'2w\' }); },',
      "millrace/bad-duration: 2w",
      "millrace/bad-duration: 1hour",
      '  Change to "1h": export const f = flow({ timeout: "1h", async run() { await again(); } });',
    ],
  ],
  ["a cron text that is none", `${head}deploy(main, { schedule: cron("0 5 * *") });`, ["millrace/bad-cron: 0 5 * *"]],
  [
    "a block that nobody saved",
    flowOf('  await GcsBucket.load("zoom-gsc");\n  await BigQueryWarehouse.load("other");'),
    [
      "millrace/unknown-block: zoom-gsc",
      '  Change to "zoom-gcs": await GcsBucket.load("zoom-gcs");',
      '  Create the GcsBucket Block "zoom-gsc"…: millrace.newBlock',
      "millrace/unknown-block: other",
      '  Create the BigQueryWarehouse Block "other"…: millrace.newBlock',
    ],
  ],
];
for (const [what, text, expected] of cases) {
  test(`should report ${what}, with the way out`, () => {
    const session = sessionWith({ "a.ts": text });
    assert.deepEqual(told(text, session.findings("file:///project/a.ts")), expected);
  });
}

/** Realistic code with nothing wrong in it. */
const innocent: readonly [string, string][] = [
  [
    "awaited, stored, returned and gathered calls",
    flowOf(`
  await load(1);
  const later = load(2);
  await Promise.all([load(3), later, ...[4].map((n) => load(n))]);
  const list: unknown[] = [];
  list.push(load(5));
  void load(6);
  load(7).catch(() => {});
  (await load(8), await load(9));
  const state = await load.settle(10);
  for await (const x of [load(11)]) log(x);
  if (state) return load(12);
  return { a: load(13), b: [load(14)] };`),
  ],
  [
    "a flow that only other flows call",
    `${head}const inner = flow({ async run() {} });\nexport const outer = flow({ async run() { await inner(); } });`,
  ],
  ["a flow that the script itself runs", `${head}const main = flow({ async run() {} });\nawait main();`],
  [
    "a flow that is exported elsewhere in the file",
    `${head}const main = flow({ async run() {} });\nexport { main as default };`,
  ],
  ["a flow given to something", `${head}const main = flow({ async run() {} });\nserve({ main });`],
  [
    "flows in tests",
    `${head}test("x", async () => { const f = flow({ async run() { load(1).then(done); } }); await runFlow(f); });`,
  ],
  [
    "CommonJS",
    `const { flow } = require("millrace");\nconst main = flow({ async run() {} });\nmodule.exports = { main };`,
  ],
  [
    "durations of all kinds",
    `${head}export const t = task({ timeout: 500, retryDelay: (n) => n + " seconds", cache: { key: "inputs", ttl: "1.5h" }, async run() { await sleep(ms); await sleep(\`\${n}s\`); } });`,
  ],
  [
    "fields of these names in other objects",
    `${head}fetch(url, { timeout: "10 seconds" });\nconst options = { ttl: "a week", retryDelay: "x" };\nexport const t = task({ async run() { return other({ timeout: "never" }); } });`,
  ],
  [
    "another sleep, and a name that is shadowed",
    `${head}import { sleep as nap } from "elsewhere";\nexport const t = task({ async run(sleep: any) { nap("x"); sleep("five minutes"); } });`,
  ],
  [
    "blocks that are there, and default ones",
    flowOf(
      '  await GcsBucket.load("zoom-gcs");\n  await LocalBucket.load("default");\n  await BigQueryWarehouse.load(name);\n  await BigQueryWarehouse.load("trips");\n  await Other.load("nothing");',
    ),
  ],
  ["a parameter named like the task", flowOf("  const f = (load: () => void) => { load(); };\n  f(() => {});")],
  [
    "calls in callbacks, of which nobody knows who waits",
    flowOf("  await each([1], async (n) => { load(n); });\n  setTimeout(() => { load(1); }, 10);"),
  ],
  ["a body that cannot wait", `${head}export const f = flow({ run() { load(1); return 1; } });`],
  ["a task that is called in a task", `${head}export const t = task({ async run() { load(1); } });`],
  ["cron texts", `${head}deploy(main, { schedules: [cron("0 5 1 * *"), cron("@daily"), cron(text)] });`],
  ["CRLF", flowOf("  await load(1);").replaceAll("\n", "\r\n")],
  ["half a line at the end", `${flowOf("  await load(1);")}const x = `],
];
for (const [what, text] of innocent) {
  test(`should find nothing wrong with ${what}`, () => {
    assert.deepEqual(told(text, sessionWith({ "a.ts": text }).findings("file:///project/a.ts")), []);
  });
}

test("should know the blocks of classes that a workspace or a package declares, once they are registered", () => {
  const own = `import { defineBlock } from "millrace/blocks";\nexport class Weather extends defineBlock({ slug: "weather" }) {}\n`;
  const text = `import { flow } from "millrace";
import { Weather as W } from "./blocks/weather";
import { Vault } from "acme-blocks";
import { Weather as Other } from "elsewhere";
await Other.load("nothing");
await W.load("berlin"); await W.load("berln"); await Vault.find("b"); await Vault.load("main");
`;
  const block_types = [
    { slug: "weather", class_name: "Weather", module: "file:///project/blocks/weather.ts" },
    { slug: "acme-vault", class_name: "Vault", module: "acme-blocks" },
  ];
  const known = [
    { type: "weather", name: "berlin", description: null },
    { type: "acme-vault", name: "main", description: null },
  ];
  const files = { "a.ts": text, "blocks/weather.ts": own };
  assert.deepEqual(sessionWith(files, { blocks: known }).findings("file:///project/a.ts"), []);
  const session = sessionWith(files, { blocks: known, block_types });
  assert.deepEqual(told(text, session.findings("file:///project/a.ts")), [
    "millrace/unknown-block: berln",
    `  Change to "berlin": await W.load("berlin"); await W.load("berlin"); await Vault.find("b"); await Vault.load("main");`,
    '  Create the Weather Block "berln"…: millrace.newBlock',
    "millrace/unknown-block: b",
    '  Create the Vault Block "b"…: millrace.newBlock',
  ]);
});

test("should report no unknown block before blocks were read", () => {
  const text = flowOf('  await GcsBucket.load("x");');
  assert.deepEqual(sessionWith({ "a.ts": text }, { blocks_known: false }).findings("file:///project/a.ts"), []);
});

test("should hint at types that are not linked, on the import", () => {
  const session = sessionWith({ "a.ts": head }, { types_linked: { "file:///project": false } });
  const found = session.findings("file:///project/a.ts");
  assert.deepEqual(told(head, found), [
    "millrace/types-not-linked: millrace",
    "  Link the bundled types: millrace.linkTypes",
    "  Install millrace (npm i -D millrace), where a registry has it: millrace.installPackage",
  ]);
  assert.equal(found[0]?.diagnostic.severity, 4);
  assert.deepEqual(sessionWith({ "a.ts": head }, { types_linked: {} }).findings("file:///project/a.ts"), []);
});

test("should name the other flow of the same name, in the same workspace folder only", () => {
  const text = `import { flow } from "millrace";\nexport const a = flow({ name: "etl", async run() {} });`;
  const session = sessionWith({ "a.ts": text, "b/b.ts": `\n${text}`, "c.test.ts": text, "other/d.ts": text });
  session.folders = ["/project", "/project/other"];
  const [finding, ...more] = session.findings("file:///project/a.ts");
  assert.deepEqual(more, []);
  assert.equal(finding?.diagnostic.code, "millrace/duplicate-flow-name");
  assert.equal(at(text, finding.diagnostic.range), "etl");
  assert.match(String(finding.diagnostic.message), /^Another flow in this folder is named "etl": b\/b\.ts:3\./);
  assert.equal(finding.diagnostic.relatedInformation?.[0]?.location.uri, "file:///project/b/b.ts");
  assert.deepEqual(session.findings("file:///project/other/d.ts"), []);
  assert.deepEqual(session.findings("file:///project/c.test.ts"), []);
});

test("should find nothing wrong with the examples", async () => {
  const folder = path.join(projectRoot, "examples");
  const session = new Session(parsers, assert.fail);
  session.folders = [projectRoot];
  session.facts = { blocks: [], block_types: [], blocks_known: true, types_linked: { [fileUri(projectRoot)]: true } };
  await session.workspace.disk.read([folder], []);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.m?ts$|\.mjs$/.test(name),
  );
  assert.ok(files.length > 5);
  for (const name of files) {
    const file = path.join(folder, name);
    const text = readFileSync(file, "utf8");
    session.workspace.open(new SourceDocument(fileUri(file), "typescript", 1, text));
    assert.deepEqual(told(text, session.findings(fileUri(file))), [], name);
  }
});

test("should report nothing in text that is half typed", () => {
  const torn = flowOf("  load(1);\n  if (x {\n    load(2);\n  }");
  assert.deepEqual(told(torn, sessionWith({ "a.ts": torn }).findings("file:///project/a.ts")), []);
  const text = `${head}const unfinished = flow({ timeout: "x y z", async run() {\n  load(\n`;
  assert.deepEqual(told(text, sessionWith({ "a.ts": text }).findings("file:///project/a.ts")), []);
});
