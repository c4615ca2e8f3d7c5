import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findMillrace, hasNodeTypes, installCommand, projectFolder } from "../../../extension/start/packages.ts";
import { isStubManifest, stubFiles } from "../../../extension/start/stub.ts";
import { writeStub } from "../../../extension/start/write-stub.ts";
import { temporaryFolder } from "../../support/places.ts";

interface Place {
  readonly home: string;
  readonly folder: string;
  readonly dist: string;
}

function fakeDist(folder: string, build = "aaaa", types = "1111"): string {
  const dist = path.join(folder, `dist-${build}-${types}`);
  for (const name of ["sdk", "sdk-types"]) mkdirSync(path.join(dist, name), { recursive: true });
  writeFileSync(path.join(dist, "build.json"), JSON.stringify({ version: "1.2.3", build }));
  writeFileSync(path.join(dist, "keeper.cjs"), "");
  writeFileSync(path.join(dist, "sdk", "index.js"), `// ${build}`);
  writeFileSync(path.join(dist, "sdk-types", "index.d.ts"), `// ${types}`);
  writeFileSync(path.join(dist, "sdk-types", "types.json"), JSON.stringify({ types }));
  return dist;
}

function place(t: TestContext): Place {
  const top = temporaryFolder(t);
  const folder = path.join(top, "my flows");
  mkdirSync(folder);
  return { home: path.join(top, "home"), folder, dist: fakeDist(top) };
}

const stubOf = (folder: string): string => path.join(folder, "node_modules", "millrace");
const manifest = (folder: string, content: object): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(content));
};

test("should put a stub there that names the SDK in the home, and write nothing the second time", (t) => {
  const { home, folder, dist } = place(t);
  const { files } = writeStub(home, folder, dist);
  assert.deepEqual([...files].sort(), readdirSync(stubOf(folder)).sort());
  const sdk = path.join(home, "sdk", "1.2.3");
  assert.deepEqual(readdirSync(sdk).sort(), ["index.d.ts", "index.js", "keeper.cjs", "sdk.json", "types.json"]);
  const [, specifier = ""] = /from "(.*)"/.exec(readFileSync(path.join(stubOf(folder), "index.js"), "utf8")) ?? [];
  assert.equal(fileURLToPath(specifier), path.join(sdk, "index.js"));
  assert.equal(readFileSync(path.join(stubOf(folder), ".gitignore"), "utf8"), "*\n");
  const before = statSync(path.join(stubOf(folder), "index.d.ts")).mtimeMs;
  assert.deepEqual(writeStub(home, folder, dist).files, []);
  assert.equal(statSync(path.join(stubOf(folder), "index.d.ts")).mtimeMs, before);
  assert.deepEqual(readdirSync(folder), ["node_modules"]);
});

test("should write again what was changed or taken away", (t) => {
  const { home, folder, dist } = place(t);
  writeStub(home, folder, dist);
  writeFileSync(path.join(stubOf(folder), "blocks.js"), "old");
  rmSync(path.join(stubOf(folder), "package.json"));
  assert.deepEqual(writeStub(home, folder, dist).files, ["blocks.js", "package.json"]);
});

test("should take another build of the same version, and other types of the same build", (t) => {
  const { home, folder, dist } = place(t);
  writeStub(home, folder, dist);
  const sdk = path.join(home, "sdk", "1.2.3");
  writeStub(home, folder, fakeDist(path.dirname(folder), "bbbb"));
  assert.equal(readFileSync(path.join(sdk, "index.js"), "utf8"), "// bbbb");
  writeStub(home, folder, fakeDist(path.dirname(folder), "bbbb", "2222"));
  assert.equal(readFileSync(path.join(sdk, "index.d.ts"), "utf8"), "// 2222");
  assert.deepEqual(readdirSync(path.join(home, "sdk")), ["1.2.3"]);
});

test("should leave the real package, a linked one and strange folders alone", (t) => {
  const { home, folder, dist } = place(t);
  manifest(stubOf(folder), { name: "millrace", version: "1.0.0" });
  assert.throws(() => writeStub(home, folder, dist), /is the millrace package itself/);
  const elsewhere = path.join(path.dirname(folder), "checkout");
  cpSync(stubOf(folder), elsewhere, { recursive: true });
  rmSync(stubOf(folder), { recursive: true });
  symlinkSync(elsewhere, stubOf(folder), "junction");
  assert.throws(() => writeStub(home, folder, dist), /is the millrace package itself/);
  rmSync(stubOf(folder));
  mkdirSync(stubOf(folder));
  writeFileSync(path.join(stubOf(folder), "mine.ts"), "");
  assert.throws(() => writeStub(home, folder, dist), /holds something that Millrace has not put there/);
  assert.deepEqual(readdirSync(stubOf(folder)), ["mine.ts"]);
});

test("should name the folder's own types of Node where it has them", (t) => {
  const { home, folder, dist } = place(t);
  const first = () => readFileSync(path.join(stubOf(folder), "blocks.d.ts"), "utf8").split("\n")[0];
  writeStub(home, folder, dist);
  assert.match(first() ?? "", /^\/\/\/ <reference path=".*node_modules\/@types\/node\/index\.d\.ts" \/>$/);
  manifest(path.join(folder, "node_modules", "@types", "node"), {});
  assert.equal(hasNodeTypes(path.join(folder, "deep", "er")), true);
  writeStub(home, folder, dist);
  assert.equal(first(), '/// <reference types="node" />');
});

test("should write paths for TypeScript and addresses for Node, also with blanks and other letters", () => {
  const files = stubFiles({ sdk: "/tmp/hö me/sdk", version: "1.0.0", nodeTypes: "bundled" });
  assert.ok(files.get("index.d.ts")?.includes('export * from "/tmp/hö me/sdk/index.js";'));
  if (process.platform !== "win32")
    assert.equal(files.get("index.js"), 'export * from "file:///tmp/h%C3%B6%20me/sdk/index.js";\n');
  assert.equal(isStubManifest(files.get("package.json") ?? ""), true);
  assert.equal(isStubManifest('{"name":"millrace","millrace":true}'), false);
  assert.equal(isStubManifest("{"), false);
});

test("should find what a file's import meets on the way up", (t) => {
  const { home, folder, dist } = place(t);
  const inner = path.join(folder, "packages", "etl");
  assert.equal(findMillrace(inner), undefined);
  writeStub(home, folder, dist);
  assert.equal(findMillrace(inner)?.kind, "stub");
  manifest(stubOf(inner), { name: "millrace", version: "1.0.0" });
  assert.equal(findMillrace(inner)?.kind, "package");
});

test("should know the project that a file belongs to, within the folder that is open", (t) => {
  const { folder } = place(t);
  manifest(path.dirname(folder), {});
  const inner = path.join(folder, "packages", "etl");
  assert.equal(projectFolder(inner, folder), undefined);
  manifest(path.join(folder, "packages"), {});
  assert.equal(projectFolder(inner, folder), path.join(folder, "packages"));
});

test("should install with the package manager that the project uses", (t) => {
  const { folder } = place(t);
  const inner = path.join(folder, "packages", "etl");
  mkdirSync(inner, { recursive: true });
  assert.equal(installCommand(inner), "npm i -D millrace");
  writeFileSync(path.join(folder, "pnpm-lock.yaml"), "");
  assert.equal(installCommand(inner), "pnpm add -D millrace");
  writeFileSync(path.join(inner, "package-lock.json"), "");
  assert.equal(installCommand(inner), "npm i -D millrace");
});
