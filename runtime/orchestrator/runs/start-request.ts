/** What a runner is told of a run that was asked for. Pure. */
import path from "node:path";
import type { StartRequest } from "../../protocol/live.ts";
import type { RunRequest } from "../index/store.ts";

export function startRequest(
  home: string,
  { id, run, task, deployment, snapshot, work_pool, queue, resume }: RunRequest,
): StartRequest {
  return {
    type: "start",
    home,
    run_id: id,
    file: run.file,
    ...(run.flow === undefined ? {} : { flow: run.flow }),
    parameters: run.parameters ?? {},
    ...(run.name === undefined ? {} : { name: run.name }),
    ...(run.tags === undefined ? {} : { tags: run.tags }),
    ...(run.idempotency_key === undefined ? {} : { idempotency_key: run.idempotency_key }),
    ...(task === undefined ? {} : { task }),
    ...(deployment === undefined ? {} : { deployment }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(resume === undefined ? {} : { resume: resume.options }),
    trigger: run.trigger ?? "api",
    cwd: run.cwd ?? path.dirname(run.file),
    ...(run.environment === undefined ? {} : { environment: run.environment }),
    work_pool_name: work_pool,
    work_queue_name: queue,
  };
}
