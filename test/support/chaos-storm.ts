/**
 * Many short runs pass through two workers while one is killed again and again, the other is cut off, and the
 * orchestrator is killed: each run ran exactly once, or is reported.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../runtime/client/client.ts";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { realDisk } from "../../runtime/journal/disk.ts";
import { walkRun } from "../../runtime/journal/reading.ts";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { isAlive, testHome } from "./orchestrator.ts";
import { makePool, type RunningWorker, startWorker, type WorkerSetup, workerHome } from "./pool-worker.ts";
import { until } from "./until.ts";

export const stormTimes = {
  MILLRACE_WORKER_HEARTBEAT: "500ms",
  MILLRACE_WORKER_LEASE: "3s",
  MILLRACE_WORKER_OFFLINE_LIMIT: "10m",
} as const;

export interface Storm {
  readonly runs: number;
  /** HOST:PORT at which the orchestrator listens. */
  readonly listen: string;
  /** What is said on the command line of the worker that is killed, and of the one that is cut off. */
  readonly killed: Partial<WorkerSetup>;
  readonly cut: Partial<WorkerSetup>;
  readonly line: { cut(): void; mend(): void };
}

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

/** Milliseconds between two blows, for how long there are any, and how long the line is cut: a moment, or beyond a lease. */
const calm = 2500;
const stormy = 40_000;
const cuts = [500, 4000] as const;

export async function storm(t: TestContext, { runs, listen, line, ...setups }: Storm): Promise<void> {
  const { home, folder } = testHome(t);
  const file = path.join(folder, "once.ts");
  const marks = path.join(folder, "marks");
  writeFileSync(file, flow);
  writeFileSync(marks, "");
  let client = await connectOrStart(home, { listen });
  t.after(() => client.close());
  await makePool(client, pool);
  const { token } = await client.request("POST /api/work_pools/:name/tokens", { params: { name: pool } });
  const elsewhere = path.join(folder, "elsewhere");
  const start = (name: "killed" | "cut"): RunningWorker =>
    startWorker(t, { home: elsewhere, pool, token, name, limit: 4, ...setups[name] });
  let killed = start("killed");
  const cut = start("cut");

  const ids: string[] = [];
  for (let n = 0; n < runs; n++) {
    const body = { file, work_pool_name: pool, parameters: { file: marks, n } };
    ids.push((await client.request("POST /api/flow_runs", { body })).id);
  }
  let done = 0;
  const blows = async (): Promise<void> => {
    const end = performance.now() + stormy;
    for (let turn = 0; done < runs && performance.now() < end; turn++) {
      await pause(calm);
      if (turn % 3 === 0) {
        await killed.kill("SIGKILL");
        killed = start("killed");
      } else if (turn % 3 === 1) {
        line.cut();
        await pause(cuts[Math.floor(turn / 3) % 2]);
        line.mend();
      } else if (turn % 6 === 2) {
        const { pid } = client.health;
        process.kill(pid, "SIGKILL");
        await until(() => !isAlive(pid));
        client.close();
        // On a busy machine its start takes long.
        client = await connectOrStart(home, { listen, timeout_ms: 60_000 });
      }
    }
  };
  const ended = new Map<string, FlowRun>();
  const watch = async (): Promise<void> => {
    while (ended.size < runs) {
      await pause(300);
      const left = ids.filter((id) => !ended.has(id));
      for (const run of await look(client, left)) if (isTerminal(run.state_type)) ended.set(run.id, run);
      done = ended.size;
    }
  };
  await Promise.all([blows(), watch()]);
  checkOnce(t, home, ids, ended, readFileSync(marks, "utf8").trim().split("\n").map(Number));
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
}

function checkOnce(
  t: TestContext,
  home: string,
  ids: readonly string[],
  ended: ReadonlyMap<string, FlowRun>,
  ran: readonly number[],
): void {
  const often = Map.groupBy(ran, (n) => n);
  for (const [n, id] of ids.entries()) {
    const run = ended.get(id);
    const times = often.get(n)?.length ?? 0;
    assert.ok(times <= 1, `run ${n} ran ${times} times`);
    const isReported = run?.state_type === "CRASHED" && run.state.message !== null;
    const isOnce = run?.state_type === "COMPLETED" && times === 1;
    assert.ok(isReported || isOnce, `run ${n}: ${run?.state_name}, ran ${times} times`);
    const { problems } = walkRun(realDisk, homePaths.run(home, id), () => undefined);
    assert.deepEqual(problems, []);
  }
  const crashed = [...ended.values()].filter(({ state_type }) => state_type === "CRASHED").length;
  t.diagnostic(`${ids.length - crashed} completed, ${crashed} reported as crashed`);
}

/** What a client hears that may be cut off at any time. */
async function look(client: Client, ids: readonly string[]): Promise<readonly FlowRun[]> {
  try {
    return (await client.request("POST /api/flow_runs/filter", { body: { ids: ids.slice(0, 500), limit: 1000 } }))
      .items;
  } catch {
    return [];
  }
}
