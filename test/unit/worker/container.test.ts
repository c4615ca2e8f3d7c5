import assert from "node:assert/strict";
import { test } from "node:test";
import type { StartRequest } from "../../../runtime/protocol/live.ts";
import { containerSpec, type DockerInfrastructure } from "../../../runtime/worker/docker/container.ts";
import { findEngine, splitImage } from "../../../runtime/worker/docker/engine.ts";

const start: StartRequest = {
  type: "start",
  home: "/h",
  run_id: "r",
  file: "/code/flows/etl.ts",
  parameters: {},
  trigger: "api",
  cwd: "/code",
};

function spec(infrastructure: Partial<DockerInfrastructure>, more: Partial<StartRequest> = {}) {
  return containerSpec({
    start: { ...start, ...more },
    infrastructure: { type: "docker", image: "app:1", ...infrastructure },
    home: "/h",
    dist: "/programs",
    user: "1000:1000",
    refusal: "/h/r.refused",
    worker: "w",
  });
}

const posix = process.platform === "win32" ? { skip: "paths of a container are of Linux" } : {};

test("should mount the home, the programs and the code, each once", posix, () => {
  assert.deepEqual(spec({}).HostConfig.Binds, ["/h:/h", "/programs:/opt/millrace/dist:ro", "/code:/code"]);
  assert.deepEqual(spec({}, { cwd: "/h/git/x", file: "/h/git/x/etl.ts" }).HostConfig.Binds.length, 2);
  assert.deepEqual(spec({ volumes: ["/elsewhere:/code:ro"] }).HostConfig.Binds.slice(2), ["/elsewhere:/code:ro"]);
});

test("should pass on limits and the network in the engine's spelling", () => {
  const { HostConfig } = spec({ memory_limit: 256, cpus: 0.5, network_mode: "none" });
  assert.deepEqual(
    [HostConfig.Memory, HostConfig.MemorySwap, HostConfig.NanoCpus, HostConfig.NetworkMode],
    [256 * 1024 * 1024, 256 * 1024 * 1024, 5e8, "none"],
  );
});

test("should find the engine as the docker command does", () => {
  assert.deepEqual(findEngine("unix:///x/y.sock", {}), { socketPath: "/x/y.sock" });
  assert.deepEqual(findEngine(undefined, { DOCKER_HOST: "tcp://127.0.0.1:2375" }), { host: "127.0.0.1", port: 2375 });
  assert.throws(() => findEngine("ftp://x", {}), { code: "bad-usage" });
  assert.deepEqual(splitImage("registry:5000/a/b"), { name: "registry:5000/a/b", tag: "latest" });
  assert.deepEqual(splitImage("a:1"), { name: "a", tag: "1" });
  assert.deepEqual(splitImage("a@sha256:00"), { name: "a@sha256:00", tag: "" });
});
