import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { matcher } from "../../../language-server/workspace/globs.ts";
import { canonical, filePath, fileUri } from "../../../language-server/workspace/uris.ts";
import { Workspace } from "../../../language-server/workspace/workspace.ts";
import { temporaryFolder } from "../../support/places.ts";
import { parsers } from "./support.ts";

const flowFile = (name: string, from = "millrace") =>
  `import { flow, task } from "${from}";\nexport const ${name} = flow({ async run() {} });\nexport const ${name}Task = task({ async run() {} });\n`;

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

function found(workspace: Workspace): string[] {
  return [...workspace.files()].flatMap(({ uri }) => workspace.sites(uri)?.flows.map(({ name }) => name) ?? []).sort();
}

test("should read only what matters, and leave out what is excluded", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, {
    "a.ts": flowFile("a"),
    "other.ts": "export const x = 1;",
    "node_modules/b/b.ts": flowFile("b"),
    ".git/c.ts": flowFile("c"),
    "build/d.ts": flowFile("d"),
    "deep/er/e.gen.ts": flowFile("e"),
    "types.d.ts": flowFile("f"),
    "g.txt": flowFile("g"),
  });
  symlinkSync(folder, path.join(folder, "circle"), "dir");
  symlinkSync(path.join(folder, "nowhere"), path.join(folder, "broken"), "dir");
  const workspace = new Workspace(parsers, assert.fail);
  assert.equal(await workspace.disk.read([folder], ["build/**", "**/*.gen.ts"]), 2);
  assert.deepEqual(found(workspace), ["a"]);
  assert.deepEqual([...workspace.disk.uris()].length, 1);
});

test("should follow what modules without the word pass on", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, {
    "lib/mill.ts": `export * from "millrace";`,
    "lib/index.ts": `export * from "./mill";`,
    "through.ts": flowFile("through", "./lib"),
    "tasks/fetch.ts": flowFile("fetch"),
    "tasks/index.ts": `export { fetchTask as fetchAll } from "./fetch.js";`,
    "uses.ts": `import { flow } from "millrace";\nimport { fetchAll } from "./tasks";\nexport const uses = flow({ async run() { await fetchAll(); } });`,
  });
  const workspace = new Workspace(parsers, assert.fail);
  await workspace.disk.read([folder], []);
  assert.deepEqual(found(workspace), ["fetch", "through", "uses"]);
  const uses = workspace.sites(fileUri(path.join(folder, "uses.ts")));
  assert.deepEqual(
    uses?.calls.map(({ name, callee }) => [name, callee]),
    [["fetchTask", "task"]],
  );
  assert.deepEqual(
    workspace
      .dependents([fileUri(path.join(folder, "tasks/fetch.ts"))])
      .map((uri) => path.posix.basename(uri))
      .sort(),
    ["index.ts", "uses.ts"],
  );
});

test("should follow the aliases of tsconfig.json, comments in it or not", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, {
    "tsconfig.json": `{ // paths\n "compilerOptions": { "baseUrl": "./source", "paths": { "@tasks/*": ["steps/*"], "one": ["steps/one.ts"], }, } }`,
    "source/steps/fetch.ts": flowFile("fetch"),
    "source/steps/one.ts": flowFile("one"),
    "uses.ts": `import { flow } from "millrace";\nimport { fetchTask } from "@tasks/fetch";\nimport { oneTask } from "one";\nexport const uses = flow({ async run() { await fetchTask(); await oneTask(); } });`,
  });
  const workspace = new Workspace(parsers, assert.fail);
  await workspace.disk.read([folder], []);
  const uses = workspace.sites(fileUri(path.join(folder, "uses.ts")));
  assert.deepEqual(
    uses?.calls.map(({ name }) => name),
    ["fetchTask", "oneTask"],
  );
  // Paths of what it extends count from there; what is not installed takes nothing away.
  write(folder, {
    "base/tsconfig.base.json": `{ "compilerOptions": { "paths": { "@tasks/*": ["../source/steps/*"] } } }`,
    "tsconfig.json": `{ "extends": "./base/tsconfig.base.json" }`,
  });
  await workspace.disk.read([folder], []);
  const names = () => workspace.sites(fileUri(path.join(folder, "uses.ts")))?.calls.map(({ name }) => name);
  assert.deepEqual(names(), ["fetchTask"]);
  assert.ok(workspace.disk.configs.has(fileUri(path.join(folder, "base/tsconfig.base.json"))));
  write(folder, {
    "tsconfig.json": `{ "extends": "@none/such", "compilerOptions": { "paths": { "one": ["./source/steps/one.ts"] } } }`,
  });
  await workspace.disk.read([folder], []);
  assert.deepEqual(names(), ["oneTask"]);
  write(folder, { "tsconfig.json": "{ broken" });
  await workspace.disk.read([folder], []);
  assert.deepEqual(workspace.sites(fileUri(path.join(folder, "uses.ts")))?.calls, []);
});

test("should keep up with files that change, go, and are gone while they are read", async (t) => {
  const folder = temporaryFolder(t);
  const file = (name: string) => path.join(folder, name);
  write(folder, {
    "a.ts": flowFile("a"),
    "sub/b.ts": flowFile("b"),
    "sub/c.ts": flowFile("c"),
    "subway.ts": flowFile("d"),
  });
  const workspace = new Workspace(parsers, assert.fail);
  await workspace.disk.read([folder], []);
  writeFileSync(file("a.ts"), "export {};");
  writeFileSync(file("new.ts"), flowFile("fresh"));
  const changed = await workspace.disk.update(["a.ts", "new.ts", "node_modules/x.ts", "gone.ts"].map(file));
  assert.deepEqual(changed, [fileUri(file("a.ts")), fileUri(file("new.ts"))]);
  assert.deepEqual(found(workspace), ["b", "c", "d", "fresh"]);
  rmSync(file("sub"), { recursive: true });
  assert.equal(workspace.disk.remove(file("sub")).length, 2);
  assert.deepEqual(found(workspace), ["d", "fresh"]);
  const first = workspace.disk.read([folder], []);
  assert.equal(await workspace.disk.read([folder], ["new.ts"]), 2);
  assert.equal(await first, undefined);
  assert.deepEqual(found(workspace), ["d"]);
});

test("should spell addresses as the editor does", () => {
  assert.equal(fileUri("/a b/(č)/@x!.ts"), "file:///a%20b/%28%C4%8D%29/%40x%21.ts");
  assert.equal(canonical("file:///a%20b/(č)/@x!.ts"), "file:///a%20b/%28%C4%8D%29/%40x%21.ts");
  assert.equal(filePath("file:///a%20b/%40x.ts"), path.sep === "/" ? "/a b/@x.ts" : filePath("file:///a%20b/@x.ts"));
  assert.equal(canonical("untitled:Untitled-1"), "untitled:Untitled-1");
});

test("should read globs as the editor's settings write them", () => {
  const cases: readonly [string, string, boolean][] = [
    ["build", "build", true],
    ["build", "a/build", false],
    ["**/build", "a/build", true],
    ["**/build", "build", true],
    ["build/**", "build/x/y.ts", true],
    ["**/*.{gen,test}.ts", "a/b.gen.ts", true],
    ["**/*.{gen,test}.ts", "a/b.ts", false],
    ["a?c/*.ts", "abc/x.ts", true],
    ["a?c/*.ts", "abc/d/x.ts", false],
    ["(x)+.ts", "(x)+.ts", true],
    ["./src/**/old", "src/a/b/old", true],
  ];
  for (const [glob, file, matches] of cases) assert.equal(matcher([glob])(file), matches, `${glob} ${file}`);
});
