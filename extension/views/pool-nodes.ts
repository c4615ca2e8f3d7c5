/** Lines of the Work Pools tree: pool → queues and workers. Pure. */
import type { WorkerStatus, WorkPool, WorkQueue } from "../../runtime/protocol/deployments.ts";
import { formatPlural, formatRelative } from "../../runtime/protocol/formats.ts";
import { joined, type TreeNode } from "./node.ts";

export function poolNodes(pools: readonly WorkPool[], now: number): readonly TreeNode[] {
  return pools.map((pool) => poolNode(pool, now));
}

function poolNode(pool: WorkPool, now: number): TreeNode {
  const { name, type, is_paused, status, queues, workers, concurrency_limit } = pool;
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const running = queues.reduce((sum, queue) => sum + queue.running, 0);
  const online = workers.filter((worker) => worker.status === "ONLINE").length;
  const state = is_paused
    ? "paused"
    : status === "NOT_READY"
      ? "no worker polls it"
      : `${load(running, concurrency_limit)}${waiting === 0 ? "" : `, ${waiting} waiting`}`;
  return {
    id: `pool ${name}`,
    pool: name,
    label: name,
    description: joined(type === "docker" ? "Docker" : undefined, state),
    tooltip: {
      title: name,
      lines: [
        ["Type", type],
        ["Running", load(running, concurrency_limit)],
        ["Waiting", String(waiting)],
        ["Workers", `${online} online of ${workers.length}`],
      ],
      ...(pool.description === null ? {} : { note: pool.description }),
    },
    icon: is_paused
      ? { kind: "codicon", name: "debug-pause", color: "charts.yellow" }
      : status === "NOT_READY"
        ? { kind: "codicon", name: "warning", color: "list.warningForeground" }
        : { kind: "codicon", name: "server" },
    words: ["pool", is_paused ? "held" : "polled"],
    opens: "open",
    says: `Work pool ${name}, ${state}`,
    children: [
      ...queues.map((queue) => queueNode(name, queue, now)),
      ...workers.map((worker) => workerNode(name, worker, now)),
    ],
  };
}

function load(running: number, limit: number | null): string {
  return limit === null ? `${running} running` : `${running} of ${limit} running`;
}

function queueNode(pool: string, queue: WorkQueue, now: number): TreeNode {
  const { name, priority, is_paused, waiting, running, concurrency_limit, last_polled } = queue;
  const state = is_paused
    ? "paused"
    : joined(load(running, concurrency_limit), waiting === 0 ? undefined : `${waiting} waiting`);
  return {
    id: `queue ${pool} ${name}`,
    ...{ pool, queue: name },
    label: name,
    description: joined(`priority ${priority}`, state),
    tooltip: {
      title: name,
      lines: [
        ["Priority", `${priority} (1 is the highest)`],
        ["Running", load(running, concurrency_limit)],
        ["Waiting", String(waiting)],
        ["Polled", last_polled === null ? "never" : formatRelative(Date.parse(last_polled), now)],
      ],
      ...(queue.description === null ? {} : { note: queue.description }),
    },
    icon: { kind: "codicon", name: is_paused ? "debug-pause" : "list-ordered" },
    words: ["queue", is_paused ? "held" : "polled"],
    opens: "never",
    says: `Queue ${name} of ${pool}, priority ${priority}, ${state}`,
  };
}

function workerNode(pool: string, worker: WorkerStatus, now: number): TreeNode {
  const { name, status, running, limit, host, queues, built_in, last_heartbeat_time } = worker;
  const heard = formatRelative(Date.parse(last_heartbeat_time), now);
  const state = status === "ONLINE" ? load(running, limit) : `offline, heard ${heard}`;
  return {
    id: `worker ${pool} ${name}`,
    pool,
    label: name,
    description: joined(built_in ? "built in" : host, state),
    tooltip: {
      title: name,
      lines: [
        ["Computer", host],
        ["Queues", queues.length === 0 ? "all" : queues.join(", ")],
        ["Running", load(running, limit)],
        ["Heard", heard],
      ],
    },
    icon:
      status === "ONLINE"
        ? { kind: "codicon", name: "vm-active", color: "charts.green" }
        : { kind: "codicon", name: "vm-outline", color: "disabledForeground" },
    words: [],
    opens: "never",
    says: `Worker ${name} on ${host}, ${formatPlural(running, "run")}, ${status === "ONLINE" ? "online" : state}`,
  };
}
