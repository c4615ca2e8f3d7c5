/** Runs: create, find, stop, go on; their tasks, logs and artifacts. */
import type { CreateFlowRun, FlowRunFilter, TaskRunDetail } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { ResumeOptions } from "../../protocol/live.ts";
import { stateTypes } from "../../protocol/states.ts";
import type { Orchestrator } from "../orchestrator.ts";
import { findFlowRun, findRoot } from "../runs/find.ts";
import { logPage } from "../runs/log-page.ts";
import { withNote } from "../runs/notes.ts";
import { codeCheck, infrastructureCheck } from "./infrastructure-check.ts";
import { withRealPaths } from "./real-paths.ts";
import { nothing, type Route, route } from "./router.ts";
import { flag, integer, isoTime, json, list, object, oneOf, optional, record, text } from "./validate.ts";

const createBody = object<CreateFlowRun>({
  id: optional(text),
  file: text,
  flow: optional(text),
  parameters: optional(record(json)),
  name: optional(text),
  tags: optional(list(text)),
  idempotency_key: optional(text),
  cwd: optional(text),
  environment: optional(record(text)),
  trigger: optional(text),
  work_pool_name: optional(text),
  work_queue_name: optional(text),
  infrastructure: optional(infrastructureCheck),
  code: optional(codeCheck),
  scheduled_time: optional(isoTime),
});

export const filterBody = object<FlowRunFilter>({
  ids: optional(list(text)),
  flow_name: optional(text),
  flow_file: optional(text),
  flow_export: optional(text),
  under: optional(list(text)),
  state_types: optional(list(oneOf(stateTypes))),
  text: optional(text),
  after: optional(isoTime),
  before: optional(isoTime),
  deployment_id: optional(text),
  partition_key: optional(text),
  backfill_id: optional(text),
  include_subflows: optional(flag),
  limit: optional(integer(1, 1000)),
  cursor: optional(text),
});

const resumeBody = object<ResumeOptions>({
  mode: oneOf(["resume", "retry"]),
  from: optional(list(text)),
  rerun: optional(list(text)),
  allow_rerun: optional(flag),
  environment: optional(record(text)),
  force: optional(flag),
});

const longestGrace = 24 * 60 * 60 * 1000;

export function flowRunRoutes(orchestrator: Orchestrator): readonly Route[] {
  const { core, requests, resumes, cancels, views } = orchestrator;
  const { home, store } = core;

  return [
    route("POST /api/flow_runs", createBody, ({ body }) => requests.create(body)),
    route("POST /api/flow_runs/filter", filterBody, ({ body }) => store.flowRuns(withRealPaths(body))),
    route("GET /api/flow_runs/:id", nothing, async ({ params: { id = "" } }) => {
      return withNote(await findFlowRun(store, id), orchestrator.noteOn);
    }),
    route("DELETE /api/flow_runs/:id", nothing, async ({ params: { id = "" } }) => {
      await cancels.remove(id);
      return {};
    }),
    route(
      "POST /api/flow_runs/:id/task_runs",
      object({
        limit: optional(integer(1, 10_000)),
        cursor: optional(text),
        include_subflows: optional(flag),
      }),
      async ({ params: { id = "" }, body }) => {
        await findFlowRun(store, id);
        return store.taskRuns(id, body);
      },
    ),
    route(
      "POST /api/flow_runs/:id/logs",
      object({
        after: optional(integer(0, Number.MAX_SAFE_INTEGER)),
        limit: optional(integer(1, 10_000)),
        task_run_id: optional(text),
        level: optional(integer(0, 100)),
      }),
      async ({ params: { id = "" }, body }) => logPage(home, await findRoot(store, id), id, body),
    ),
    route(
      "POST /api/flow_runs/:id/cancel",
      object({ reason: optional(text), grace_ms: optional(integer(0, longestGrace)) }),
      ({ params: { id = "" }, body }) => cancels.cancel(id, body.reason, body.grace_ms),
    ),
    route("POST /api/flow_runs/:id/resume", resumeBody, async ({ params: { id = "" }, body }) =>
      withNote(await resumes.resume(id, body), orchestrator.noteOn),
    ),
    route("POST /api/flow_runs/:id/plan", resumeBody, ({ params: { id = "" }, body }) => resumes.plan(id, body)),
    route(
      "POST /api/flow_runs/:id/continue",
      object({ pause_key: optional(text), value: optional(json) }),
      ({ params: { id = "" }, body }) => cancels.answer(id, body.pause_key, body.value),
    ),
    route("GET /api/flow_runs/:id/artifacts", nothing, async ({ params: { id = "" } }) => {
      const { flowRun, artifacts } = await views.of(id);
      return { artifacts: flowRun?.id === id ? artifacts : artifacts.filter((one) => one.flow_run_id === id) };
    }),
    route("GET /api/task_runs/:id", nothing, async ({ params: { id = "" } }): Promise<TaskRunDetail> => {
      const detail = (await views.of(id)).taskRun(id);
      if (detail === undefined) throw new MillraceError("not-found", `There is no task run ${id} in this home.`);
      return detail;
    }),
  ];
}
