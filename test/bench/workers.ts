/** Workers: how soon what is due is claimed, and how many short runs one worker of four places gets through. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../runtime/client/client.ts";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { realDisk } from "../../runtime/journal/disk.ts";
import { scanLines } from "../../runtime/journal/scan.ts";
import type { SystemRecord } from "../../runtime/orchestrator/system/records.ts";
import { commandFile, distFolder } from "../support/places.ts";
import { until } from "../support/until.ts";
import { atMost, type BenchRow, information, percentile, round } from "./rows.ts";
import { benchEnvironment, withFolder } from "./spawn.ts";

const flow = `import { flow, task } from "millrace";
const one = task({ name: "one", async run() { return 1; } });
export const short = flow({ name: "short", async run() { return one(); } });
`;

const runs = 1000;
const places = 4;
const pool = "bench";
/** Runs due one after the other while a thousand others wait for a later time. */
const spread = { runs: 200, every: 100 };

export async function measureWorkers(): Promise<readonly BenchRow[]> {
  process.env["MILLRACE_DIST"] = distFolder;
  const floor = await nodesPerSecond();
  return withFolder(async (folder) => {
    const home = path.join(folder, "home");
    const file = path.join(folder, "short.ts");
    writeFileSync(file, flow);
    const client = await connectOrStart(home);
    await client.request("PUT /api/work_pools/:name", { params: { name: pool }, body: { type: "process" } });
    const words = ["worker", "start", "--pool", pool, "--limit", String(places), "--name", "bench"];
    const worker = spawn(process.execPath, [commandFile, ...words], { env: benchEnvironment(home), stdio: "ignore" });
    try {
      return await measure(client, home, file, floor);
    } finally {
      worker.kill("SIGTERM");
      await exitOf(worker);
      await client.request("POST /api/shutdown", { body: {} });
      client.close();
      await pause(500);
    }
  });
}

async function measure(client: Client, home: string, file: string, floor: number): Promise<readonly BenchRow[]> {
  const far = new Date(Date.now() + 24 * 60 * 60_000).toISOString();
  const ask = (scheduled_time: string) =>
    client.request("POST /api/flow_runs", { body: { file, work_pool_name: pool, scheduled_time } });
  await settled(client, await asked(8, () => ask(new Date().toISOString())));
  await asked(runs, () => ask(far));

  const start = Date.now() + 3000;
  const single = await asked(spread.runs, (n) => ask(new Date(start + n * spread.every).toISOString()));
  await settled(client, single);
  const apart = delays(home, new Set(single));

  const at = Date.now() + 8000;
  const together = await asked(runs, () => ask(new Date(at).toISOString()));
  await settled(client, together);
  const took = (Date.now() - at) / 1000;
  const first = delays(home, new Set(together)).slice(0, places);
  const perSecond = runs / took;
  return [
    atMost(
      `due → claimed, p99 of ${spread.runs} runs one after the other, ${runs} waiting`,
      percentile(apart, 0.99),
      "ms",
      100,
    ),
    atMost(`due → claimed, ${runs} due at once, the first ${places}`, Math.max(...first), "ms", 100),
    information("bare processes, four at a time (floor: node -e 0)", floor, "/s"),
    {
      name: `${runs} one-task runs, a process each, one worker of ${places}`,
      value: round(perSecond),
      unit: "/s (at least)",
      limit: 20,
      ok: perSecond >= 20,
      floor: `${round(floor / perSecond)} x fewer than bare processes`,
    },
  ];
}

/** Ids of runs that were asked for, some at a time. */
async function asked(count: number, ask: (n: number) => Promise<{ readonly id: string }>): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 50) {
    const some = Array.from({ length: Math.min(50, count - n) }, (_, index) => ask(n + index));
    ids.push(...(await Promise.all(some)).map(({ id }) => id));
  }
  return ids;
}

/** Asks for a few at a time, in their order: to ask for all would take the processor from what is measured. */
async function settled(client: Client, ids: readonly string[]): Promise<void> {
  const open = new Set(ids);
  await until(async () => {
    await pause(100);
    for (let done = 1; done > 0 && open.size > 0; ) {
      const some = [...open].slice(0, 20);
      const { items } = await client.request("POST /api/flow_runs/filter", { body: { ids: some, limit: 1000 } });
      const ended = items.filter(({ end_time }) => end_time !== null);
      for (const { id } of ended) open.delete(id);
      done = ended.length;
    }
    return open.size === 0;
  });
}

/** Milliseconds from due to claimed, in the order of the claims, as the system journal tells. */
function delays(home: string, ids: ReadonlySet<string>): readonly number[] {
  const due = new Map<string, number>();
  const claimed = new Map<string, number>();
  for (const name of readdirSync(home).filter((each) => each.startsWith("system."))) {
    scanLines(realDisk, path.join(home, name), (line) => {
      if (!isSystemRecord(line)) return;
      if (line.kind === "run-request") due.set(line.request.id, line.request.due);
      if (line.kind === "claim" && !claimed.has(line.claim.run_id)) claimed.set(line.claim.run_id, line.claim.at);
    });
  }
  return [...claimed].filter(([id]) => ids.has(id)).map(([id, at]) => at - (due.get(id) ?? 0));
}

function isSystemRecord(line: object): line is SystemRecord {
  return "kind" in line;
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

async function nodesPerSecond(): Promise<number> {
  const each = 15;
  const before = performance.now();
  const line = async (): Promise<void> => {
    for (let n = 0; n < each; n++) await exitOf(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }));
  };
  await Promise.all(Array.from({ length: places }, line));
  return (each * places * 1000) / (performance.now() - before);
}
