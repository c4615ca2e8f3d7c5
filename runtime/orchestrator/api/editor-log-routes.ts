/** Logs for pages: windows by line number, and find. */
import type { LogWindowFilter } from "../../protocol/editor-api.ts";
import { homePaths, runPaths } from "../../protocol/home.ts";
import type { LineFilter } from "../logs/line-filter.ts";
import { createRunLogs } from "../logs/run-logs.ts";
import type { Orchestrator } from "../orchestrator.ts";
import { findRoot } from "../runs/find.ts";
import { type Route, route } from "./router.ts";
import { flag, integer, object, optional, text } from "./validate.ts";

const filterBody = object<LogWindowFilter>({
  level: optional(integer(0, 100)),
  task_run_id: optional(text),
  flow_run_id: optional(text),
});

const anyLine = Number.MAX_SAFE_INTEGER;

export function editorLogRoutes({ core: { home, store } }: Orchestrator): readonly Route[] {
  const logs = createRunLogs();

  /** The lines of subflow runs lie in their root's file; asked for by a subflow run's id, only its own are meant. */
  async function logOf(runId: string, filter: LogWindowFilter = {}): Promise<{ file: string; filter: LineFilter }> {
    const root = await findRoot(store, runId);
    const file = runPaths.logs(homePaths.run(home, root));
    return { file, filter: runId === root ? filter : { ...filter, flow_run_id: filter.flow_run_id ?? runId } };
  }

  return [
    route(
      "POST /api/flow_runs/:id/logs/window",
      object({
        filter: optional(filterBody),
        start: integer(-anyLine, anyLine),
        count: integer(0, 2000),
      }),
      async ({ params: { id = "" }, body }) => {
        const { file, filter } = await logOf(id, body.filter);
        return logs.window(file, filter, body.start, body.count);
      },
    ),
    route(
      "POST /api/flow_runs/:id/logs/find",
      object({
        filter: optional(filterBody),
        text,
        from: integer(0, anyLine),
        backwards: optional(flag),
      }),
      async ({ params: { id = "" }, body }) => {
        const { file, filter } = await logOf(id, body.filter);
        return logs.find(file, filter, body.text, body.from, body.backwards ?? false);
      },
    ),
  ];
}
