import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { realDisk } from "../../runtime/journal/disk.ts";
import { scheduleDefaults } from "../../runtime/orchestrator/deployments/model.ts";
import type { StoredDeployment } from "../../runtime/orchestrator/deployments/stored.ts";
import { openSystemJournal } from "../../runtime/orchestrator/system/journal.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { currentWriter } from "../../runtime/system/process-identity.ts";
import { atMost, type BenchRow, information } from "./rows.ts";
import { withFolder } from "./spawn.ts";

const count = 10_000;
const seconds = 25;
/** Of Linux's /proc: ticks of a hundredth of a second. */
const ticksPerSecond = 100;

/** An orchestrator with very many schedules, none of which is due for hours, beside one with none. */
export async function measureSchedules(): Promise<readonly BenchRow[]> {
  if (process.platform !== "linux") return [];
  const without = await idle(0);
  const among = await idle(count);
  const floor = `none: ${without.cpu.toFixed(2)} %, ${without.memory.toFixed(0)} MB`;
  return [
    atMost("idle orchestrator with 10,000 schedules: processor", among.cpu, "%", 0.5, floor),
    atMost("idle orchestrator with 10,000 schedules: memory", among.memory, "MB", 120, floor),
    information(
      "orchestrator with 10,000 schedules: start to first answer",
      among.started,
      "ms",
      `none: ${without.started.toFixed(0)} ms`,
    ),
    information(
      "orchestrator with 10,000 schedules: processor time until all next times are known",
      among.prepared,
      "ms",
    ),
  ];
}

function idle(schedules: number) {
  return withFolder(async (folder) => {
    const home = path.join(folder, "home");
    mkdirSync(home, { mode: 0o700 });
    if (schedules > 0) await fill(home, schedules);
    const before = performance.now();
    const client = await connectOrStart(home);
    const started = performance.now() - before;
    const { pid } = client.health;
    try {
      const atFirst = ticksOf(pid);
      await untilQuiet(pid);
      const prepared = ((ticksOf(pid) - atFirst) / ticksPerSecond) * 1000;
      const from = ticksOf(pid);
      await pause(seconds * 1000);
      const cpu = ((ticksOf(pid) - from) / ticksPerSecond / seconds) * 100;
      return { cpu, memory: memoryOf(pid), started, prepared };
    } finally {
      await client.request("POST /api/shutdown", { body: {} });
      client.close();
    }
  });
}

/** As if they had been deployed one by one, which would take as long as loading a flow so many times. */
async function fill(home: string, schedules: number): Promise<void> {
  const journal = await openSystemJournal({ disk: realDisk, home, epoch: 0, identity: currentWriter("bench") });
  const now = new Date().toISOString();
  const zones = ["UTC", "Europe/Berlin", "America/New_York"];
  const records = Array.from({ length: schedules }, (_, place) => {
    // Hours away from now in every zone.
    const hour = (new Date().getUTCHours() + 9 + (place % 4)) % 24;
    const cron = `${place % 60} ${hour} ${1 + (Math.floor(place / 60) % 28)} * *`;
    const id = newId();
    const deployment: StoredDeployment = {
      id,
      name: `deployment-${place}`,
      flow_name: "etl",
      flow_file: path.join(home, "flows", "etl.ts"),
      flow_export: "etl",
      cwd: home,
      version: 1,
      description: null,
      tags: [],
      parameters: { color: "yellow", months: [1, 2, 3] },
      parameter_openapi_schema: {
        type: "object",
        properties: { color: { type: "string" }, months: { type: "array" } },
      },
      schedules: [{ ...scheduleDefaults, id: newId(), schedule: { cron, timezone: zones[place % 3] ?? "UTC" } }],
      paused: false,
      work_pool_name: "default",
      work_queue_name: "default",
      infrastructure: { type: "process" },
      code: { type: "working-copy" },
      concurrency_limit: null,
      collision_strategy: "ENQUEUE",
      keep_running: true,
      crash_retries: 0,
      declared_in: null,
      created: now,
      updated: now,
    };
    return { kind: "deployment", deployment } as const;
  });
  const marks = records.flatMap(({ deployment }) =>
    deployment.schedules.map(({ id }) => ({ kind: "schedule-handled", schedule_id: id, until: Date.now() }) as const),
  );
  await journal.commitAll([...records, ...marks]);
  await journal.close();
}

/** Until a whole second costs next to nothing. */
async function untilQuiet(pid: number): Promise<void> {
  for (let looks = 0; looks < 120; looks++) {
    const before = ticksOf(pid);
    await pause(1000);
    if (ticksOf(pid) - before <= 2) return;
  }
  throw new Error("the orchestrator does not come to rest");
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** All that is in memory, with the pages of the program that it shares with others. */
function memoryOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
}
