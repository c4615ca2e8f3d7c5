import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { testHome, untilEnded } from "../support/orchestrator.ts";
import { makePool, startWorker } from "../support/pool-worker.ts";

const flows = `import { flow, sleep } from "millrace";
export const greedy = flow({ name: "greedy", async run() {
  const kept = [];
  for (;;) { kept.push(Buffer.alloc(8 << 20, 1)); await sleep(5); }
} });
export const told = flow({ name: "told", async run() { return [process.env.COLOUR, process.env.SIZE, process.cwd()]; } });
`;

test("should end a process that is over its memory limit, and name the limit", {
  skip: process.platform !== "linux" && "only Linux tells the memory of another process",
}, async (t) => {
  const { start, folder } = testHome(t);
  const client = await start();
  const file = path.join(folder, "limited.ts");
  writeFileSync(file, flows);
  const infrastructure = { type: "process", memory_limit: 200 } as const;
  const { id } = await client.request("POST /api/flow_runs", { body: { file, flow: "greedy", infrastructure } });
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "CRASHED");
  assert.match(ended.state.message ?? "", /used \d+ MiB of memory, and its limit \(memory_limit\) is 200 MiB/);
});

test("should run with the environment of its pool under its own, in the folder that is named", async (t) => {
  const { start, folder } = testHome(t);
  const client = await start();
  const file = path.join(folder, "told.ts");
  const inside = path.join(folder, "inside");
  mkdirSync(inside);
  writeFileSync(file, flows);
  const pool = { type: "process", env: { COLOUR: "green", SIZE: "1" } } as const;
  await client.request("PUT /api/work_pools/:name", { params: { name: "default" }, body: { infrastructure: pool } });
  const infrastructure = { type: "process", env: { SIZE: "2" }, working_dir: inside } as const;
  const { id } = await client.request("POST /api/flow_runs", { body: { file, flow: "told", infrastructure } });
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "COMPLETED", ended.state.message ?? "");
  assert.equal(ended.cwd, inside);
});

test("should run code out of a repository at its branch, and say which commit it was", {
  skip: !hasGit() && "there is no git on this machine",
}, async (t) => {
  const { home, start, folder } = testHome(t);
  const client = await start();
  await makePool(client, "big");
  startWorker(t, { home, pool: "big" });
  const repository = path.join(folder, "repository");
  mkdirSync(path.join(repository, "flows"), { recursive: true });
  const git = (...words: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], {
      cwd: repository,
      encoding: "utf8",
    }).trim();
  git("init", "--quiet", "--initial-branch=main");
  const commit = (name: string): string => {
    writeFileSync(
      path.join(repository, "flows", "etl.ts"),
      `import { flow } from "millrace";\nexport const etl = flow({ name: "${name}", async run() { return 1; } });\n`,
    );
    git("add", ".");
    git("commit", "--quiet", "-m", name);
    return git("rev-parse", "HEAD");
  };
  const code = {
    type: "git",
    repository,
    reference: "main",
    commit: null,
    path: "flows/etl.ts",
    credentials: null,
    snapshot: null,
  } as const;
  for (const [name, work_pool_name] of [
    ["first", "default"],
    ["second", "default"],
    ["third", "big"],
  ] as const) {
    const expected = commit(name);
    const body = { file: path.join(repository, "flows", "etl.ts"), flow: "etl", code, work_pool_name };
    const { id } = await client.request("POST /api/flow_runs", { body });
    const ended = await untilEnded(client, id);
    assert.equal(ended.state_type, "COMPLETED", ended.state.message ?? "");
    assert.deepEqual([ended.flow_name, ended.flow_version], [name, expected]);
  }
  const lost = { ...code, reference: "no-such" };
  const { id } = await client.request("POST /api/flow_runs", { body: { file: "/elsewhere/etl.ts", code: lost } });
  const failed = await untilEnded(client, id);
  assert.equal(failed.state_type, "FAILED");
  assert.match(failed.state.message ?? "", /no branch, tag or commit "no-such"/);
});

function hasGit(): boolean {
  try {
    execFileSync("git", ["--version"]);
    return true;
  } catch {
    return false;
  }
}
