/** Deployments whose code is fetched from a repository that is elsewhere, here by HTTP with a token. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { filesWith } from "../support/block-home.ts";
import { deploy, runNow } from "../support/deployments.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";
import { makePool, startWorker } from "../support/pool-worker.ts";

const token = "planted-git-token-4711";
const basic = Buffer.from(`x-access-token:${token}`).toString("base64");

const source = (name: string) => `import { writeFileSync } from "node:fs";
import { flow, z } from "millrace";
export const etl = flow({ name: "${name}", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  writeFileSync(mark, JSON.stringify([import.meta.filename, process.env]));
} });
`;

/** A clone with one commit, served to whoever has the token. */
async function servedRepository(t: TestContext, folder: string) {
  const clone = path.join(folder, "clone");
  const flow_file = path.join(clone, "flows", "etl.ts");
  mkdirSync(path.dirname(flow_file), { recursive: true });
  const git = (cwd: string, ...words: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], {
      cwd,
      encoding: "utf8",
    }).trim();
  git(clone, "init", "--quiet", "--initial-branch=main");
  const served = path.join(folder, "served.git");
  const push = (name: string): string => {
    writeFileSync(flow_file, source(name));
    git(clone, "add", ".");
    git(clone, "commit", "--quiet", "-m", name);
    if (existsSync(served)) git(clone, "push", "--quiet", served, "main");
    else git(folder, "clone", "--bare", "--quiet", clone, served);
    git(served, "update-server-info");
    return git(clone, "rev-parse", "HEAD");
  };
  const server = createServer((request, response) => {
    const file = path.join(folder, (request.url ?? "").split("?")[0] ?? "");
    if (request.headers.authorization !== `Basic ${basic}`) {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    } else if (file.startsWith(served) && existsSync(file) && statSync(file).isFile()) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const isPort = (given: typeof address): given is AddressInfo => typeof given === "object" && given !== null;
  assert.ok(isPort(address));
  return { flow_file, push, url: `http://127.0.0.1:${address.port}/served.git` };
}

test("should fetch a deployment's commit with the token of its block, on the worker that runs it", {
  skip: !hasGit() && "there is no git on this machine",
}, async (t) => {
  const { home, folder, start, mark } = testHome(t);
  const client = await start();
  const { flow_file, push, url } = await servedRepository(t, folder);
  const commit = push("first");
  const parameters = { mark: mark("etl") };
  const code = { git: url, reference: "main", credentials: "github-repository/flows" } as const;
  const settings = { name: "elsewhere", flow_file, flow_export: "etl", parameters, code, work_pool_name: "big" };
  await makePool(client, "big");
  await assert.rejects(client.request("POST /api/deployments", { body: settings }), {
    code: "bad-parameters",
    message: /code\.credentials: there is no GitHubRepository block "github-repository\/flows"/,
  });
  await client.request("PUT /api/block_documents/:slug/:name", {
    params: { slug: "github-repository", name: "flows" },
    body: { data: { repositoryUrl: url, accessToken: token } },
  });
  const lost = { ...settings, code: { ...code, reference: "nowhere" } };
  await assert.rejects(client.request("POST /api/deployments", { body: lost }), { message: /^code\.reference: / });
  const deployed = await deploy(client, settings);
  assert.deepEqual(deployed.code, {
    ...{ type: "git", repository: url, reference: "main", commit, path: "flows/etl.ts" },
    ...{ credentials: "github-repository/flows", snapshot: null },
  });
  // A version is one commit: what is pushed later is for the next.
  push("second");
  const worker = startWorker(t, { home, pool: "big" });
  const ended = await untilEnded(client, await runNow(client, deployed));
  assert.equal(ended.state_type, "COMPLETED", `${ended.state.message} ${worker.output()}`);
  assert.deepEqual([ended.flow_name, ended.flow_version], ["first", commit]);
  const [file, environment] = JSON.parse(readFileSync(mark("etl"), "utf8"));
  assert.ok(String(file).startsWith(path.join(home, "workers")), String(file));
  // Git alone gets it: not the run, and no file of either home in the clear.
  assert.equal(JSON.stringify(environment).includes(token), false);
  assert.equal(JSON.stringify(environment).includes(basic), false);
  await worker.kill("SIGTERM");
  assert.deepEqual(filesWith(home, [token, basic]), []);
  assert.equal(worker.output().includes(token), false);
});

function hasGit(): boolean {
  try {
    execFileSync("git", ["--version"]);
    return true;
  } catch {
    return false;
  }
}
