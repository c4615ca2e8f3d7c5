/** The stub under real TypeScripts and a real Node: with nothing installed, no red line, and the types are there. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { starterFlow } from "../../extension/start/starter.ts";
import { writeStub } from "../../extension/start/write-stub.ts";
import { distFolder, projectRoot, temporaryFolder } from "../support/places.ts";

const modules = path.join(projectRoot, "node_modules");
/** The compilers of the language servers that people have. */
const compilers = { "7": "typescript", "6": "typescript-6" } as const;

/** Uses all of it: the SDK, blocks, testing, zod through the SDK, Node's modules and globals. */
const flowText = `
import { readFile } from "node:fs/promises";
import { flow, log, task, z } from "millrace";
import { LocalBucket } from "millrace/blocks";
import { runFlow } from "millrace/testing";

const double = task({ name: "double", run: async (value: number) => value * 2 });

export const etl = flow({
  parameters: z.object({ months: z.array(z.int()).default([1]), color: z.enum(["yellow", "green"]) }),
  async run({ months, color }) {
    const bucket: LocalBucket = await LocalBucket.load("default");
    log.info(\`\${process.pid} \${await readFile("a", "utf8")} \${bucket.basepath} \${(await fetch("http://localhost")).status}\`);
    const numbers: number[] = await Promise.all(months.map((month) => double(month)));
    const word: "yellow" | "green" = color;
    return { numbers, word };
  },
});
export const tested = () => runFlow(etl, { color: "green" });
`;
/** Wrong on purpose: says that parameters are numbers and not any. */
const wrongText = `
import { flow, z } from "millrace";
export const wrong = flow({
  parameters: z.object({ count: z.int() }),
  async run({ count }) {
    const text: string = count;
    return text;
  },
});
`;

interface Workspace {
  readonly folder: string;
  readonly home: string;
}

function workspace(t: TestContext): Workspace {
  const top = temporaryFolder(t);
  const made = { folder: path.join(top, "meine Flüsse #1"), home: path.join(top, "my hö me") };
  mkdirSync(path.join(made.folder, "flows"), { recursive: true });
  writeFileSync(path.join(made.folder, "flows", "etl.ts"), flowText);
  writeFileSync(path.join(made.folder, "flows", "hello.ts"), starterFlow({ file: "hello", identifier: "hello" }).text);
  return made;
}

function check(folder: string, compiler: string, options: object | undefined): string {
  const config = path.join(folder, "tsconfig.json");
  const own = { noEmit: true, strict: true, pretty: false };
  if (options !== undefined)
    writeFileSync(config, JSON.stringify({ compilerOptions: { ...own, ...options }, include: ["flows"] }));
  // What an editor assumes for a file that no tsconfig covers.
  const loose = ["--noEmit", "--strict", "--pretty", "false", "--module", "esnext", "--moduleResolution", "bundler"];
  const files = [path.join("flows", "etl.ts"), path.join("flows", "hello.ts")];
  const args = options === undefined ? [...loose, "--target", "esnext", "--ignoreConfig", ...files] : ["-p", "."];
  const tsc = path.join(modules, compiler, "bin", "tsc");
  const { stdout, stderr, error } = spawnSync(process.execPath, [tsc, ...args], { cwd: folder, encoding: "utf8" });
  if (error) throw error;
  return stdout + stderr;
}

const configs: Readonly<Record<string, object | undefined>> = {
  "no tsconfig": undefined,
  nodenext: { module: "nodenext", target: "es2023" },
  bundler: { module: "preserve", moduleResolution: "bundler", target: "es2022", lib: ["es2023"] },
  commonjs: { module: "commonjs", target: "es2022" },
  "the strictest": {
    module: "nodenext",
    target: "es2023",
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    isolatedModules: true,
  },
};

