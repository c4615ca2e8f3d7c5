/** A home with flows that are deployed in tests: one that speaks, one that waits, one that kills its own process. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import type { Client } from "../../runtime/client/client.ts";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import type { Deployment, DeploymentSettings } from "../../runtime/protocol/deployments.ts";
import { type TestHome, testHome } from "./orchestrator.ts";

const source = (said: string) => `import { appendFileSync, existsSync } from "node:fs";
import { flow, sleep, task, z } from "millrace";
import { word } from "./lib/word";
const say = task({ async run(mark: string, n: number) {
  appendFileSync(mark, word + " ${said} " + n + "\\n");
  if (n === 13) throw new Error("unlucky");
} });
export const speak = flow({
  name: "speak",
  parameters: z.object({ mark: z.string(), n: z.int().max(100).default(1), at: z.string().optional() }),
  async run({ mark, n, at }) { await say(mark, at === undefined ? n : new Date(at).getUTCDate()); },
});
export const waits = flow({ name: "waits", parameters: z.object({ until: z.string() }), async run({ until }) {
  while (!existsSync(until)) await sleep(20);
} });
export const dies = flow({ name: "dies", parameters: z.object({ mark: z.string() }), async run({ mark }) {
  appendFileSync(mark, "x");
  if (!existsSync(mark + ".live")) process.kill(process.pid, "SIGKILL");
} });
`;

export interface DeploymentHome extends TestHome {
  readonly flows: string;
  /** Writes the flows so that they say something else. */
  write(said: string, word?: string): void;
  settings(flow: string, name: string, more?: Partial<DeploymentSettings>): DeploymentSettings;
  /** Lines that flows have left under a mark. */
  lines(mark: string): readonly string[];
}

export function deploymentHome(test: Pick<TestContext, "after">): DeploymentHome {
  const home = testHome(test);
  const flows = path.join(home.folder, "speak.ts");
  mkdirSync(path.join(home.folder, "lib"));
  const write = (said: string, word = "hello"): void => {
    writeFileSync(flows, source(said));
    writeFileSync(path.join(home.folder, "lib", "word.ts"), `export const word: string = "${word}";\n`);
  };
  write("first");
  return {
    ...home,
    flows,
    write,
    settings: (flow, name, more = {}) => ({ name, flow_file: flows, flow_export: flow, ...more }),
    lines(mark) {
      const file = home.mark(mark);
      return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    },
  };
}

export async function deploy(client: Client, settings: DeploymentSettings): Promise<Deployment> {
  const { deployment, plan } = await client.request("POST /api/deployments", { body: settings });
  assert.deepEqual(plan.problems, []);
  assert.ok(deployment !== null);
  return deployment;
}

/** Newest first. */
export async function runsOf(client: Client, { id }: Pick<Deployment, "id">): Promise<readonly FlowRun[]> {
  const body = { deployment_id: id, limit: 1000 };
  return (await client.request("POST /api/flow_runs/filter", { body })).items;
}

export async function runNow(client: Client, { id }: Deployment, parameters: Record<string, unknown> = {}) {
  const started = await client.request("POST /api/deployments/:id/create_flow_run", {
    params: { id },
    body: { parameters },
  });
  return started.flow_run_id;
}

/** Every second from now on, or every so many. */
export function everySecond(seconds = 1) {
  const anchor_date = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  return { schedule: { interval: seconds, anchor_date, timezone: "UTC" } } as const;
}
