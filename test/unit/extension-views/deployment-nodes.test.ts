import assert from "node:assert/strict";
import { test } from "node:test";
import { deploymentNodes, type ShownDeployment } from "../../../extension/views/deployment-nodes.ts";
import type { TreeNode } from "../../../extension/views/node.ts";
import { poolNodes } from "../../../extension/views/pool-nodes.ts";
import type { Deployment, WorkerStatus } from "../../../runtime/protocol/deployments.ts";
import { toldDeployment, toldPool, toldSchedule } from "../../support/deployments-told.ts";

const now = Date.parse("2026-12-01T03:00:00Z");
const target = { uri: "file:///work/flows/etl.ts", export: "etl", name: "etl" };
const shown = (more: Partial<ShownDeployment> = {}): ShownDeployment => ({
  ...{ deployment: toldDeployment(), drift: [], differs: undefined, target },
  ...more,
});

/** As it stands in the tree. */
function lines(nodes: readonly TreeNode[], indent = ""): string[] {
  return nodes.flatMap(({ icon, label, description = "", words, children = [] }) => [
    `${indent}${icon.kind === "codicon" ? icon.name : ""} ${label} (${description}) [${words.join(" ")}]`,
    ...lines(children, `${indent}  `),
  ]);
}

test("should tell of a deployment when it runs next, how its last run went, and its schedules", () => {
  const last_run: Deployment["last_run"] = {
    flow_run_id: "r1",
    state_type: "COMPLETED",
    state_name: "Completed",
    start_time: null,
    end_time: null,
  };
  const schedules = [
    toldSchedule(),
    toldSchedule({ id: "s2", slug: "noon", active: false, parameters: { color: "green" } }),
  ];
  assert.deepEqual(lines(deploymentNodes([shown({ deployment: toldDeployment({ last_run, schedules }) })], [], now)), [
    "pass daily (etl · in 1h) [deployment on hasRun]",
    "  clock at 05:00 (Europe/Berlin) () [schedule on]",
    "  circle-slash noon (at 05:00 (Europe/Berlin) · color · off) [schedule off]",
  ]);
});

test("should tell one whose schedule is off, one without any, and one that no longer fits its flow", () => {
  const gone = { kind: "flow-gone", message: "etl.ts has no flow etl any more.", fields: [] } as const;
  const code = { kind: "code-changed", message: "The code has changed.", fields: [] } as const;
  const all = [
    shown({ deployment: toldDeployment({ id: "a", name: "a", paused: true, schedules: [] }), drift: [code] }),
    shown({ deployment: toldDeployment({ id: "b", name: "b", paused: true }) }),
    shown({
      deployment: toldDeployment({ id: "c", name: "c", schedules: [] }),
      drift: [gone],
      differs: "millrace.json differs",
    }),
  ];
  const nodes = deploymentNodes(all, [], now);
  assert.deepEqual(
    lines(nodes).filter((line) => !line.startsWith(" ")),
    [
      "cloud a (etl · no schedule) [deployment]",
      "cloud b (etl · schedule off) [deployment off]",
      "warning c (etl · its flow is gone · millrace.json differs) [deployment]",
    ],
  );
  assert.match(nodes[2]?.says ?? "", /has no flow etl any more/);
});

test("should show what is declared and not deployed as that, behind what is deployed", () => {
  const declared = { declared_in: "/work/millrace.json", flow: "flows/etl.ts:etl", name: "aaa" };
  const nodes = deploymentNodes([shown()], [{ declared, file: "millrace.json", target }], now);
  assert.equal(lines(nodes).at(-1), "cloud-upload aaa (etl · not deployed here) [declared]");
  assert.deepEqual(nodes.at(-1)?.declared, declared);
});

test("should tell of a pool its load, who waits, and that nobody polls it", () => {
  const worker: WorkerStatus = {
    name: "w1",
    status: "OFFLINE",
    queues: [],
    last_heartbeat_time: "2026-12-01T02:58:00Z",
    offline_since: "2026-12-01T02:58:30Z",
    running: 0,
    limit: 4,
    host: "big",
    built_in: false,
  };
  const [queue] = toldPool().queues;
  assert.ok(queue);
  const docker = toldPool({
    ...{ name: "docker", type: "docker", status: "NOT_READY", workers: [worker] },
    queues: [{ ...queue, waiting: 2, is_paused: true }],
  });
  assert.deepEqual(
    lines(poolNodes([toldPool({ queues: [{ ...queue, running: 1 }], concurrency_limit: 3 }), docker], now)),
    [
      "server default (1 of 3 running) [pool polled]",
      "  list-ordered default (priority 1 · 1 running) [queue polled]",
      "warning docker (Docker · no worker polls it) [pool polled]",
      "  debug-pause default (priority 1 · paused) [queue held]",
      "  vm-outline w1 (big · offline, heard 2m ago) []",
    ],
  );
});
