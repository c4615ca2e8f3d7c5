/** The routes of protocol/editor-api.ts: what pages and the editor ask for. */
import type { Orchestrator } from "../orchestrator.ts";
import { createKeptSources } from "../runs/kept-sources.ts";
import { editorHistoryRoutes } from "./editor-history-routes.ts";
import { editorLogRoutes } from "./editor-log-routes.ts";
import { editorRunRoutes } from "./editor-run-routes.ts";
import { editorValueRoutes } from "./editor-value-routes.ts";
import type { Route } from "./router.ts";

export function editorRoutes(orchestrator: Orchestrator): readonly Route[] {
  const sources = createKeptSources(orchestrator.core, orchestrator.views);
  return [
    ...editorLogRoutes(orchestrator),
    ...editorRunRoutes(orchestrator, sources),
    ...editorHistoryRoutes(orchestrator, sources),
    ...editorValueRoutes(orchestrator),
  ];
}
