import assert from "node:assert/strict";
import { test } from "node:test";
import { at, sitesIn, sitesOfText } from "./support.ts";

const body = "({ async run() {} })";
const found = (text: string, file?: string) =>
  sitesOfText(text, file).flows.map(({ name, export: exported }) => `${name} ${exported}`);

const ways: readonly [string, string, string[]][] = [
  ["a named import", `import { flow } from "millrace";\nexport const a = flow${body};`, ["a a"]],
  ["an alias", `import { flow as f } from "millrace";\nexport const a = f${body};`, ["a a"]],
  ["a namespace", `import * as m from 'millrace';\nexport const a = m.flow${body};`, ["a a"]],
  ["another name for it", `import { flow } from "millrace";\nconst f2 = flow;\nexport const a = f2${body};`, ["a a"]],
  [
    "a name taken out of a namespace",
    `import * as m from "millrace";\nconst { flow: f } = m;\nexport const a = f${body};`,
    ["a a"],
  ],
  ["require", `const { flow } = require("millrace");\nmodule.exports = { a: flow${body} };`, ["a a"]],
  ["require as a whole", `const m = require("millrace");\nexports.a = m.flow${body};`, ["a a"]],
  ["import = require", `import m = require("millrace");\nexport const a = m.flow${body};`, ["a a"]],
  ["await import", `const { flow } = await import("millrace");\nexport const a = flow${body};`, ["a a"]],
  ["type arguments", `import { flow } from "millrace";\nexport const a = flow<X, Y>${body};`, ["a a"]],
  ["as and satisfies", `import { flow } from "millrace";\nexport const a = (flow${body} as any) satisfies X;`, ["a a"]],
  ["a wrapper", `import { flow } from "millrace";\nexport const a = withAlerts(flow${body}, 3);`, ["a a"]],
  [
    "a factory of the file",
    `import { flow } from "millrace";\nconst make = (name: string) => flow({ name, async run() {} });\nexport const a = make("x");`,
    ["a a"],
  ],
  ["a default export", `import { flow } from "millrace";\nexport default flow${body};`, ["default default"]],
  [
    "a name that is exported later",
    `import { flow } from "millrace";\nconst a = flow${body};\nexport { a as b, a as default };`,
    ["b b"],
  ],
  ["a name and default", `import { flow } from "millrace";\nexport const a = flow${body};\nexport default a;`, ["a a"]],
  [
    "options that stand elsewhere",
    `import { flow } from "millrace";\nconst options = { name: "x", async run() {} };\nexport const a = flow(options);`,
    ["x a"],
  ],
  ["not exported", `import { flow } from "millrace";\nconst a = flow${body};`, ["a null"]],
  ["an object of flows", `import { flow } from "millrace";\nexport const all = { a: flow${body} };`, ["flow null"]],
  [
    "a name in a template",
    `import { flow } from "millrace";\nexport const a = flow({ name: \`x\`, async run() {} });`,
    ["x a"],
  ],
  [
    "two in one declaration",
    `import { flow } from "millrace";\nexport const a = flow${body}, b = flow${body};`,
    ["a a", "b b"],
  ],
  ["CRLF", `import { flow } from "millrace";\r\n\r\nexport const a = flow${body};\r\n`, ["a a"]],
];
for (const [what, text, flows] of ways) {
  test(`should find a flow made with ${what}`, () => assert.deepEqual(found(text), flows));
}

const others: readonly [string, string][] = [
  ["of another package", `import { flow } from "other";\nexport const a = flow${body};`],
  ["of lodash", `import { flow } from "lodash";\nexport const a = flow([f, g]);`],
  ["that nobody imported", `export const a = flow${body};`],
  [
    "that is a parameter",
    `import { flow } from "millrace";\nexport const make = (flow) => { const a = flow${body}; return 1; };`,
  ],
  ["whose type alone is imported", `import type { flow } from "millrace";\nexport const a = flow${body};`],
  ["in a comment", `import { flow } from "millrace";\n// export const a = flow${body};`],
  ["in a string", `import { flow } from "millrace";\nexport const a = "flow${body}";`],
  ["without options", `import { flow } from "millrace";\nexport const a = flow();`],
  [
    "in a function, which only its caller gets",
    `import { flow } from "millrace";\ntest("x", () => { const a = flow${body}; });`,
  ],
];
for (const [what, text] of others)
  test(`should not take for a flow a call ${what}`, () => assert.deepEqual(found(text), []));

test("should read JavaScript with JSX, and modules by any of their endings", () => {
  const text = `import { flow } from "millrace";\nconst view = <div>it's</div>;\nexport const a = flow${body};`;
  for (const file of ["a.tsx", "a.js", "a.jsx", "a.mjs", "a.cjs"]) assert.deepEqual(found(text, file), ["a a"], file);
  const cast = `import { flow } from "millrace";\nconst x = <any>1;\nexport const a = flow${body};`;
  for (const file of ["a.ts", "a.mts", "a.cts"]) assert.deepEqual(found(cast, file), ["a a"], file);
});

test("should find flows and tasks made through another module of the workspace", () => {
  const files = {
    "mill.ts": `export * from "millrace";\nexport { flow as pipeline } from "millrace";`,
    "again.ts": `export * as mill from "./mill.ts";\nexport { pipeline } from "./mill.ts";`,
    "parts.ts": `import * as m from "millrace";\nexport const { task: step } = m;\nexport const line = m.flow;`,
    "flow.ts": `import { task } from "./mill.ts";\nimport { mill, pipeline } from "./again.ts";
import { step, line } from "./parts.ts";\nexport const s = step${body};\nexport const l = line${body};
export const t = task${body};\nexport const a = pipeline${body};`,
  };
  const { flows, tasks } = sitesIn(files, "flow.ts");
  assert.deepEqual(
    [flows.map(({ name }) => name), tasks.map(({ name }) => name)],
    [
      ["l", "a"],
      ["s", "t"],
    ],
  );
});

test("should count characters as the protocol does, behind letters that are no ASCII", () => {
  const text = `import { flow } from "millrace";\r\n/* 😀 žluť */ export const běh = flow({ name: "😀 běh", async run() { /* 😀 */ } });\r\n`;
  const [flow] = sitesOfText(text).flows;
  assert.ok(flow);
  assert.equal(at(text, flow.selection), "běh");
  assert.equal(at(text, flow.range), `export const běh = flow({ name: "😀 běh", async run() { /* 😀 */ } });`);
  assert.equal(flow.range.start.line, 1);
  assert.equal(flow.range.start.character, 14);
  assert.equal(flow.body === null ? null : at(text, flow.body), "{ /* 😀 */ }");
});

test("should end where modules pass on each other in a circle", () => {
  const files = {
    "a.ts": `export * from "./b.ts";\nexport { flow } from "./b.ts";`,
    "b.ts": `export * from "./a.ts";\nexport { flow } from "./a.ts";`,
    "flow.ts": `import { flow, task } from "./a.ts";\nexport const f = flow${body};\nexport const t = task${body};`,
  };
  assert.deepEqual(sitesIn(files, "flow.ts").flows, []);
});
