import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Deployment } from "../../../runtime/protocol/deployments.ts";
import type { FlowTarget } from "../../../runtime/protocol/language.ts";
import { createFlowForm } from "../../form/flow-form.ts";
import { FlowFormView } from "../../form/flow-form-view.tsx";
import { focusFirstBad } from "../../form/form-view.tsx";
import { relativePath } from "../../kit/format.ts";
import type { Host } from "../../kit/host.ts";
import { usePage } from "../../kit/host-context.tsx";
import { KeyHint } from "../../kit/key-hint.tsx";
import { Banner } from "../../kit/notices.tsx";
import { Button } from "../../kit/toolkit.ts";
import { whyNot } from "../actions.ts";

export interface NewRunProps {
  readonly host: Host;
  readonly runId: string;
  readonly target: FlowTarget;
  /** The run whose parameters the form begins with. */
  readonly again: string | null;
  /** The deployment that it runs, with its parameters to begin with. */
  readonly deployment?: string;
}

/** The run that does not exist yet: its parameters. In the same tab it becomes the run. */
export function NewRun({ host, runId, target, again, deployment }: NewRunProps): VNode {
  const { surroundings } = usePage();
  const form = useMemo(() => createFlowForm({ host, target }), [host, target]);
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  const deployed = useSignal<Deployment | null>(null);
  const reason = whyNot(surroundings.value);
  const trusted = surroundings.value.trusted;
  const ofDeployment = deployment === undefined ? {} : { deployment_id: deployment };
  useEffect(() => {
    host.setTitle(`Run ${target.name}`);
    if (trusted) void form.describe();
    form.readRuns().catch(() => {});
  }, [host, target, form, trusted]);
  useEffect(() => {
    if (again === null) return;
    host.api("GET /api/flow_runs/:id", { params: { id: again } }).then(
      (run) => form.fill(run.parameters),
      () => {},
    );
  }, [host, again, form]);
  useEffect(() => {
    if (deployment === undefined) return;
    host.api("GET /api/deployments/:id", { params: { id: deployment } }).then(
      (found) => {
        deployed.value = found;
        form.fill(found.parameters);
      },
      (thrown: unknown) => {
        problem.value = thrown instanceof Error ? thrown.message : String(thrown);
      },
    );
  }, [host, deployment, form, deployed, problem]);
  const start = async (debug: boolean) => {
    if (busy.value || reason !== null) return;
    const parameters = await form.submit();
    if (parameters === null) return focusFirstBad(form, "run");
    busy.value = true;
    problem.value = null;
    try {
      await host.call("startRun", { target, parameters, run_id: runId, ...(debug ? { debug } : {}), ...ofDeployment });
    } catch (thrown) {
      problem.value = thrown instanceof Error ? thrown.message : String(thrown);
      busy.value = false;
    }
  };
  return (
    <div class="run-new">
      <div>
        <h1>{again === null ? `Run ${target.name}` : `Run ${target.name} again`}</h1>
        <p class="muted">
          {relativePath(form.file, surroundings.value.folders)}
          {deployed.value === null ? "" : ` · as the deployment ${deployed.value.name} says`}
        </p>
      </div>
      {reason === null ? null : (
        <Banner
          kind="info"
          actions={[{ title: "Manage Workspace Trust", run: () => void host.call("command", { command: "trust" }) }]}
        >
          {reason}
        </Banner>
      )}
      <FlowFormView form={form} id="run" onRun={() => void start(false)} />
      {problem.value === null ? null : <Banner kind="error">{problem.value}</Banner>}
      <div class="toolbar">
        <Button kind="primary" icon="play" disabled={busy.value || reason !== null} onClick={() => void start(false)}>
          Run
        </Button>
        {deployment === undefined ? (
          <Button icon="debug-alt" disabled={busy.value || reason !== null} onClick={() => void start(true)}>
            Debug
          </Button>
        ) : null}
        <KeyHint keys="Mod+Enter" />
      </div>
    </div>
  );
}
