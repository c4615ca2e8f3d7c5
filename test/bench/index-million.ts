import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../runtime/client/client.ts";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { commandFile } from "../support/places.ts";
import { writeSyntheticHome } from "../support/synthetic-home.ts";
import { atMost, type BenchRow, information, median } from "./rows.ts";
import { benchEnvironment, runNode, withFolder } from "./spawn.ts";

const runs = 20_000;
const tasks = 50;
const label = "index of 1,000,000 task runs";

/** A home with a million finished task runs, seen through the command and a real orchestrator. */
export function measureIndex(): Promise<readonly BenchRow[]> {
  return withFolder(async (folder) => {
    const home = path.join(folder, "home");
    writeSyntheticHome({ home, runs, tasks });
    const rebuild = await runAndWatch(home, "db", "rebuild", "--json");
    const before = performance.now();
    const client = await connectOrStart(home);
    try {
      await newest(client, "etl-3");
      const start = performance.now() - before;
      const pages: number[] = [];
      for (let flow = 0; flow < 20; flow++) pages.push(await timed(() => newest(client, `etl-${flow}`)));
      const slowest = await slowestWhileSnapshotting(client, home, folder);
      const memory = peakMemory(client.health.pid);
      return [
        atMost(`${label}: db rebuild`, rebuild.milliseconds / 1000, "s", 30),
        atMost(`${label}: db rebuild, peak memory`, rebuild.peak / 1e6, "MB", 700),
        atMost(`${label}: start, until the first answer`, start / 1000, "s", 2),
        atMost(`${label}: page of the newest 50 runs of one flow`, median(pages), "ms", 20),
        information(`${label}: the first such page, just after the start`, pages[0] ?? Number.NaN, "ms"),
        atMost(`${label}: slowest answer while it is snapshotted`, slowest.answer, "ms", 50),
        information(`${label}: that snapshot`, slowest.snapshot / 1000, "s", `${slowest.answers} answers meanwhile`),
        atMost(`${label}: peak memory of the orchestrator`, memory / 1e6, "MB", 700),
      ];
    } finally {
      await client.request("POST /api/shutdown", { body: { drain: false, reason: "bench" } });
      client.close();
      // It lets go of the home's files before the folder goes.
      await pause(1000);
    }
  });
}

const newest = (client: Client, flow_name: string) =>
  client.request("POST /api/flow_runs/filter", { body: { flow_name, limit: 50 } });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** Asks for pages, single runs and task runs one after another for as long as a snapshot takes. */
async function slowestWhileSnapshotting(client: Client, home: string, folder: string) {
  const project = path.join(folder, "project");
  mkdirSync(project);
  const flow = 'import { flow } from "millrace";\nexport const main = flow({ name: "main", async run() {} });\n';
  writeFileSync(path.join(project, "flow.ts"), flow);
  // Without something new in the index there is nothing to snapshot.
  runNode([commandFile, "run", "flow.ts"], { cwd: project, env: benchEnvironment(home) });
  const ended = async () => (await newest(client, "main")).items.some(({ state_type }) => state_type === "COMPLETED");
  for (let wait = 0; !(await ended()) && wait < 200; wait++) await pause(20);
  let taking = true;
  const before = performance.now();
  const taken = client.request("POST /api/snapshot", {}).finally(() => {
    taking = false;
  });
  let answer = 0;
  let answers = 0;
  while (taking) {
    const page = await newest(client, `etl-${answers % 20}`);
    const id = page.items[answers % 50]?.id ?? "";
    const before = performance.now();
    if (answers % 3 === 0) await newest(client, `etl-${answers % 20}`);
    else if (answers % 3 === 1) await client.request("GET /api/flow_runs/:id", { params: { id } });
    else await client.request("POST /api/flow_runs/:id/task_runs", { params: { id }, body: { limit: 50 } });
    answer = Math.max(answer, performance.now() - before);
    answers += 1;
    await pause(2);
  }
  await taken;
  return { answer, answers, snapshot: performance.now() - before };
}

/** Runs a command to its end and watches its memory. */
async function runAndWatch(home: string, ...args: string[]): Promise<{ milliseconds: number; peak: number }> {
  const before = performance.now();
  const child = spawn(process.execPath, [commandFile, ...args], { env: benchEnvironment(home), stdio: "ignore" });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMemory(child.pid ?? 0));
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on("exit", resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`millrace ${args.join(" ")} ended with ${code}`);
  return { milliseconds: performance.now() - before, peak };
}

/** The most memory that a process has had, in bytes; where the system does not tell (all but Linux), 0. */
function peakMemory(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
