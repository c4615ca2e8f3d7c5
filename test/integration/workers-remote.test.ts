import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { findOwner } from "../../runtime/client/owner.ts";
import { routeAddress, send } from "../../runtime/client/request.ts";
import type { WorkerRoutes } from "../../runtime/protocol/workers.ts";
import { freePort, openLine } from "../support/cut-line.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";
import { makePool, startWorker, stateOf, untilOnline } from "../support/pool-worker.ts";
import { until } from "../support/until.ts";

process.env["MILLRACE_WORKER_HEARTBEAT"] = "300ms";
process.env["MILLRACE_WORKER_LEASE"] = "2s";
process.env["MILLRACE_WORKER_OFFLINE_LIMIT"] = "3s";

function ask(port: number, headers: Record<string, string>, route = "/api/health"): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: "127.0.0.1", path: route, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function remoteHome(t: Parameters<typeof testHome>[0]) {
  const test = testHome(t);
  const port = await freePort();
  const start = () => connectOrStart(test.home, { listen: `127.0.0.1:${port}` });
  const client = await start();
  t.after(() => client.close());
  await makePool(client, "far");
  const { token } = await client.request("POST /api/work_pools/:name/tokens", { params: { name: "far" } });
  const line = await openLine(t, port);
  const elsewhere = path.join(test.folder, "elsewhere");
  const worker = (name = "w1") => startWorker(t, { home: elsewhere, pool: "far", url: line.url, token, name });
  return { ...test, port, start, client, token, line, worker, elsewhere };
}

test("should answer over the network to nobody without a token, and to a worker's token only as a worker", async (t) => {
  const { home, port, token, client } = await remoteHome(t);
  const owner = findOwner(home)?.token ?? "";
  assert.equal(await ask(port, {}), 401);
  assert.equal(await ask(port, { authorization: "Bearer wrong" }), 401);
  assert.equal(await ask(port, { authorization: `Bearer ${owner}` }), 200);
  assert.equal(await ask(port, { authorization: `Bearer ${owner}`, origin: "http://evil.example" }), 401);
  assert.equal(await ask(port, { authorization: `Bearer ${owner}`, host: "evil.example" }), 401);
  assert.equal(await ask(port, { authorization: `Bearer ${token}` }), 401);
  assert.equal(await ask(port, { authorization: `Bearer ${token}` }, "/api/variables"), 401);
  assert.equal(client.health.url, `http://127.0.0.1:${port}`);
  // Only the hash is kept.
  const journal = readFileSync(path.join(home, "system.1.ndjson"), "utf8");
  assert.equal(journal.includes(token), false);
  await client.request("DELETE /api/work_pools/:name/tokens", { params: { name: "far" } });
  const refused = startWorker(t, { home, pool: "far", url: `http://127.0.0.1:${port}`, token, name: "late" });
  assert.equal(await refused.exited, 1);
  assert.match(refused.output(), /token is missing or wrong/i);
});

test("should let a run go on while the line is cut, and bring its journal when it is mended", async (t) => {
  const { client, line, worker, run, mark } = await remoteHome(t);
  worker();
  const { id } = await run(client, "steps", { mark: mark("a"), count: 30, wait: 30 }, { work_pool_name: "far" });
  await until(async () => (await stateOf(client, id)).state_type === "RUNNING");
  line.cut();
  await until(() => readFileSync(mark("a"), "utf8").split("\n").length === 31);
  const cut = await stateOf(client, id);
  assert.equal(cut.state_type, "RUNNING");
  await until(async () => /is offline since/.test((await stateOf(client, id)).state.message ?? ""));
  line.mend();
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "COMPLETED");
  assert.equal(ended.task_run_counts.COMPLETED, 30);
  assert.equal(readFileSync(mark("a"), "utf8").split("\n").length, 31);
});

test("should call a run crashed whose worker is away for too long, and believe what it brings later", async (t) => {
  const { client, line, worker, run, mark } = await remoteHome(t);
  worker();
  const { id } = await run(client, "waiting", { until: mark("go") }, { work_pool_name: "far" });
  await until(async () => (await stateOf(client, id)).state_type === "RUNNING");
  line.cut();
  const lost = await untilEnded(client, id);
  assert.equal(lost.state_type, "CRASHED");
  assert.match(lost.state.message ?? "", /is offline since .* longer than the limit of 3/);
  writeFileSync(mark("go"), "");
  line.mend();
  await until(async () => (await stateOf(client, id)).state_type === "COMPLETED");
});

test("should give a run that its worker did not begin in time to another", async (t) => {
  const { client, run, mark, token, port, worker } = await remoteHome(t);
  // A worker that claims and then never begins: it speaks the protocol itself.
  const me = { worker_id: "11111111-1111-4111-8111-111111111111" };
  const introduction = { ...me, name: "idle", pool: "far", queues: [], limit: 5, host: "nowhere", version: "0" };
  const address = { url: `http://127.0.0.1:${port}`, token };
  const post = <Name extends keyof WorkerRoutes>(name: Name, body: WorkerRoutes[Name]["body"]) =>
    send<WorkerRoutes[Name]["answer"]>(address, { ...routeAddress(name), body });
  await post("POST /api/workers/register", { ...introduction, type: "process" });
  const { id } = await run(client, "steps", { mark: mark("a"), count: 1 }, { work_pool_name: "far" });
  const poll = { ...me, free: 1, wait_ms: 5000, known: [], heard: [] };
  const { claims } = await post("POST /api/workers/poll", poll);
  assert.equal(claims.length, 1);
  // The answer got lost: the same claim is told again, and to nobody else.
  const again = await post("POST /api/workers/poll", { ...poll, wait_ms: 0 });
  assert.equal(again.claims[0]?.claim_id, claims[0]?.claim_id);
  worker();
  await untilOnline(client, "far", 1);
  const ended = await untilEnded(client, id);
  assert.equal(ended.state_type, "COMPLETED");
  const late = await post("POST /api/workers/begin", { ...me, run_id: id, claim_id: claims[0]?.claim_id ?? "" });
  assert.equal(late.granted, false);
});
