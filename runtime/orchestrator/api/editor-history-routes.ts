/** Many runs at once: the history page, lenses and inlay hints. */
import { setImmediate as turn } from "node:timers/promises";
import type { FlowRunFilter } from "../../protocol/api.ts";
import { historySteps } from "../history/buckets.ts";
import { type GridRow, gridOf } from "../history/grid.ts";
import { type LastRunOfFlow, lastCalls } from "../history/last-calls.ts";
import { insideAny, pathKey } from "../index/paths.ts";
import type { Orchestrator } from "../orchestrator.ts";
import type { KeptSources } from "../runs/kept-sources.ts";
import { filterBody } from "./flow-run-routes.ts";
import { realPath, withRealPaths } from "./real-paths.ts";
import { type Route, route } from "./router.ts";
import { integer, isoTime, list, object, optional, text } from "./validate.ts";

const defaultBuckets = 48;
const defaultGridRuns = 30;

interface HistoryBody {
  readonly filter?: FlowRunFilter;
  readonly start?: string;
  readonly end?: string;
  readonly buckets?: number;
}

export function editorHistoryRoutes({ core: { store } }: Orchestrator, sources: KeptSources): readonly Route[] {
  return [
    route(
      "POST /api/flow_runs/history",
      object<HistoryBody>({
        filter: optional(filterBody),
        start: optional(isoTime),
        end: optional(isoTime),
        buckets: optional(integer(1, 400)),
      }),
      async ({ body: { filter = {}, start, end, buckets = defaultBuckets } }) => {
        const after = laterOf(filter.after, start);
        const facts = await store.runFacts({ ...withRealPaths(filter), ...(after === undefined ? {} : { after }) });
        const steps = historySteps(facts, { start: milliseconds(start), end: milliseconds(end), buckets });
        for (;;) {
          const { done, value } = steps.next();
          if (done === true) return value;
          await turn();
        }
      },
    ),
    route(
      "POST /api/flow_runs/grid",
      object({ flow_file: text, flow_export: optional(text), limit: optional(integer(1, 200)) }),
      async ({ body: { limit = defaultGridRuns, ...flow } }) => {
        const { items } = await store.flowRuns(withRealPaths({ ...flow, limit }));
        const rows: GridRow[] = [];
        for (const run of items) {
          rows.push({ run, groups: await store.taskGroups(run.id) });
          await turn();
        }
        return gridOf(rows);
      },
    ),
    route(
      "POST /api/flows/summary",
      object<{ files?: readonly string[]; under?: string }>({ files: optional(list(text)), under: optional(text) }),
      async ({ body: { files, under } }) => {
        const named = files === undefined ? undefined : new Set(files.map((file) => pathKey(realPath(file))));
        const isInside = under === undefined ? undefined : insideAny([under, realPath(under)]);
        const wanted = (await store.flows()).filter(
          ({ file }) => named?.has(pathKey(file)) !== false && isInside?.(file) !== false,
        );
        const flows = await Promise.all(
          wanted.map(async ({ file, export: flow_export, name, runs, last_run_id }) => {
            const last_run = last_run_id === null ? undefined : await store.flowRun(last_run_id);
            if (last_run === undefined) return [];
            return [{ flow_file: file, flow_export, flow_name: name, last_run, run_count: runs }];
          }),
        );
        return { flows: flows.flat() };
      },
    ),
    route("POST /api/tasks/last", object({ file: text }), async ({ body }) => {
      const file = realPath(body.file);
      const isFile = (other: string): boolean => pathKey(other) === pathKey(file);
      const runs: LastRunOfFlow[] = [];
      for (const { id, root_flow_run_id } of await store.lastRunsOf(file)) {
        const groups = await store.taskGroups(id);
        const loaded = groups.length === 0 ? undefined : await sources.loaded(root_flow_run_id).catch(() => undefined);
        const source_hash = loaded?.files.find((source) => isFile(source.file))?.hash ?? null;
        runs.push({ flow_run_id: id, source_hash, groups });
      }
      return { calls: lastCalls(runs, isFile) };
    }),
  ];
}

function milliseconds(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Date.parse(iso);
}

/** The times that bound what has to be read: the chart's beginning, and the filter's. */
function laterOf(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Date.parse(left) > Date.parse(right) ? left : right;
}
