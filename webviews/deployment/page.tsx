/** The Deploy page: a flow with a schedule, parameters and a place to run. */
import "./deployment.css";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { Host } from "../kit/host.ts";
import { usePage } from "../kit/host-context.tsx";
import { EmptyState, Skeleton } from "../kit/notices.tsx";
import { startPage } from "../kit/start-page.tsx";
import { createDeployState } from "./deploy-state.ts";
import { DeployView } from "./deploy-view.tsx";

function Page({ host }: { readonly host: Host }): VNode {
  const { surroundings } = usePage();
  const state = useMemo(() => createDeployState({ host, surroundings }), [host, surroundings]);
  const parameters = state.parameters.value;
  switch (state.phase.value) {
    case "gone":
      return (
        <EmptyState centred>
          This deployment is not here any more: it was deleted. Its runs are in the history, and the Deploy link above
          the flow makes a new one.
        </EmptyState>
      );
    case "form":
      return parameters === null ? (
        <Skeleton label="Reading the deployment" />
      ) : (
        <DeployView state={state} parameters={parameters} />
      );
    default:
      return <Skeleton label="Reading the deployment" />;
  }
}

startPage((host) => <Page host={host} />, ["deploy"]);
