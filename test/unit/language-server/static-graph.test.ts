import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { TextDocument } from "vscode-languageserver-textdocument";
import { SourceDocument } from "../../../language-server/parser/source-document.ts";
import { fileUri } from "../../../language-server/workspace/uris.ts";
import { Workspace } from "../../../language-server/workspace/workspace.ts";
import type { StaticGraph } from "../../../runtime/protocol/language.ts";
import { projectRoot } from "../../support/places.ts";
import { at, parsers } from "./support.ts";

async function graphOf(text: string, flow = "main"): Promise<StaticGraph> {
  const workspace = new Workspace(parsers, () => {});
  workspace.open(new SourceDocument("file:///project/flow.ts", "typescript", 1, text));
  const graph = await workspace.graph("file:///project/flow.ts", flow);
  assert.ok(graph);
  return graph;
}

/** Nodes with what they are in, and edges, as lines one can read. */
function drawn({ nodes, edges, notes }: StaticGraph): string[] {
  const label = (id: string) => nodes.find((node) => node.id === id)?.label ?? id;
  return [
    ...nodes.map(({ kind, label: name, mapped, parent }) => {
      const place = parent === null ? "" : ` in ${label(parent)}`;
      return `${kind} ${name}${mapped ? " mapped" : ""}${place}`;
    }),
    ...edges.map(({ from, to, kind, label: name }) => {
      const arrow = kind === "data" ? "→" : "⇢";
      return `${label(from)} ${arrow} ${label(to)}${name === null ? "" : ` (${name})`}`;
    }),
    ...notes,
  ];
}

const tasks = `import { flow, task } from "millrace";
const one = task({ name: "one", async run(x?: unknown) { return x; } });
const two = task({ name: "two", async run(x?: unknown, y?: unknown) { return x; } });
const three = task({ name: "three", async run(x?: unknown) { return x; } });
const sub = flow({ name: "sub", async run() {} });
`;
const main = (body: string, head = "async run()") => `${tasks}export const main = flow({ ${head} {\n${body}\n} });\n`;

const cases: readonly [string, string, string[]][] = [
  [
    "values that go from task to task",
    main("const a = await one(); const b = await two(a.rows, 1); return b;"),
    ["task one", "task two", "result result", "one → two (a.rows)", "two → result (b)"],
  ],
  [
    "tasks that run at the same time",
    main("const [a, b] = await Promise.all([one(), two()]); await three(b);"),
    ["task one", "task two", "task three", "two → three (b)", "one ⇢ three"],
  ],
  [
    "promises that are waited for later",
    main("const a = one(); const b = two(); await three(a); await b; await sub();"),
    ["task one", "task two", "task three", "subflow sub", "one → three (a)", "three ⇢ sub", "two ⇢ sub"],
  ],
  [
    "calls within calls",
    main("await two(one(), three());"),
    ["task one", "task three", "task two", "one → two", "three → two"],
  ],
  [
    "parameters by their names",
    main("await one(url); await two(year);", "async run({ url, years: [year] })"),
    ["parameters parameters", "task one", "task two", "parameters → one (url)", "parameters → two (year)", "one ⇢ two"],
  ],
  [
    "a loop",
    main(
      "for (const month of months) { const a = await one(month); await two(a); }\nawait three();",
      "async run({ months })",
    ),
    [
      "parameters parameters",
      "loop for month of months",
      "task one in for month of months",
      "task two in for month of months",
      "task three",
      "parameters → for month of months (months)",
      "for month of months → one (month)",
      "one → two (a)",
      "for month of months ⇢ three",
    ],
  ],
  [
    "branches, of which one comes about",
    main(
      "let a; if (x > 1) { a = await one(); } else if (y) { a = await two(); } else log(1);\nreturn three(a);",
      "async run({ x, y })",
    ),
    [
      "parameters parameters",
      "branch if x > 1",
      "task one in if x > 1",
      "branch else if y",
      "task two in else if y",
      "task three",
      "result result",
      "parameters → if x > 1 (x)",
      "parameters → else if y (y)",
      "one → three (a)",
      "two → three (a)",
      "three → result",
    ],
  ],
  [
    "the arms of ? : and of &&",
    main("const a = x ? await one() : await two(); x && (await three());", "async run({ x })"),
    [
      "parameters parameters",
      "branch if x",
      "task one in if x",
      "branch else",
      "task two in else",
      "branch if x",
      "task three in if x",
      "parameters → if x (x)",
      "parameters → else (x)",
      "parameters → if x (x)",
      "if x ⇢ if x",
      "else ⇢ if x",
    ],
  ],
  [
    "maps, settled and changed calls",
    main(
      "const a = await one.map(urls); await two.settle(a); await three.with({ retries: 1 }).map(a);",
      "async run({ urls })",
    ),
    [
      "parameters parameters",
      "task one mapped",
      "task two",
      "task three mapped",
      "parameters → one (urls)",
      "one → two (a)",
      "one → three (a)",
      "two ⇢ three",
    ],
  ],
  [
    "callbacks of lists",
    main(
      "const a = await Promise.all(urls.map((url) => one(url))); await Promise.all(urls.map(two));\nreturn a;",
      "async run({ urls })",
    ),
    [
      "parameters parameters",
      "loop urls.map(…)",
      "task one in urls.map(…)",
      "task two mapped",
      "result result",
      "parameters → urls.map(…) (urls)",
      "urls.map(…) → one (url)",
      "parameters → two (urls)",
      "one ⇢ two",
      "parameters → result (a)",
      "one → result (a)",
    ],
  ],
  [
    "what is gathered in a list",
    main("const all = []; for (const x of xs) { all.push(await one(x)); }\nawait two(all);", "async run({ xs })"),
    [
      "parameters parameters",
      "loop for x of xs",
      "task one in for x of xs",
      "task two",
      "parameters → for x of xs (xs)",
      "for x of xs → one (x)",
      "one → two (all)",
    ],
  ],
  [
    "functions of the file and of the body",
    `${main("const inner = async (x) => two(x); const a = await helper(1); await inner(a);")}async function helper(x) { return one(x); }`,
    ["task one", "task two", "one → two (x)"],
  ],
  [
    "functions that call themselves",
    `${main("await again(1);")}async function again(x) { await one(x); await again(x); }`,
    ["task one"],
  ],
  [
    "what try and catch hold",
    main("try { await one(); } catch (e) { await two(e); } finally { await three(); }"),
    ["task one", "task two", "task three", "one ⇢ two", "two ⇢ three"],
  ],
  ["a name that is not the task's", main("const f = (one) => one(); await f(two);"), []],
  [
    "tasks in a list, of which only running tells",
    `${main("await steps[i](1);")}const steps = [one, two];`,
    ["Line 7: which task of steps is called is known only when it runs."],
  ],
  ["no tasks", main("return 1;"), []],
];
for (const [what, text, lines] of cases) {
  test(`should draw ${what}`, async () => assert.deepEqual(drawn(await graphOf(text)), lines));
}

