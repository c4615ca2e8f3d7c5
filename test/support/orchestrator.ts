import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../runtime/client/client.ts";
import { connect, connectOrStart } from "../../runtime/client/connect.ts";
import { realDisk } from "../../runtime/journal/disk.ts";
import { listLiveRuns, readLiveEntry } from "../../runtime/journal/live.ts";
import type { CreateFlowRun, FlowRun } from "../../runtime/protocol/api.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { processState } from "../../runtime/system/process-identity.ts";
import { distFolder } from "./places.ts";

process.env["MILLRACE_DIST"] = distFolder;
process.env["MILLRACE_WARM_RUNNERS"] = "1";

const flows = `import { appendFileSync, existsSync } from "node:fs";
import { flow, pause, sleep, task, z } from "millrace";
const step = task({ name: "step", async run(mark: string, n: number, wait: number) {
  appendFileSync(mark, n + "\\n");
  await new Promise((resolve) => setTimeout(resolve, wait));
  return n;
} });
export const steps = flow({
  name: "steps",
  parameters: z.object({ mark: z.string(), count: z.number().default(3), wait: z.number().default(5) }),
  async run({ mark, count, wait }) {
    let sum = 0;
    for (let n = 1; n <= count; n++) sum += await step(mark, n, wait);
    return sum;
  },
});
export const waiting = flow({ name: "waiting", parameters: z.object({ until: z.string() }), async run({ until }) {
  while (!existsSync(until)) await sleep(20);
} });
const ignores = task({ name: "ignores", async run(mark: string) {
  process.stderr.write("holding on\\n");
  appendFileSync(mark, String(process.pid));
  await new Promise((resolve) => setTimeout(resolve, 600_000));
} });
export const stubborn = flow({ name: "stubborn", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  await ignores(mark);
} });
const blocks = task({ name: "blocks", timeout: 300, async run(mark: string) {
  appendFileSync(mark, String(process.pid));
  for (;;);
} });
export const busy = flow({ name: "busy", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  await blocks(mark);
} });
const once = task({ name: "once", async run(mark: string) {
  if (!existsSync(mark)) throw new Error("not yet");
  return "now";
} });
const before = task({ name: "before", async run(mark: string) { appendFileSync(mark + ".before", "x"); return 1; } });
export const fails = flow({ name: "fails", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  await before(mark);
  return once(mark);
} });
const limited = task({ name: "limited", tags: ["narrow"], async run(mark: string) {
  appendFileSync(mark, String(process.pid) + "\\n");
  while (!existsSync(mark + ".go")) await new Promise((resolve) => setTimeout(resolve, 20));
} });
export const narrow = flow({ name: "narrow", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  await limited(mark);
} });
export const asks = flow({ name: "asks", async run() {
  return pause({ key: "answer", schema: z.object({ ok: z.boolean() }) });
} });
`;

export interface TestHome {
  readonly home: string;
  readonly folder: string;
  /** The file with the flows above. */
  readonly file: string;
  /** A connection; the orchestrator is ended with the test. */
  start(): Promise<Client>;
  /** Creates a run of a flow in `file`. */
  run(
    client: Client,
    flow: string,
    parameters?: Record<string, unknown>,
    rest?: Partial<CreateFlowRun>,
  ): Promise<FlowRun>;
  /** A path for a mark that a flow leaves. */
  mark(name: string): string;
}

export function testHome(test: Pick<TestContext, "after">): TestHome {
  const folder = realpathSync.native(mkdtempSync(path.join(tmpdir(), "millrace-orchestrator-")));
  const home = path.join(folder, "home");
  const file = path.join(folder, "flows.ts");
  mkdirSync(home);
  writeFileSync(file, flows);
  const clients: Client[] = [];
  test.after(async () => {
    await stop(home, clients);
    endRuns(home);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    home,
    folder,
    file,
    async start() {
      const client = await connectOrStart(home);
      clients.push(client);
      return client;
    },
    run: (client, flow, parameters = {}, rest = {}) =>
      client.request("POST /api/flow_runs", { body: { file, flow, parameters, ...rest } }),
    mark: (name) => path.join(folder, name),
  };
}

async function stop(home: string, clients: readonly Client[]): Promise<void> {
  for (const client of clients) client.close();
  const client = await connect(home).catch(() => undefined);
  if (client === undefined) return;
  const { pid } = client.health;
  await client.request("POST /api/shutdown", { body: { reason: "end of the test" } }).catch(() => undefined);
  client.close();
  await until(() => !isAlive(pid));
}

/** A test that failed half-way leaves nothing behind that would wait for ever. */
function endRuns(home: string): void {
  for (const id of listLiveRuns(realDisk, home)) {
    const writer = readLiveEntry(realDisk, home, id)?.writer;
    if (writer !== undefined && processState(writer) === "alive") process.kill(writer.pid, "SIGKILL");
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks until something is so; a test that waits for ever is ended by the runner's limit. */
export async function until<T>(look: () => T | Promise<T>): Promise<Exclude<T, undefined | false | null>> {
  for (;;) {
    const found = await look();
    if (isThere(found)) return found;
    await pause(15);
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | false | null> {
  return value !== undefined && value !== false && value !== null;
}

export function untilEnded(client: Client, id: string): Promise<FlowRun> {
  return until(async () => {
    const run = await client.request("GET /api/flow_runs/:id", { params: { id } });
    return isTerminal(run.state_type) ? run : undefined;
  });
}
