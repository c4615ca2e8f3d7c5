/** Deployments as the service tells of them. */
import type { Deployment, DeploymentSchedule, WorkPool } from "../../runtime/protocol/deployments.ts";

export function toldSchedule(more: Partial<DeploymentSchedule> = {}): DeploymentSchedule {
  return {
    ...{ id: "s1", slug: null, active: true, schedule: { cron: "0 5 * * *", timezone: "Europe/Berlin" } },
    ...{ parameters: {}, start_date: null, end_date: null, missed: "latest", missed_limit: 100, overlap: "queue" },
    ...more,
  };
}

export function toldDeployment(more: Partial<Deployment> = {}): Deployment {
  return {
    ...{ id: "d1", name: "daily", flow_id: "f1", flow_name: "etl", flow_file: "/work/flows/etl.ts" },
    ...{ flow_export: "etl", cwd: "/work", version: 1, description: null, tags: [], parameters: {} },
    ...{ parameter_openapi_schema: null, schedules: [toldSchedule()], paused: false },
    ...{ work_pool_name: "default", work_queue_name: "default", infrastructure: { type: "process" } },
    ...{ code: { type: "working-copy" }, concurrency_limit: null, collision_strategy: "ENQUEUE" },
    ...{ keep_running: false, crash_retries: 0, declared_in: null, last_run: null },
    ...{ created: "2026-11-01T00:00:00Z", updated: "2026-11-01T00:00:00Z", next_run: "2026-12-01T04:00:00Z" },
    ...more,
  };
}

export function toldPool(more: Partial<WorkPool> = {}): WorkPool {
  return {
    ...{ name: "default", type: "process", description: null, is_paused: false, concurrency_limit: null },
    ...{ infrastructure: { type: "process" }, created: "2026-11-01T00:00:00Z", status: "READY", tokens: 0 },
    queues: [
      {
        ...{ name: "default", description: null, priority: 1, is_paused: false, concurrency_limit: null },
        ...{ last_polled: null, waiting: 0, running: 0 },
      },
    ],
    workers: [],
    ...more,
  };
}
