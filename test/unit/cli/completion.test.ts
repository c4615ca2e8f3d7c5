import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type CompletionSources, complete } from "../../../runtime/cli/completion/complete.ts";
import { scripts } from "../../../runtime/cli/completion/scripts.ts";
import { filesWithFlows } from "../../../runtime/cli/flows-scan.ts";
import { commands, groups } from "../../../runtime/cli/table.ts";
import { temporaryFolder } from "../../support/places.ts";

const sources: CompletionSources = {
  commands,
  groups,
  lookUp: async (kind) =>
    kind === "run"
      ? [{ value: "quiet-otter", summary: "etl" }, { value: "quick-fox" }]
      : kind === "task"
        ? [{ value: "clean" }]
        : [{ value: `a-${kind}` }],
};
const values = async (...words: string[]) => (await complete(words, sources)).suggestions.map(({ value }) => value);

test("should complete commands and their second words, but nothing hidden", async () => {
  assert.deepEqual(await values("ru"), ["run", "runs"]);
  assert.ok((await values("runs", "")).includes("export"));
  assert.deepEqual(await values("runs", "res"), ["resume"]);
  assert.deepEqual(await values("__"), []);
});

test("should complete options, leaving out those that were given", async () => {
  assert.deepEqual(await values("runs", "resume", "x", "--re"), ["--rerun"]);
  assert.deepEqual(await values("runs", "show", "--all", "--al"), []);
  assert.deepEqual(await values("run", "--ta"), ["--tag"]);
});

test("should complete values of options, also after an equals sign", async () => {
  assert.deepEqual(await values("runs", "ls", "--state", "c"), ["completed", "crashed", "cancelling", "cancelled"]);
  assert.deepEqual(await values("runs", "ls", "--state=fa"), ["--state=failed"]);
  assert.deepEqual(await values("runs", "resume", "quiet-otter", "--from", ""), ["clean"]);
});

test("should complete run names, and leave file names to the shell", async () => {
  assert.deepEqual(await values("runs", "show", "qui"), ["quiet-otter", "quick-fox"]);
  assert.equal((await complete(["runs", "import", ""], sources)).files, "files");
  assert.equal((await complete(["run", "--home", ""], sources)).files, "folders");
  assert.equal((await complete(["runs", "ls", ""], sources)).files, "none");
  assert.deepEqual(await complete(["run", "a"], sources), { suggestions: [{ value: "a-flow-file" }], files: "none" });
  assert.deepEqual(await complete(["run", "src/"], sources), { suggestions: [], files: "files" });
});

test("should complete what help can tell about", async () => {
  assert.deepEqual(await values("help", "runs", "sh"), ["show"]);
  assert.deepEqual(await values("completion", "z"), ["zsh"]);
});

for (const shell of ["bash", "zsh", "fish"] as const) {
  const there = spawnSync(shell, ["--version"], { stdio: "ignore" }).status === 0;
  test(`should write a script that ${shell} can read`, { skip: !there && `no ${shell} on this machine` }, (t) => {
    const file = path.join(temporaryFolder(t), "script");
    writeFileSync(file, scripts[shell]);
    execFileSync(shell, ["-n", file]);
  });
}

const hasBash = process.platform !== "win32" && spawnSync("bash", ["--version"], { stdio: "ignore" }).status === 0;
test("should complete in bash, also behind a colon", { skip: !hasBash && "no bash on this machine" }, (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(
    path.join(folder, "millrace"),
    '#!/bin/sh\nprintf "%s\\n" "etl.ts:main\tthe flow" "etl.ts:other" ":none"\n',
  );
  chmodSync(path.join(folder, "millrace"), 0o755);
  const script = `${scripts.bash}
    COMP_LINE="millrace run etl.ts:m"; COMP_POINT=\${#COMP_LINE}
    COMP_WORDS=(millrace run etl.ts : m); COMP_CWORD=4
    _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync("bash", ["-c", script], {
    env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}` },
    encoding: "utf8",
  });
  assert.deepEqual(out.trim().split("\n"), ["main", "other"]);
});

test("should find the files that make flows, and no others", (t) => {
  const folder = temporaryFolder(t);
  const write = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  const makes = 'import { flow } from "millrace";\nexport const a = flow({ async run() {} });\n';
  write("a.ts", makes);
  write("deep/b.mjs", makes.replaceAll('"', "'"));
  write("c.cts", makes.replace(/import .*;/, 'const { flow } = require("millrace");'));
  write("types.d.ts", makes);
  write("a.test.ts", makes);
  write("tasks.ts", 'import { task } from "millrace";\nexport const t = task({ async run() {} });\n');
  write("other.ts", 'import { flow } from "elsewhere";\nflow({});\n');
  write("node_modules/x/index.ts", makes);
  write(".hidden/x.ts", makes);
  write("readme.md", makes);
  assert.deepEqual(
    filesWithFlows(folder).map((file) => path.relative(folder, file).split(path.sep).join("/")),
    ["a.ts", "c.cts", "deep/b.mjs"],
  );
});

test("should complete deployments, automations and work pools where a command wants one", async () => {
  assert.deepEqual(await values("deployments", "run", ""), ["a-deployment"]);
  assert.deepEqual(await values("backfill", ""), ["a-deployment"]);
  assert.deepEqual(await values("automations", "test", ""), ["a-automation"]);
  assert.deepEqual(await values("automations", "create", "x", "--run", ""), ["a-deployment"]);
  assert.deepEqual(await values("pools", "show", ""), ["a-pool"]);
  assert.deepEqual(await values("worker", "start", "--pool", ""), ["a-pool"]);
});
