/** Where runs of a deployment happen: its pool, its queue, its infrastructure, and what a block says of it. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { findOwner } from "../../runtime/client/owner.ts";
import { routeAddress, send } from "../../runtime/client/request.ts";
import type { WorkerRoutes } from "../../runtime/protocol/workers.ts";
import { deploy, runNow } from "../support/deployments.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";
import { makePool, startWorker, stateOf } from "../support/pool-worker.ts";

const flows = `import { writeFileSync } from "node:fs";
import { flow, sleep, z } from "millrace";
export const told = flow({ name: "told", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  writeFileSync(mark, JSON.stringify([process.env.COLOUR, process.cwd()]));
} });
export const greedy = flow({ name: "greedy", async run() {
  const kept = [];
  for (;;) { kept.push(Buffer.alloc(8 << 20, 1)); await sleep(5); }
} });
`;

test("should give a deployment's runs to who polls its queue, in the environment, folder and memory that it says", async (t) => {
  const { home, folder, start, mark } = testHome(t);
  const client = await start();
  const flow_file = path.join(folder, "told.ts");
  const working_dir = path.join(folder, "inside");
  mkdirSync(working_dir);
  writeFileSync(flow_file, flows);
  await makePool(client, "big");
  await client.request("PUT /api/work_pools/:name/queues/:queue", {
    params: { name: "big", queue: "urgent" },
    body: { priority: 1 },
  });
  const place = { work_pool_name: "big", work_queue_name: "urgent" } as const;
  const infrastructure = { type: "process", env: { COLOUR: "green" }, working_dir, memory_limit: 200 } as const;
  const parameters = { mark: mark("told") };
  const told = { name: "placed", flow_file, flow_export: "told", ...place, infrastructure, parameters };
  const run = await runNow(client, await deploy(client, told));
  assert.match((await stateOf(client, run)).state.message ?? "", /No worker polls the queue "urgent"/);
  const worker = startWorker(t, { home, pool: "big", words: ["--queue", "urgent"] });
  const ended = await untilEnded(client, run);
  assert.equal(ended.state_type, "COMPLETED", `${ended.state.message} ${worker.output()}`);
  assert.deepEqual([ended.work_pool_name, ended.work_queue_name], ["big", "urgent"]);
  assert.deepEqual(JSON.parse(readFileSync(mark("told"), "utf8")), ["green", working_dir]);
  // Only Linux tells the memory of another process.
  if (process.platform !== "linux") return;
  const greedy = { name: "placed", flow_file, flow_export: "greedy", ...place, infrastructure };
  const killed = await untilEnded(client, await runNow(client, await deploy(client, greedy)));
  assert.match(killed.state.message ?? "", /its limit \(memory_limit\) is 200 MiB/);
});

test("should refuse a container block that there is not, and give a worker what the block says in its place", async (t) => {
  const { home, folder, start, mark } = testHome(t);
  const client = await start();
  const flow_file = path.join(folder, "told.ts");
  writeFileSync(flow_file, flows);
  await client.request("PUT /api/work_pools/:name", { params: { name: "boxes" }, body: { type: "docker" } });
  const infrastructure = { type: "docker", block: "docker-container/zoom", env: { COLOUR: "red" } } as const;
  const parameters = { mark: mark("told") };
  const settings = {
    ...{ name: "boxed", flow_file, flow_export: "told", parameters },
    ...{ work_pool_name: "boxes", infrastructure },
  };
  const refused = await client.request("POST /api/deployments", { body: settings });
  assert.equal(refused.deployment, null);
  assert.deepEqual(
    refused.plan.problems.map(({ path: field }) => field),
    ["infrastructure.block"],
  );
  const put = (data: Record<string, unknown>) =>
    client.request("PUT /api/block_documents/:slug/:name", {
      params: { slug: "docker-container", name: "zoom" },
      body: { data, overwrite: true },
    });
  await put({ image: "zoom:1" });
  const deployed = await deploy(client, settings);
  // What the block says when the run is handed out counts.
  await put({ image: "zoom:2", imagePullPolicy: "never", env: { SIZE: "1" }, memoryLimit: "512m" });
  const run_id = await runNow(client, deployed);
  const owner = findOwner(home);
  assert.ok(owner !== undefined);
  const post = <Name extends keyof WorkerRoutes>(name: Name, body: WorkerRoutes[Name]["body"]) =>
    send<WorkerRoutes[Name]["answer"]>(owner, { ...routeAddress(name), body });
  const me = { worker_id: "11111111-1111-4111-8111-111111111111" };
  const introduction = { ...me, name: "w1", pool: "boxes", queues: [], limit: 1, host: "here", version: "0" };
  await post("POST /api/workers/register", { ...introduction, type: "docker" });
  const poll = { ...me, free: 1, wait_ms: 5000, known: [], heard: [] };
  const { claims } = await post("POST /api/workers/poll", poll);
  assert.deepEqual(
    claims.map(({ order }) => [order.id, order.run.infrastructure]),
    [
      [
        run_id,
        {
          type: "docker",
          image: "zoom:2",
          image_pull_policy: "never",
          env: { SIZE: "1", COLOUR: "red" },
          memory_limit: 512,
        },
      ],
    ],
  );
});
