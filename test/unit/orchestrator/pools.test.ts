import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { isLoopback, parseListen } from "../../../runtime/orchestrator/api/listen-tcp.ts";
import type { Core } from "../../../runtime/orchestrator/core.ts";
import { createEvents } from "../../../runtime/orchestrator/events.ts";
import { createMemoryStore } from "../../../runtime/orchestrator/index/memory-store.ts";
import { overPool } from "../../../runtime/orchestrator/pools/infrastructure.ts";
import { createPools, hashToken } from "../../../runtime/orchestrator/pools/pools.ts";
import { openSystemJournal } from "../../../runtime/orchestrator/system/journal.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";

async function openCore(t: TestContext, home: string, epoch: number): Promise<Core> {
  const identity = currentWriter("0.0.0");
  const system = await openSystemJournal({ disk: realDisk, home, epoch, identity });
  t.after(() => system.close());
  const log = { info: () => undefined, error: () => undefined };
  return {
    home,
    epoch,
    identity,
    disk: realDisk,
    store: createMemoryStore(),
    events: createEvents(epoch),
    system,
    publish: async () => undefined,
    log,
  };
}

test("should keep pools and queues over a restart, and always have the default", async (t) => {
  const home = temporaryFolder(t);
  const core = await openCore(t, home, 1);
  const pools = await createPools(core);
  await pools.put("big", { type: "process", concurrency_limit: 3 });
  await pools.putQueue("big", "urgent", {});
  await pools.putQueue("big", "urgent", { priority: 1, concurrency_limit: 2 });
  await pools.put("big", { is_paused: true });
  const token = await pools.issueToken("big");
  assert.equal(pools.ofToken(hashToken(token)), "big");
  assert.equal(pools.ofToken(hashToken("other")), undefined);
  await core.system.close();

  const again = await openCore(t, home, 2);
  const reopened = await createPools(again);
  const big = reopened.find("big");
  assert.deepEqual([big.is_paused, big.concurrency_limit], [true, 3]);
  assert.deepEqual(
    big.queues.map(({ name, priority, concurrency_limit }) => [name, priority, concurrency_limit]),
    [
      ["default", 1, null],
      ["urgent", 1, 2],
    ],
  );
  assert.equal(reopened.ofToken(hashToken(token)), "big");
  assert.equal(await reopened.revokeTokens("big"), 1);
  assert.equal(reopened.ofToken(hashToken(token)), undefined);
  assert.deepEqual(reopened.placeOf({}).pool.name, "default");
});

test("should refuse what a pool cannot be, and name the field and the way out", async (t) => {
  const pools = await createPools(await openCore(t, temporaryFolder(t), 1));
  await pools.put("big", {});
  await assert.rejects(pools.put("big", { type: "docker" }), {
    code: "conflict",
    message: /make another one for docker/,
  });
  await assert.rejects(
    pools.put("big", { infrastructure: { type: "docker", image: "x" } }),
    /infrastructure: .* runs process/,
  );
  await assert.rejects(pools.put("a b", {}), { code: "bad-parameters", message: /^name: "a b"/ });
  await assert.rejects(pools.remove("default"), /stays; pause it instead/);
  await assert.rejects(pools.removeQueue("big", "default"), /stays with its pool/);
  await assert.rejects(pools.removeQueue("big", "other"), { code: "not-found" });
  assert.throws(() => pools.find("bgi"), /Did you mean .*big/i);
  assert.throws(() => pools.placeOf({ work_pool_name: "big", work_queue_name: "urgent" }), {
    code: "bad-parameters",
    message: /millrace pools queue big urgent/,
  });
  await pools.remove("big");
  assert.throws(() => pools.find("big"), { code: "not-found" });
});

test("should lay what a run says over what its pool says", () => {
  const pool = { type: "process", env: { A: "1", B: "1" }, memory_limit: 100 } as const;
  assert.deepEqual(overPool(pool, undefined), pool);
  assert.deepEqual(overPool(pool, { type: "process", env: { B: "2" } }), {
    type: "process",
    env: { A: "1", B: "2" },
    memory_limit: 100,
  });
});

test("should read where to listen, and take nothing else for it", () => {
  assert.deepEqual(parseListen("0.0.0.0:4300"), { host: "0.0.0.0", port: 4300 });
  assert.deepEqual(parseListen(":0"), { host: "127.0.0.1", port: 0 });
  assert.deepEqual(parseListen("[::1]:80"), { host: "::1", port: 80 });
  for (const text of ["4300", "host", "host:70000", "http://host:1", "::1:80"]) {
    assert.throws(() => parseListen(text), { code: "bad-usage" }, text);
  }
  assert.equal(isLoopback({ host: "127.0.0.1", port: 1 }), true);
  assert.equal(isLoopback({ host: "0.0.0.0", port: 1 }), false);
});
