/** One run for its page: where its time went, the sources it ran, and what can be done with one task of it. */
import type { TaskTimeline } from "../../protocol/editor-api.ts";
import type { RunView } from "../../protocol/fold/index.ts";
import type { Orchestrator } from "../orchestrator.ts";
import type { KeptSources } from "../runs/kept-sources.ts";
import { timelineOf } from "../runs/timeline.ts";
import { nothing, type Route, route } from "./router.ts";
import { object, optional, text } from "./validate.ts";

export function editorRunRoutes(orchestrator: Orchestrator, sources: KeptSources): readonly Route[] {
  const { core, views, taskRuns } = orchestrator;
  return [
    route("GET /api/flow_runs/:id/timeline", nothing, async ({ params: { id = "" } }) => ({
      tasks: timelines(await views.of(id), id),
    })),
    route("GET /api/flow_runs/:id/sources", nothing, ({ params: { id = "" } }) => sources.loaded(id)),
    route("GET /api/flow_runs/:id/sources/:hash", nothing, ({ params: { id = "", hash = "" } }) =>
      sources.text(id, hash),
    ),
    route("POST /api/task_runs/:id/rerun", object({ id: optional(text) }), ({ params: { id = "" }, body }) =>
      taskRuns.rerun(id, body.id),
    ),
    route("POST /api/task_runs/:id/forget", nothing, async ({ params: { id = "" } }) => {
      const forgotten = await taskRuns.forget(id);
      // Nothing in live/ says that this run has changed: the snapshot does.
      orchestrator.snapshot().catch((thrown: unknown) => core.log.error("the snapshot", thrown));
      return forgotten;
    }),
  ];
}

/** Of a flow run and of the subflow runs below it. */
function timelines(view: RunView, flowRunId: string): TaskTimeline[] {
  const wanted = new Set([flowRunId]);
  for (const { id, parent_flow_run_id } of view.subflowRuns) {
    if (parent_flow_run_id !== null && wanted.has(parent_flow_run_id)) wanted.add(id);
  }
  return view.taskRuns
    .filter(({ flow_run_id }) => wanted.has(flow_run_id))
    .map(({ id, flow_run_id }) => ({ task_run_id: id, flow_run_id, spans: timelineOf(view.states(id)) }));
}
