import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, test } from "node:test";
import type { Client } from "../../runtime/client/client.ts";
import type { Infrastructure } from "../../runtime/protocol/deployments.ts";
import { createEngine } from "../../runtime/worker/docker/engine.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";
import { projectRoot } from "../support/places.ts";
import { importNode, type Podman, startPodman, whyNoPodman } from "../support/podman.ts";
import { startWorker, stateOf } from "../support/pool-worker.ts";
import { until } from "../support/until.ts";

const skip = whyNoPodman();
const image = "localhost/millrace-node:test";

const flows = `import { hostname } from "node:os";
import { appendFileSync, existsSync } from "node:fs";
import { flow, sleep, task } from "millrace";
const where = task({ name: "where", async run() {
  console.log("in " + hostname() + " with " + process.env.COLOUR);
  process.stderr.write("said on stderr\\n");
  return hostname();
} });
export const told = flow({ name: "told", async run() { return where(); } });
export const long = flow({ name: "long", async run() { for (;;) await sleep(50); } });
const hang = task({ name: "hang", async run() { console.log("hanging"); for (;;); } });
export const deaf = flow({ name: "deaf", async run() { await hang(); } });
export const dies = flow({ name: "dies", async run() { await sleep(300); process.stderr.write("last words\\n"); process.kill(process.pid, "SIGKILL"); await sleep(5000); } });
export const greedy = flow({ name: "greedy", async run() {
  const kept = [];
  for (;;) { kept.push(Buffer.alloc(8 << 20, 1)); await sleep(5); }
} });
`;

describe("a worker of containers", skip === undefined ? {} : { skip }, () => {
  let podman: Podman;
  const cleanups: (() => unknown)[] = [];
  before(async () => {
    podman = await startPodman({ after: (work) => void (work !== undefined && cleanups.push(work as () => unknown)) });
    importNode(podman, image);
  });

  async function setUp(t: Parameters<typeof testHome>[0], more: Partial<Infrastructure> = {}) {
    const made = testHome(t);
    const client = await made.start();
    const file = path.join(made.folder, "boxed.ts");
    writeFileSync(file, flows);
    const infrastructure = { type: "docker", image, env: { COLOUR: "green" }, network_mode: "host", ...more } as Infrastructure;
    await client.request("PUT /api/work_pools/:name", {
      params: { name: "boxes" },
      body: { type: "docker", infrastructure },
    });
    const words = ["--type", "docker", "--socket", `unix://${podman.socket}`];
    const worker = startWorker(t, { home: made.home, pool: "boxes", words });
    const run = (flow: string, rest: object = {}) =>
      client.request("POST /api/flow_runs", { body: { file, flow, work_pool_name: "boxes", ...rest } });
    return { ...made, client, file, worker, run };
  }

  test("should run a flow in a container, with its output, and remove the container", async (t) => {
    const { client, run, worker } = await setUp(t);
    const { id } = await run("told");
    const ended = await untilEnded(client, id);
    assert.equal(ended.state_type, "COMPLETED", `${ended.state.message} ${worker.output()}`);
    const { logs } = await client.request("POST /api/flow_runs/:id/logs", { params: { id }, body: {} });
    const said = logs.map(({ message }) => message).join("\n");
    assert.match(said, /in .* with green/);
    assert.match(said, /said on stderr/);
    await until(() => podman.run("ps", "--all", "--quiet").trim() === "");
  });
});