test("should say where the body is when it is not in the flow", async () => {
  const graph = await graphOf(
    `import { flow } from "millrace";\nimport { options } from "./x";\nexport const main = flow(options);`,
  );
  assert.deepEqual(drawn(graph), ["The flow's body stands elsewhere: run it to see its tasks."]);
});

test("should draw a flow that calls itself once", async () => {
  const text = `${tasks}export const main = flow({ async run() { await one(); await main(); } });`;
  assert.deepEqual(drawn(await graphOf(text)), ["task one", "subflow main", "one ⇢ main"]);
});

test("should place each node at its call", async () => {
  const text = main("  await one(\n1);");
  const { nodes } = await graphOf(text);
  assert.equal(nodes[0] === undefined ? "" : at(text, nodes[0].range), "one(\n1)");
});

test("should draw the example's parent flow, with flows of other files by their names", async () => {
  const workspace = new Workspace(parsers, assert.fail);
  const folder = path.join(projectRoot, "examples");
  await workspace.disk.read([folder], []);
  const file = path.join(folder, "zoomcamp", "etl-parent.ts");
  const graph = await workspace.graph(fileUri(file), "etlParent");
  assert.ok(graph);
  assert.deepEqual(drawn(graph), [
    "parameters parameters",
    "loop for month of months",
    "subflow etl-web-to-bucket in for month of months",
    "subflow etl-bucket-to-warehouse in for month of months",
    "result result",
    "parameters → for month of months (months)",
    "parameters → etl-web-to-bucket (bucket)",
    "for month of months → etl-web-to-bucket (month)",
    "etl-web-to-bucket → etl-bucket-to-warehouse (key)",
    "parameters → etl-bucket-to-warehouse (warehouse)",
    "parameters → result (counts)",
    "for month of months → result (counts)",
    "etl-bucket-to-warehouse → result (counts)",
    "etl-web-to-bucket → result (counts)",
  ]);
  const text = TextDocument.create("", "", 0, readFileSync(file, "utf8"));
  assert.equal(graph.nodes[2]?.range.start.line, text.positionAt(text.getText().indexOf("etlWebToBucket({")).line);
});
