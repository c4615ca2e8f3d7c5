import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { connect, connectOrStart } from "../../runtime/client/connect.ts";
import { findOwner } from "../../runtime/client/owner.ts";
import type { MillraceError } from "../../runtime/protocol/errors.ts";
import { isAlive, testHome, until, untilEnded } from "../support/orchestrator.ts";

test("should bring up one orchestrator when several clients start it at once", async (t) => {
  const place = testHome(t);
  const clients = await Promise.all([place.start(), place.start(), place.start(), place.start()]);
  assert.equal(new Set(clients.map(({ health }) => health.pid)).size, 1);
  assert.deepEqual(
    readdirSync(place.home).filter((name) => name.startsWith("owner.")),
    ["owner.1"],
  );
});

test("should find nothing and start nothing with connect", async (t) => {
  const place = testHome(t);
  assert.equal(await connect(place.home), undefined);
  assert.deepEqual(readdirSync(place.home), []);
});

test("should run from a copy in the home, with a launcher beside it", async (t) => {
  const place = testHome(t);
  const { health } = await place.start();
  const folder = path.join(place.home, "runtime", `${health.version}+${health.build}`);
  assert.ok(existsSync(path.join(folder, "orchestrator.cjs")));
  const launcher = spawn(path.join(place.home, "bin", process.platform === "win32" ? "millrace.cmd" : "millrace"), [
    "--version",
  ]);
  let said = "";
  launcher.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await once(launcher, "close");
  assert.match(said, new RegExp(health.version.replaceAll(".", "\\.")));
});

test("should give way to a newer client and leave runs alone", async (t) => {
  const place = testHome(t);
  const old = await place.start();
  const go = place.mark("go");
  const run = await place.run(old, "waiting", { until: go });
  await until(async () => (await old.request("GET /api/flow_runs/:id", { params: { id: run.id } })).start_time);
  const identity = { version: "999.0.0", protocol: { major: 1, minor: 7 } };
  const client = await connectOrStart(place.home, { identity });
  assert.notEqual(client.health.pid, old.health.pid);
  assert.equal(isAlive(old.health.pid), false);
  writeFileSync(go, "");
  const ended = await untilEnded(client, run.id);
  assert.equal(ended.state_name, "Completed");
  client.close();
});

test("should wait for its runs before it ends, when asked to drain, and take no new ones", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const go = place.mark("go");
  const run = await place.run(client, "waiting", { until: go });
  await until(async () => (await client.request("GET /api/flow_runs/:id", { params: { id: run.id } })).start_time);
  await client.request("POST /api/shutdown", { body: { drain: true } });
  assert.equal((await client.request("GET /api/health")).draining, true);
  await assert.rejects(place.run(client, "waiting", { until: go }), { code: "not-answering" });
  writeFileSync(go, "");
  await until(() => !isAlive(client.health.pid));
  const second = await place.start();
  assert.equal((await untilEnded(second, run.id)).state_type, "COMPLETED");
});

test("should tell a client that is too old to update itself", async (t) => {
  const place = testHome(t);
  await place.start();
  const identity = { version: "0.0.1", protocol: { major: 0, minor: 9 } };
  await assert.rejects(connectOrStart(place.home, { identity }), (error: MillraceError) => {
    assert.equal(error.code, "home-newer");
    assert.match(error.message, /Update this Millrace/);
    return true;
  });
});

test("should take a home over after its orchestrator was killed", async (t) => {
  const place = testHome(t);
  const first = await place.start();
  process.kill(first.health.pid, "SIGKILL");
  const second = await place.start();
  assert.notEqual(second.health.pid, first.health.pid);
  assert.ok(second.health.seq > first.health.seq);
});

test("should say that a home cannot be written", { skip: process.getuid?.() === 0 }, async (t) => {
  const place = testHome(t);
  chmodSync(place.home, 0o500);
  await assert.rejects(connectOrStart(place.home), { code: "home-unusable" });
  chmodSync(place.home, 0o700);
});

test("should say that a file stands where the home should be", async (t) => {
  const place = testHome(t);
  await assert.rejects(connectOrStart(place.file), { code: "home-unusable" });
});

test("should refuse a wrong token, a foreign Host and a web page's Origin", async (t) => {
  const place = testHome(t);
  await place.start();
  const owner = findOwner(place.home);
  assert.ok(owner);
  const right = { host: "localhost", authorization: `Bearer ${owner.token}` };
  const ask = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      request({ socketPath: owner.socket, path: "/api/health", headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
  assert.equal(await ask(right), 200);
  assert.equal(await ask({ host: "localhost" }), 401);
  assert.equal(await ask({ ...right, authorization: `Bearer ${owner.token}x` }), 401);
  assert.equal(await ask({ ...right, host: "evil.example" }), 401);
  assert.equal(await ask({ ...right, origin: "https://evil.example" }), 401);
});

test("should end by itself when nobody needs it", async (t) => {
  process.env["MILLRACE_IDLE_MINUTES"] = "0.005";
  t.after(() => delete process.env["MILLRACE_IDLE_MINUTES"]);
  const place = testHome(t);
  const client = await place.start();
  await until(() => !isAlive(client.health.pid));
  assert.equal(await connect(place.home), undefined);
});

test("should end in good order on SIGTERM", { skip: process.platform === "win32" }, async (t) => {
  const place = testHome(t);
  const client = await place.start();
  process.kill(client.health.pid, "SIGTERM");
  await until(() => !isAlive(client.health.pid));
  assert.equal(findOwner(place.home), undefined);
});
