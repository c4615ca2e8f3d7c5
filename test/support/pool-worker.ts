import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import type { TestContext } from "node:test";
import type { Client } from "../../runtime/client/client.ts";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { commandFile } from "./places.ts";
import { until } from "./until.ts";

export interface RunningWorker {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface WorkerSetup {
  readonly home: string;
  readonly pool: string;
  readonly name?: string;
  readonly limit?: number;
  readonly url?: string;
  readonly token?: string;
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Words before the command: what it is to run inside of. */
  readonly inside?: readonly string[];
}

/** `millrace worker start` as a process of its own; ended with the test. */
export function startWorker(test: Pick<TestContext, "after">, setup: WorkerSetup): RunningWorker {
  const { home, pool, name = "w1", limit = 2, url, token, words = [], environment, inside = [] } = setup;
  const args = ["worker", "start", "--pool", pool, "--name", name, "--limit", String(limit), ...words];
  const [program = process.execPath, ...given] = [...inside, process.execPath, commandFile, ...args];
  const child = spawn(program, [...given, ...(url === undefined ? [] : ["--url", url])], {
    env: {
      ...process.env,
      MILLRACE_HOME: home,
      ...(token === undefined ? {} : { MILLRACE_WORKER_TOKEN: token }),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  test.after(() => (child.exitCode === null && child.signalCode === null ? kill("SIGKILL") : undefined));
  return { process: child, output: () => output, exited, kill };
}

/** Where the runs of a worker lie. */
export function workerHome(home: string, pool: string, name = "w1"): string {
  return path.join(home, "workers", `${pool}.${name}`);
}

export function makePool(client: Client, name: string, concurrency_limit: number | null = null) {
  return client.request("PUT /api/work_pools/:name", {
    params: { name },
    body: { type: "process", concurrency_limit },
  });
}

export function untilOnline(client: Client, name: string, count = 1) {
  return until(async () => {
    const pool = await client.request("GET /api/work_pools/:name", { params: { name } });
    return pool.workers.filter(({ status }) => status === "ONLINE").length >= count ? pool : undefined;
  });
}

export async function stateOf(client: Client, id: string): Promise<FlowRun> {
  return client.request("GET /api/flow_runs/:id", { params: { id } });
}
