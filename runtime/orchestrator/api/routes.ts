/** All routes: each checks its body and hands over to the part that does the work. */
import type { RouteName } from "../../protocol/api.ts";
import type { Orchestrator } from "../orchestrator.ts";
import { automationRoutes } from "./automation-routes.ts";
import { blockRoutes } from "./block-routes.ts";
import { deploymentRoutes } from "./deployment-routes.ts";
import { editorRoutes } from "./editor-routes.ts";
import { flowRunRoutes } from "./flow-run-routes.ts";
import { homeRoutes } from "./home-routes.ts";
import type { Route } from "./router.ts";
import { slotRoutes } from "./slot-routes.ts";
import { workPoolRoutes } from "./work-pool-routes.ts";
import { workerRoutes } from "./worker-routes.ts";

export function allRoutes(orchestrator: Orchestrator): readonly Route[] {
  const routes = [
    ...flowRunRoutes(orchestrator),
    ...homeRoutes(orchestrator),
    ...slotRoutes(orchestrator),
    ...workPoolRoutes(orchestrator),
    ...workerRoutes(orchestrator),
    ...deploymentRoutes(orchestrator),
    ...editorRoutes(orchestrator),
    ...blockRoutes(orchestrator),
    ...automationRoutes(orchestrator),
  ];
  const names = new Set<RouteName>(routes.map(({ name }) => name));
  if (names.size !== routes.length) throw new Error("a route is served twice");
  return routes;
}
