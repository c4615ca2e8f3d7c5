import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { distFolder, projectRoot, temporaryFolder } from "../support/places.ts";

/** A user's project with the package as npm would lay it out: package.json, dist/, and the dependencies it names. */
function projectWithPackage(t: TestContext): string {
  const project = temporaryFolder(t);
  const modules = path.join(project, "node_modules");
  const installed = path.join(modules, "millrace");
  mkdirSync(installed, { recursive: true });
  cpSync(path.join(projectRoot, "package.json"), path.join(installed, "package.json"));
  cpSync(distFolder, path.join(installed, "dist"), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), "@types/node", "undici-types"]) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(projectRoot, "node_modules", name), path.join(modules, name), "junction");
  }
  writeFileSync(path.join(project, "package.json"), JSON.stringify({ name: "user", type: "module" }));
  return project;
}

function compile(project: string, options: object): string {
  const config = {
    compilerOptions: { strict: true, noEmit: true, types: ["node"], target: "es2022", ...options },
    include: ["flow.ts"],
  };
  writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify(config));
  const compiler = path.join(projectRoot, "node_modules", "typescript", "bin", "tsc");
  return spawnSync(process.execPath, [compiler, "-p", project], { encoding: "utf8" }).stdout;
}

test("should give a user's project full types under nodenext and bundler resolution, without skipLibCheck", (t) => {
  const project = projectWithPackage(t);
  writeFileSync(
    path.join(project, "flow.ts"),
    `import { flow, task, z } from "millrace";
import { LocalBucket } from "millrace/blocks";
const double = task({ name: "double", retries: 3, retryDelay: "10s", async run(n: number) { return n * 2; } });
export const main = flow({
  name: "main",
  parameters: z.object({ months: z.array(z.int()).default([1]) }),
  async run({ months }) {
    const all: number[] = await double.map(months);
    const bucket: LocalBucket = await LocalBucket.load("default");
    return all.length + String(bucket).length;
  },
});
export const outcome: Promise<number> = main({});
// @ts-expect-error the task takes a number
double("x");
// @ts-expect-error months are numbers
main({ months: ["x"] });
`,
  );
  assert.equal(compile(project, { module: "nodenext" }), "");
  assert.equal(compile(project, { module: "esnext", moduleResolution: "bundler" }), "");
});

test("should record a flow called from a plain script, with only the package installed", (t) => {
  const project = projectWithPackage(t);
  const home = path.join(project, "home");
  writeFileSync(
    path.join(project, "ingest.mjs"),
    `import { flow, task } from "millrace";
const one = task({ name: "one", run: async () => 41 });
const ingest = flow({ name: "ingest", run: async () => (await one()) + 1 });
console.log("answer", await ingest());
`,
  );
  const env = { ...process.env, MILLRACE_HOME: home };
  const script = spawnSync(process.execPath, ["ingest.mjs"], { cwd: project, env, encoding: "utf8" });
  assert.equal(script.status, 0, script.stderr);
  assert.match(script.stdout, /answer 42/);
  const days = readdirSync(path.join(home, "runs"));
  assert.equal(days.length, 1);

  const command = path.join(project, "node_modules", "millrace", "dist", "millrace.cjs");
  const list = spawnSync(process.execPath, [command, "runs", "ls", "--json"], { cwd: project, env, encoding: "utf8" });
  assert.equal(list.status, 0, list.stderr);
  assert.match(list.stdout, /"flow_name":\s*"ingest"/);
  assert.match(list.stdout, /"state_type":\s*"COMPLETED"/);
});

test("should name only what the package ships", () => {
  const { exports, bin, dependencies } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8"));
  const targets = [
    bin.millrace,
    ...Object.values(exports).flatMap((entry) =>
      typeof entry === "object" && entry !== null ? Object.values(entry) : [],
    ),
  ];
  const files = readdirSync(distFolder, { recursive: true }).map(
    (name) => `dist/${String(name).split(path.sep).join("/")}`,
  );
  for (const target of targets) {
    assert.ok(files.includes(String(target).replace(/^\.\//, "")), `${target} is not in dist`);
  }
  assert.deepEqual(Object.keys(dependencies).sort(), ["@standard-schema/spec", "esbuild", "zod"]);
});
