import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { startLanguageServer } from "../support/language-client.ts";
import { temporaryFolder } from "../support/places.ts";

interface Lens {
  readonly range: { readonly start: { readonly line: number } };
  readonly command: { readonly title: string; readonly command: string; readonly arguments: readonly unknown[] };
}

const text = `import { flow, task } from "millrace";

export const fetchTrips = task({ async run(url: string) { return url; } });

export const etl = flow({
  name: "my-etl",
  async run() {
    await fetchTrips("x");
  },
});
`;

test("should give lenses for the flows of an open file, and tell the editor of them", async (t) => {
  const folder = temporaryFolder(t);
  const client = await startLanguageServer([folder]);
  t.after(() => client.stop());
  const uri = pathToFileURL(path.join(folder, "etl.ts")).href;
  const lenses = () => client.request<Lens[]>("textDocument/codeLens", { textDocument: { uri } });
  client.open(uri, text);
  assert.deepEqual(
    (await lenses()).map(({ range, command }) => [range.start.line, command.title, command.command, command.arguments]),
    [
      [4, "$(play) Run", "millrace.run", [{ uri, export: "etl", name: "my-etl" }]],
      [4, "$(debug-alt) Debug", "millrace.debug", [{ uri, export: "etl", name: "my-etl" }]],
      [4, "$(cloud-upload) Deploy", "millrace.deploy", [{ uri, export: "etl", name: "my-etl" }]],
    ],
  );
  await client.until(() => client.flows.has(uri));
  const told = client.flows.get(uri);
  assert.deepEqual([told?.version, told?.flows.length, told?.tasks.length], [1, 1, 1]);
  assert.deepEqual(
    told?.calls.map(({ name, flow, form }) => [name, flow, form]),
    [["fetchTrips", "etl", "call"]],
  );

  const top = { line: 0, character: 0 };
  client.change(uri, 2, [{ range: { start: top, end: top }, text: "\n\nconst half = {\n" }]);
  assert.deepEqual(
    (await lenses()).map(({ range }) => range.start.line),
    [7, 7, 7],
  );
  client.notify("workspace/didChangeConfiguration", {
    settings: { codeLens: { run: true, debug: false, deploy: false } },
  });
  assert.equal((await lenses()).length, 1);
  client.change(uri, 3, [{ text: "export {};" }]);
  await client.until(() => client.flows.get(uri)?.flows.length === 0);
});

test("should know the flows of all folders, and follow what happens to their files", async (t) => {
  const folder = temporaryFolder(t, "millrace číslo 1 (@x)-");
  const second = temporaryFolder(t);
  const write = (file: string, content: string, root = folder) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  };
  write("flows/etl.ts", text);
  write(
    "flows/deep/parent.ts",
    `import { flow } from "millrace";\nimport { etl } from "../etl.js";\nexport const parent = flow({ async run() { await etl(); } });\n`,
  );
  write("mill.ts", `export * from "millrace";\n`);
  write("through.ts", `import { flow } from "./mill";\nexport const through = flow({ async run() {} });\n`);
  write("node_modules/x/index.ts", text);
  write(".hidden/x.ts", text);
  write("left-out/x.ts", text);
  write("garbage.ts", `millrace\0\u0001${"\0".repeat(100)}`);
  write("two.ts", text.replaceAll("etl", "two"), second);
  symlinkSync(folder, path.join(folder, "flows", "circle"), "dir");
  const client = await startLanguageServer([folder, second], { exclude: ["left-out"] });
  t.after(() => client.stop());
  const names = () =>
    [...client.flows.values()]
      .flatMap(({ flows }) => flows.map(({ name }) => name))
      .sort()
      .join(" ");
  await client.until(() => client.indexed !== undefined);
  assert.equal(names(), "my-etl my-two parent through");
  assert.deepEqual(client.indexed, { files: 6, flows: 4 });

  const symbols = await client.request<{ name: string; containerName: string }[]>("workspace/symbol", {
    query: "prnt",
  });
  assert.deepEqual(
    symbols.map(({ name, containerName }) => [name, containerName]),
    [["parent", "flows/deep/parent.ts"]],
  );
  const parent = [...client.flows.values()].find(({ flows }) => flows[0]?.name === "parent");
  assert.deepEqual(
    parent?.calls.map(({ name, callee }) => [name, callee]),
    [["my-etl", "flow"]],
  );

  // The name in an unsaved document goes before the one on disk, and reaches the files that import it.
  const uri = [...client.flows.keys()].find((each) => each.endsWith("/etl.ts")) ?? "";
  client.open(uri, text.replace("my-etl", "unsaved"));
  await client.until(() => client.flows.get(parent?.uri ?? "")?.calls[0]?.name === "unsaved");
  client.close(uri);
  await client.until(() => names() === "my-etl my-two parent through");

  const events = (...changes: [string, number][]) =>
    client.notify("workspace/didChangeWatchedFiles", {
      changes: changes.map(([file, type]) => ({ uri: pathToFileURL(path.join(folder, file)).href, type })),
    });
  write("new.ts", text.replaceAll("etl", "new"));
  write("node_modules/y.ts", text);
  events(["new.ts", 1], ["node_modules/y.ts", 1]);
  await client.until(() => names() === "my-etl my-new my-two parent through");
  rmSync(path.join(folder, "flows"), { recursive: true });
  events(["flows", 3]);
  await client.until(() => names() === "my-new my-two through");
  client.notify("workspace/didChangeWorkspaceFolders", {
    event: { added: [], removed: [{ uri: pathToFileURL(second).href, name: "second" }] },
  });
  await client.until(() => names() === "my-new through");
  client.notify("workspace/didChangeConfiguration", { settings: { exclude: ["**/new.ts"] } });
  await client.until(() => names() === "my-etl through"); // what was left out before is not any more
});

test("should go on after binary garbage, a file that grows beyond reading, and a hundred quick keystrokes", async (t) => {
  const folder = temporaryFolder(t);
  const client = await startLanguageServer([folder]);
  t.after(() => client.stop());
  const address = (file: string) => pathToFileURL(path.join(folder, file)).href;
  client.open(
    address("garbage.ts"),
    `${String.fromCharCode(...Array.from({ length: 5000 }, (_, n) => n % 300))} millrace`,
  );
  const uri = address("etl.ts");
  client.open(uri, text);
  const lenses = (of: string) => client.request<Lens[]>("textDocument/codeLens", { textDocument: { uri: of } });
  assert.deepEqual(await lenses(address("garbage.ts")), []);
  for (let version = 2; version < 102; version++) {
    const place = { line: 7, character: 4 };
    client.change(uri, version, [{ range: { start: place, end: place }, text: version % 7 === 0 ? "{`" : "é" }]);
  }
  assert.ok((await lenses(uri)).length <= 3);
  client.change(uri, 102, [{ text: `${text}//${"x".repeat(5_000_000)}` }]);
  assert.deepEqual(await lenses(uri), []);
  await client.until(() => client.output.some((line) => line.includes("characters")));
  client.change(uri, 103, [{ text }]);
  assert.equal((await lenses(uri)).length, 3);
});
