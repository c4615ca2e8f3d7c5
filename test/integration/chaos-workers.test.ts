import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../runtime/client/client.ts";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { realDisk } from "../../runtime/journal/disk.ts";
import { walkRun } from "../../runtime/journal/reading.ts";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { freePort, openLine } from "../support/cut-line.ts";
import { isAlive, testHome } from "../support/orchestrator.ts";
import { makePool, startWorker, workerHome } from "../support/pool-worker.ts";
import { until } from "../support/until.ts";

process.env["MILLRACE_WORKER_HEARTBEAT"] = "500ms";
process.env["MILLRACE_WORKER_LEASE"] = "3s";
process.env["MILLRACE_WORKER_OFFLINE_LIMIT"] = "10m";

const runs = Number(process.env["MILLRACE_CHAOS_RUNS"] ?? 500);
const pool = "storm";

const flow = `import { appendFileSync } from "node:fs";
import { flow, task, z } from "millrace";
const mark = task({ name: "mark", async run(file: string, n: number) { appendFileSync(file, n + "\\n"); return n; } });
export const once = flow({
  name: "once",
  parameters: z.object({ file: z.string(), n: z.number() }),
  run: ({ file, n }) => mark(file, n),
});
`;

test(`should run each of ${runs} runs once, or report it, while workers and orchestrator are killed and cut off`, async (t) => {
  const { home, folder } = testHome(t);
  const file = path.join(folder, "once.ts");
  const marks = path.join(folder, "marks");
  writeFileSync(file, flow);
  writeFileSync(marks, "");
  const port = await freePort();
  let client = await connectOrStart(home, { listen: `127.0.0.1:${port}` });
  t.after(() => client.close());
  await makePool(client, pool);
  const { token } = await client.request("POST /api/work_pools/:name/tokens", { params: { name: pool } });
  const line = await openLine(t, port);
  const elsewhere = path.join(folder, "elsewhere");
  const start = (name: string, url: string) => startWorker(t, { home: elsewhere, pool, url, token, name, limit: 3 });
  let killed = start("killed", `http://127.0.0.1:${port}`);
  const cut = start("cut", line.url);

  const ids: string[] = [];
  for (let n = 0; n < runs; n++) {
    const body = { file, work_pool_name: pool, parameters: { file: marks, n } };
    ids.push((await client.request("POST /api/flow_runs", { body })).id);
  }
  let done = 0;
  const storm = async (): Promise<void> => {
    for (let turn = 0; done < runs; turn++) {
      await pause(1500);
      if (turn % 4 === 0) {
        await killed.kill("SIGKILL");
        killed = start("killed", `http://127.0.0.1:${port}`);
      } else if (turn % 4 === 1) {
        line.cut();
        await pause(turn % 8 === 1 ? 500 : 5000);
        line.mend();
      } else if (turn % 4 === 2) {
        const { pid } = client.health;
        process.kill(pid, "SIGKILL");
        await until(() => !isAlive(pid));
        client.close();
        // On a busy machine its start takes long.
        client = await connectOrStart(home, { listen: `127.0.0.1:${port}`, timeout_ms: 60_000 });
      }
    }
  };
  const ended = new Map<string, FlowRun>();
  const watch = async (): Promise<void> => {
    while (ended.size < runs) {
      await pause(300);
      for (const run of await look(
        client,
        ids.filter((id) => !ended.has(id)),
      )) {
        if (isTerminal(run.state_type)) ended.set(run.id, run);
      }
      done = ended.size;
    }
  };
  await Promise.all([storm(), watch()]);

  const ran = readFileSync(marks, "utf8").trim().split("\n").map(Number);
  const often = Map.groupBy(ran, (n) => n);
  for (const [n, id] of ids.entries()) {
    const run = ended.get(id);
    const times = often.get(n)?.length ?? 0;
    assert.ok(times <= 1, `run ${n} ran ${times} times`);
    const isReported = run?.state_type === "CRASHED" && run.state.message !== null;
    assert.ok(
      isReported || (run?.state_type === "COMPLETED" && times === 1),
      `run ${n}: ${run?.state_name}, ran ${times} times`,
    );
    const { problems } = walkRun(realDisk, homePaths.run(home, id), () => undefined);
    assert.deepEqual(problems, []);
  }
  const crashed = [...ended.values()].filter(({ state_type }) => state_type === "CRASHED");
  t.diagnostic(`${runs - crashed.length} completed, ${crashed.length} reported as crashed`);
  // Nothing is left anywhere: no claim, no place, no run at a worker.
  await until(async () => {
    const { queues } = await client.request("GET /api/work_pools/:name", { params: { name: pool } });
    return queues.every(({ running, waiting }) => running === 0 && waiting === 0);
  });
  // The orchestrator knows the end of a run a moment before its worker knows that it does.
  for (const name of ["killed", "cut"]) {
    await until(() => realDisk.list(homePaths.live(workerHome(elsewhere, pool, name))).length === 0);
  }
  await killed.kill("SIGTERM");
  await cut.kill("SIGTERM");
});

/** What a client hears that may be cut off at any time. */
async function look(client: Client, ids: readonly string[]): Promise<readonly FlowRun[]> {
  try {
    return (await client.request("POST /api/flow_runs/filter", { body: { ids: ids.slice(0, 500), limit: 1000 } }))
      .items;
  } catch {
    return [];
  }
}
