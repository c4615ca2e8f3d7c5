import assert from "node:assert/strict";
import { test } from "node:test";
import { blockProblems, withBlock } from "../../../runtime/orchestrator/pools/container-block.ts";
import type { StoredBlock } from "../../../runtime/orchestrator/system/records.ts";

function blocks(data: StoredBlock["data"]): ReadonlyMap<string, StoredBlock> {
  const block: StoredBlock = {
    id: "1",
    slug: "docker-container",
    name: "zoom",
    type_name: "Docker Container",
    data,
    version: 1,
    created: "",
    updated: "",
    schema_checksum: "",
    asked: [],
  };
  return new Map([["docker-container/zoom", block]]);
}

const named = { type: "docker", block: "docker-container/zoom" } as const;

test("should fill what is left out with what the block says, and keep what is said beside its name", () => {
  const all = blocks({
    image: "zoom:1",
    imagePullPolicy: "ifNotPresent",
    env: { A: "1", B: { $env: "SHADE" } },
    volumes: ["/data:/data:ro"],
    networks: ["zoom"],
    memoryLimit: "2g",
    autoRemove: false,
  });
  assert.deepEqual(withBlock(named, all, { SHADE: "2" }), {
    type: "docker",
    image: "zoom:1",
    image_pull_policy: "if-not-present",
    env: { A: "1", B: "2" },
    volumes: ["/data:/data:ro"],
    network_mode: "zoom",
    memory_limit: 2048,
    auto_remove: false,
  });
  const own = { ...named, image: "own:2", env: { B: "3" }, memory_limit: 64, cpus: 2 } as const;
  const filled = withBlock(own, all, { SHADE: "2" });
  assert.deepEqual(filled.type === "docker" && [filled.image, filled.env, filled.memory_limit, filled.cpus], [
    "own:2",
    { A: "1", B: "3" },
    64,
    2,
  ]);
});

test("should say which block is not there or cannot be a run's container, and leave its name where it stood", () => {
  const cases: readonly (readonly [StoredBlock["data"], RegExp])[] = [
    [{ image: "zoom:1", command: ["sh"] }, /command of its own/],
    [{ image: "zoom:1", privileged: true }, /privileged/],
    [{ image: "zoom:1", networks: ["a", "b"] }, /several networks/],
    [{ image: "zoom:1", env: { A: { $env: "SHADE" } } }, /A is the environment variable SHADE, which is not set/],
  ];
  for (const [data, expected] of cases) {
    const [problem] = blockProblems(named, blocks(data), {});
    assert.equal(problem?.path, "infrastructure.block");
    assert.match(problem?.message ?? "", expected);
    assert.deepEqual(withBlock(named, blocks(data), {}), named);
  }
  const lost = { ...named, block: "docker-container/zom" };
  assert.match(
    blockProblems(lost, blocks({ image: "a" }))[0]?.message ?? "",
    /no DockerContainer block .*zom.*Did you mean.*zoom/i,
  );
  assert.deepEqual(blockProblems(named, blocks({ image: "a" })), []);
});
