import "./panel.css";
import type { VNode } from "preact";
import { usePage } from "../kit/host-context.tsx";
import { Banner, Skeleton } from "../kit/notices.tsx";
import { FlowSection } from "./flow-section.tsx";
import { NoFlow } from "./no-flow.tsx";
import type { PanelState } from "./panel-state.ts";
import { flowKey } from "./panel-state.ts";
import { RunSection } from "./run-section.tsx";

export function Panel({ state }: { readonly state: PanelState }): VNode {
  const target = state.target.value;
  const form = state.form.value;
  const run = state.run.value;
  return (
    <div class="panel">
      <Notices state={state} />
      {target === undefined ? (
        <Skeleton rows={5} label="Looking for flows" />
      ) : target === null || form === null ? (
        <NoFlow workspaceFlows={state.workspaceFlows.value} />
      ) : (
        <FlowSection key={flowKey(target.target)} state={state} target={target} form={form} run={run} />
      )}
      {target == null || run === null ? null : <RunSection key={run.store.runId} state={state} run={run} />}
    </div>
  );
}

function Notices({ state }: { readonly state: PanelState }): VNode | null {
  const { host, surroundings } = usePage();
  const { trusted, service } = surroundings.value;
  const problem = state.problem.value;
  const command = (name: "trust" | "showLog" | "startService") => () =>
    void state.attempt(() => host.call("command", { command: name }));
  return (
    <>
      {trusted ? null : (
        <Banner kind="info" actions={[{ title: "Trust this folder to run", run: command("trust") }]}>
          Restricted Mode: flows can be read here, not run.
        </Banner>
      )}
      {service === "waiting" ? (
        <Banner kind="warning" actions={[{ title: "Show Log", run: command("showLog") }]}>
          Live updates are lost, reconnecting. Runs go on.
        </Banner>
      ) : null}
      {problem === null ? null : (
        <Banner
          kind="error"
          actions={[
            { title: "Show Log", run: command("showLog") },
            { title: "Dismiss", run: state.dismiss },
          ]}
        >
          {problem}
        </Banner>
      )}
    </>
  );
}
