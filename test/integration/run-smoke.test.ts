import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import test from "node:test";
import { supportedNodes } from "../support/nodes.ts";
import { commandFile, temporaryFolder } from "../support/places.ts";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `millrace …` with a home of its own, from a folder with these files. */
function project(folder: string, files: Readonly<Record<string, string>>) {
  const home = path.join(folder, "home");
  const work = path.join(folder, "work");
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(work, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  async function millrace(
    args: readonly string[],
    options: { node?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ended> {
    const child = spawn(options.node ?? process.execPath, [commandFile, ...args], {
      cwd: work,
      env: { ...process.env, MILLRACE_HOME: home, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: unknown) => {
      stdout += String(chunk);
    });
    child.stderr.on("data", (chunk: unknown) => {
      stderr += String(chunk);
    });
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once("close", resolve).once("error", reject),
    );
    return { code, stdout, stderr };
  }
  return { home, work, millrace };
}

const one = `import { flow, task } from "millrace";
import { Size } from "./size";
const add = task({ name: "add", async run(a: number, b: number) { return a + b; } });
export const sum = flow({ async run() { console.log("total " + (await add(Size.Two, 3))); } });
`;
const size = "export enum Size { Two = 2 }\n";

test("should run a flow on every supported Node, with nothing installed and nothing up", async (t) => {
  const { home, millrace } = project(temporaryFolder(t), { "one.ts": one, "size.ts": size });
  for (const { name, binary } of supportedNodes()) {
    const { code, stdout, stderr } = await millrace(["run", "one.ts"], { node: binary });
    assert.equal(code, 0, `${name}: ${stdout}${stderr}`);
    assert.match(stdout, /total 5/, name);
  }
  const days = readdirSync(path.join(home, "runs"));
  const runs = days.flatMap((day) => readdirSync(path.join(home, "runs", day)));
  assert.equal(runs.length, supportedNodes().length);
});

test("should keep the sources that a run loaded, and none of millrace's own", async (t) => {
  const { home, work, millrace } = project(temporaryFolder(t), { "one.ts": one, "size.ts": size });
  assert.equal((await millrace(["run", "one.ts"])).code, 0);
  const [day = ""] = readdirSync(path.join(home, "runs"));
  const [run = ""] = readdirSync(path.join(home, "runs", day));
  const journal = readFileSync(path.join(home, "runs", day, run, "journal.1.ndjson"), "utf8");
  const record = journal.split("\n").find((line) => line.includes('"kind":"sources"')) ?? "{}";
  const { files }: { files: { file: string; hash: string }[] } = JSON.parse(record);
  assert.deepEqual(files.map(({ file }) => path.relative(work, file)).sort(), ["one.ts", "size.ts"]);
  for (const { hash } of files) assert.ok(existsSync(path.join(home, "runs", day, run, "sources", hash)));
});

const wrongFiles: readonly [name: string, args: readonly string[], code: number, message: RegExp][] = [
  [
    "a file that does not exist, with a near name",
    ["onee.ts"],
    2,
    /onee\.ts: there is no such file in .*Did you mean "one\.ts"\?/,
  ],
  ["a file of another kind", ["notes.md"], 2, /notes\.md: flows are written in TypeScript or JavaScript/],
  [
    "a file that does not parse",
    ["broken.ts"],
    2,
    /broken\.ts:2:11: Unexpected "="\n {2}2 \| const x = = 2;\n {4}\| {11}\^/,
  ],
  ["a file that fails while it loads", ["throws.ts"], 2, /throws\.ts:1:7: loading failed: Error: no database/],
  [
    "a rejection that nobody handles while it loads",
    ["rejects.ts"],
    2,
    /rejects\.ts:1:16: loading failed: Error: forgotten/,
  ],
  [
    "a file that awaits what never happens",
    ["waits.ts"],
    2,
    /waits\.ts: nothing is left to do, but something is still awaited/,
  ],
  ["a file without flows, with an example", ["size.ts"], 2, /size\.ts exports no flow.*export const hello = flow\(/s],
  [
    "two flows and none named",
    ["two.ts"],
    2,
    /two\.ts has 2 flows and none was named; .*first, second \("second one"\)/,
  ],
  ["an unknown flow, with a near name", ["two.ts:frist"], 2, /has no flow "frist"\. Did you mean "first"\?/],
];

test("should refuse what cannot be run, saying what and where, and leave no run behind", async (t) => {
  const { home, millrace } = project(temporaryFolder(t), {
    "one.ts": one,
    "size.ts": size,
    "notes.md": "# notes",
    "broken.ts": "const fine: number = 1;\nconst x = = 2;\n",
    "throws.ts": `throw new Error("no database");\n`,
    "rejects.ts": `Promise.reject(new Error("forgotten"));\nawait new Promise((resolve) => setTimeout(resolve, 60_000));\nexport {};\n`,
    "waits.ts": "await new Promise(() => {});\nexport {};\n",
    "two.ts": `import { flow } from "millrace";\nexport const first = flow({ run: async () => 1 });\nexport const second = flow({ name: "second one", run: async () => 2 });\n`,
  });
  for (const [what, args, code, message] of wrongFiles) {
    const ended = await millrace(["run", ...args]);
    assert.match(ended.stderr, message, what);
    assert.equal(ended.code, code, what);
    assert.doesNotMatch(ended.stderr, /node:internal|\.cjs:\d/, what);
  }
  assert.ok(!existsSync(path.join(home, "runs")) || readdirSync(path.join(home, "runs")).length === 0);
});

test("should pick a flow by its export or its name", async (t) => {
  const { millrace } = project(temporaryFolder(t), {
    "two.ts": `import { flow } from "millrace";\nexport const first = flow({ async run() { console.log("ran first"); } });\nexport const second = flow({ name: "second one", async run() { console.log("ran second"); } });\nexport default second;\n`,
  });
  assert.match((await millrace(["run", "two.ts:first"])).stdout, /ran first/);
  assert.match((await millrace(["run", "two.ts:second one"])).stdout, /ran second/);
  assert.match((await millrace(["run", "two.ts:default"])).stdout, /ran second/);
});

test("should fail a run by an error that belongs to no task", async (t) => {
  const { millrace } = project(temporaryFolder(t), {
    "later.ts": `import { flow } from "millrace";\nimport { setTimeout as wait } from "node:timers/promises";\nexport const later = flow({\n  async run() {\n    setTimeout(() => { throw new Error("from a timer"); }, 1);\n    await wait(60_000);\n  },\n});\n`,
  });
  const { code, stdout, stderr } = await millrace(["run", "later.ts"]);
  assert.equal(code, 1);
  assert.match(stdout + stderr, /from a timer/);
  assert.match(stdout + stderr, /later\.ts:5:30/);
});

test("should point a failing task's error at the source, line and column", async (t) => {
  const { millrace } = project(temporaryFolder(t), {
    "fails.ts": `import { flow, task } from "millrace";\ninterface Row { id: number }\nenum Kind { A }\nconst load = task({\n  name: "load",\n  async run(row: Row): Promise<never> {\n    throw new Error("no such row " + Kind[row.id]);\n  },\n});\nexport const etl = flow({ async run() { await load({ id: 0 }); } });\n`,
  });
  const { code, stdout, stderr } = await millrace(["run", "fails.ts"]);
  assert.equal(code, 1);
  assert.match(stdout + stderr, /no such row A/);
  assert.match(stdout + stderr, /fails\.ts:7:11/);
});

test("should put raw output into the log, and on the terminal once", async (t) => {
  const { home, millrace } = project(temporaryFolder(t), {
    "raw.ts": `import { flow, task } from "millrace";\nconst noise = task({ name: "noise", async run() { await new Promise<void>((resolve) => process.stdout.write("raw ou", () => resolve())); process.stdout.write(Buffer.from("tput\\n")); process.stderr.write("complaint\\n"); } });\nprocess.stdout.write("top level\\n");\nexport const raw = flow({ async run() { await noise(); } });\n`,
  });
  const { code, stdout, stderr } = await millrace(["run", "raw.ts"]);
  assert.equal(code, 0, stderr);
  assert.equal((stdout + stderr).split("raw output").length, 2);
  assert.equal((stdout + stderr).split("complaint").length, 2);
  assert.match(stdout, /top level/);
  const json = await millrace(["run", "raw.ts", "--json"]);
  const lines = json.stdout.replace("top level\n", "").trim().split("\n");
  for (const line of lines) assert.doesNotThrow(() => JSON.parse(line), line);
  const [day = ""] = readdirSync(path.join(home, "runs"));
  const [run = ""] = readdirSync(path.join(home, "runs", day));
  const log = readFileSync(path.join(home, "runs", day, run, "logs.ndjson"), "utf8");
  assert.match(log, /"message":"raw output","name":"stdout"/);
  assert.match(log, /"message":"complaint","name":"stderr"/);
});

test("should show user code its own process only", async (t) => {
  const { millrace } = project(temporaryFolder(t), {
    "sees.ts": `import { flow } from "millrace";\nexport const sees = flow({ async run() { console.log(JSON.stringify({ execArgv: process.execArgv, send: typeof process.send, names: Object.keys(process.env).filter((name) => /^(VSCODE|ELECTRON)_/.test(name)) })); } });\n`,
  });
  const { stdout } = await millrace(["run", "sees.ts"], { env: { VSCODE_PID: "1", ELECTRON_RUN_AS_NODE: "1" } });
  assert.match(stdout, /\{"execArgv":\[\],"send":"undefined","names":\[\]\}/);
});

test("should say which Node it needs", { skip: process.platform === "win32" }, async (t) => {
  const { millrace } = project(temporaryFolder(t), { "old.cjs": "" });
  const old = `Object.defineProperty(process.versions, "node", { value: "20.19.0" });`;
  const { code, stderr } = await millrace(["run", "old.cjs"], {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(old)}` },
  });
  assert.equal(code, 2);
  assert.match(stderr, /millrace needs Node 22\.15 or newer/);
});

test("should see an edit of the file, of what it imports and of its tsconfig in the next run", async (t) => {
  const { work, millrace } = project(temporaryFolder(t), {
    "one.ts": `import { flow } from "millrace";\nimport { size } from "@/size";\nexport const one = flow({ async run() { console.log("size " + size); } });\n`,
    "tsconfig.json": `{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }`,
    "src/size.ts": "export const size: number = 1;\n",
    "other/size.ts": "export const size: number = 30;\n",
  });
  const printed = async (): Promise<string> => {
    const { stdout, stderr } = await millrace(["run", "one.ts"]);
    return /size \d+/.exec(stdout)?.[0] ?? stderr;
  };
  assert.equal(await printed(), "size 1");
  writeFileSync(path.join(work, "src", "size.ts"), "export const size: number = 2;\n");
  assert.equal(await printed(), "size 2");
  writeFileSync(path.join(work, "tsconfig.json"), `{ "compilerOptions": { "paths": { "@/*": ["./other/*"] } } }`);
  assert.equal(await printed(), "size 30");
});
