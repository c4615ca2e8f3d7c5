/** An orchestrator serves a home; without one it ends, and takes nothing of a successor's with it. */
import assert from "node:assert/strict";
import { existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import type { Client } from "../../runtime/client/client.ts";
import { descendantsOf, listProcesses } from "../../runtime/system/process-tree.ts";
import { isAlive, testHome, until } from "../support/orchestrator.ts";

/** Another user of the folder may be writing while it is taken away; Windows lets nobody take it. */
const whereFoldersCanGo = { skip: process.platform === "win32" };

test("should end, with its warm runners, when its home was removed", whereFoldersCanGo, async (t) => {
  const place = testHome(t);
  const { health } = await startWarm(t, place);
  const warm = await warmRunners(health.pid);
  rmSync(place.home, { recursive: true, force: true, maxRetries: 50 });
  await until(() => !isAlive(health.pid));
  await until(() => !warm.some(isAlive));
  assert.equal(existsSync(path.join(place.home, "owner.1")), false);
});

test("should end when its home was moved away, and leave the next one's socket alone", whereFoldersCanGo, async (t) => {
  const place = testHome(t);
  const first = await startWarm(t, place);
  renameSync(place.home, `${place.home}-moved`);
  const second = await place.start();
  await until(() => !isAlive(first.health.pid));
  assert.notEqual(second.health.pid, first.health.pid);
  const third = await place.start();
  assert.equal(third.health.pid, second.health.pid);
  assert.equal((await third.request("GET /api/health")).home, place.home);
});

test("should take its warm runners along when it is killed", async (t) => {
  const place = testHome(t);
  const { health } = await startWarm(t, place);
  const warm = await warmRunners(health.pid);
  process.kill(health.pid, "SIGKILL");
  await until(() => !warm.some(isAlive));
});

async function startWarm(t: TestContext, place: ReturnType<typeof testHome>): Promise<Client> {
  const client = await place.start();
  t.after(() => {
    if (isAlive(client.health.pid)) process.kill(client.health.pid, "SIGKILL");
  });
  await until(async () => (await client.request("GET /api/health")).warm_runners > 0);
  return client;
}

async function warmRunners(orchestrator: number): Promise<readonly number[]> {
  const below = descendantsOf(await listProcesses(), orchestrator).map(({ pid }) => pid);
  assert.ok(below.length > 0);
  return below;
}
