import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { DockerInfrastructure } from "../../runtime/worker/docker/container.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";
import { distFolder, projectRoot } from "../support/places.ts";
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
export const deaf = flow({ name: "deaf", async run() { await sleep(300); await hang(); } });
export const greedy = flow({ name: "greedy", async run() {
  const kept = [];
  for (;;) { kept.push(Buffer.alloc(8 << 20, 1)); await sleep(5); }
} });
`;

describe("a worker of containers", skip === undefined ? {} : { skip }, () => {
  let podman: Podman;
  before(async () => {
    podman = await startPodman();
    importNode(podman, image);
  });
  after(() => podman.close());

  async function setUp(t: Parameters<typeof testHome>[0], more: Partial<DockerInfrastructure> = {}) {
    const made = testHome(t);
    const client = await made.start();
    const file = path.join(made.folder, "boxed.ts");
    writeFileSync(file, flows);
    const infrastructure: DockerInfrastructure = {
      type: "docker",
      image,
      env: { COLOUR: "green" },
      network_mode: "host",
      ...more,
    };
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

  test("should cancel a run in a container, also one that listens to nothing", async (t) => {
    const { client, run } = await setUp(t);
    const [polite, deaf] = await Promise.all([run("long"), run("deaf")]);
    for (const { id } of [polite, deaf]) {
      await until(async () => (await stateOf(client, id)).state_type === "RUNNING");
      const body = { reason: "Enough.", grace_ms: 500 };
      await client.request("POST /api/flow_runs/:id/cancel", { params: { id }, body });
    }
    for (const { id } of [polite, deaf]) assert.equal((await untilEnded(client, id)).state_type, "CANCELLED");
    await until(() => podman.run("ps", "--all", "--quiet").trim() === "");
  });

  test("should tell how a container ended that somebody killed", async (t) => {
    const { client, run } = await setUp(t);
    const { id } = await run("long");
    await until(async () => (await stateOf(client, id)).state_type === "RUNNING");
    podman.run("kill", `millrace-${id}`);
    const ended = await untilEnded(client, id);
    assert.equal(ended.state_type, "CRASHED");
    assert.match(ended.state.message ?? "", /exit code 137/);
  });

  test("should name the memory limit when a container was over it", async (t) => {
    const { client, run } = await setUp(t, { memory_limit: 128 });
    const { id } = await run("greedy");
    const ended = await untilEnded(client, id);
    assert.equal(ended.state_type, "CRASHED");
    assert.match(ended.state.message ?? "", /memory_limit.* of 128 MiB/);
  });

  test("should fail a run of which there is no image, or whose file has no such flow, and say so", async (t) => {
    const { client, run } = await setUp(t);
    const missing = { type: "docker", image: "localhost/no-such:1", image_pull_policy: "never" };
    const [none, unknown] = await Promise.all([run("told", { infrastructure: missing }), run("nothing")]);
    const crashed = await untilEnded(client, none.id);
    assert.match(crashed.state.message ?? "", /no-such/);
    const failed = await untilEnded(client, unknown.id);
    assert.equal(failed.state_type, "FAILED");
    assert.match(failed.state.message ?? "", /"nothing"/);
  });

  test("should build an image from docker/worker/Dockerfile that is a worker itself", () => {
    const dockerfile = path.join(projectRoot, "docker/worker/Dockerfile");
    podman.run(
      "build",
      "--quiet",
      "--build-arg",
      `BASE=${image}`,
      "--target",
      "worker",
      "-t",
      "localhost/millrace-worker:test",
      "-f",
      dockerfile,
      distFolder,
    );
    const said = podman.run(
      "run",
      "--rm",
      "--network=host",
      "localhost/millrace-worker:test",
      "worker",
      "start",
      "--help",
    );
    assert.match(said, /Run what waits in a work pool/);
  });
});