for (const [version, compiler] of Object.entries(compilers)) {
  const missing = existsSync(path.join(modules, compiler)) ? false : `TypeScript ${version} is not installed`;

  for (const [name, options] of Object.entries(configs)) {
    test(`should leave no red line under TypeScript ${version}, ${name}`, { skip: missing }, (t) => {
      const { folder, home } = workspace(t);
      writeStub(home, folder, distFolder);
      assert.equal(check(folder, compiler, options), "");
    });
  }

  test(`should type parameters, not leave them any, under TypeScript ${version}`, { skip: missing }, (t) => {
    const { folder, home } = workspace(t);
    writeStub(home, folder, distFolder);
    writeFileSync(path.join(folder, "flows", "wrong.ts"), wrongText);
    const said = check(folder, compiler, { module: "nodenext", target: "es2023" });
    assert.match(said, /wrong\.ts\(6,11\): error TS2322: Type 'number' is not assignable to type 'string'/);
    assert.equal(said.trim().split("\n").length, 1);
  });

  test(`should get on with types of Node that the folder has, under TypeScript ${version}`, { skip: missing }, (t) => {
    const { folder, home } = workspace(t);
    for (const name of ["@types/node", "undici-types"])
      cpSync(path.join(modules, name), path.join(folder, "node_modules", name), { recursive: true });
    writeStub(home, folder, distFolder);
    assert.equal(check(folder, compiler, undefined), "");
    assert.equal(check(folder, compiler, { module: "nodenext", target: "es2023", types: ["node"] }), "");
  });
}

test("should link whole and leave nothing behind when several windows do it at once, of two builds", async (t) => {
  const { folder, home } = workspace(t);
  const other = path.join(path.dirname(home), "other dist");
  for (const name of ["sdk", "sdk-types", "keeper.cjs", "sql-wasm.wasm", "build.json"])
    cpSync(path.join(distFolder, name), path.join(other, name), { recursive: true });
  const { version } = JSON.parse(readFileSync(path.join(other, "build.json"), "utf8"));
  writeFileSync(path.join(other, "build.json"), JSON.stringify({ version, build: "another" }));
  const program = path.join(path.dirname(home), "link.ts");
  const source = path.join(projectRoot, "extension", "start", "write-stub.ts");
  writeFileSync(
    program,
    `import { writeStub } from ${JSON.stringify(pathToFileURL(source).href)};
     const [home, folder, ...dists] = process.argv.slice(2);
     for (let round = 0; round < 4; round++) writeStub(home, folder, dists[(process.pid + round) % 2]);`,
  );
  const flags = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
  const windows = Array.from({ length: 4 }, async () => {
    const child = spawn(process.execPath, [...flags, program, home, folder, distFolder, other], { stdio: "inherit" });
    const [code] = await once(child, "exit");
    return code;
  });
  assert.deepEqual(await Promise.all(windows), [0, 0, 0, 0]);
  writeStub(home, folder, distFolder);
  assert.deepEqual(readdirSync(path.join(home, "sdk")), [version]);
  assert.equal(readdirSync(path.join(folder, "node_modules", "millrace")).length, 8);
  assert.equal(check(folder, "typescript", undefined), "");
});

/** This Node may read TypeScript by itself or not: the script is JavaScript, as what is tested is the stub. */
test("should let a plain script run a flow, recorded, with nothing installed", (t) => {
  const { folder, home } = workspace(t);
  writeStub(home, folder, distFolder);
  const script = `
    import { flow, task, variable, z } from "millrace";
    import { LocalBucket } from "millrace/blocks";
    import { runFlow } from "millrace/testing";
    const double = task({ name: "double", timeout: "1m", run: async (value) => value * 2 });
    const etl = flow({ name: "etl", parameters: z.object({ value: z.int() }), run: ({ value }) => double(value) });
    console.log(await etl({ value: 21 }), typeof LocalBucket.load, typeof runFlow);
  `;
  writeFileSync(path.join(folder, "ingest.mjs"), script);
  const env = { ...process.env, MILLRACE_HOME: home, NODE_TEST_CONTEXT: undefined };
  const { stdout, stderr } = spawnSync(process.execPath, ["ingest.mjs"], { cwd: folder, encoding: "utf8", env });
  assert.equal(`${stdout}${stderr}`.trim(), "42 function function");
  const listed = spawnSync(process.execPath, [path.join(distFolder, "millrace.cjs"), "runs", "ls", "--json"], {
    encoding: "utf8",
    env,
  });
  assert.equal(JSON.parse(listed.stdout)[0].state_type, "COMPLETED");
});
