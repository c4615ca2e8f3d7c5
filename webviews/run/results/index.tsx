import "./results.css";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import type { Host } from "../../kit/host.ts";
import { EmptyState, Skeleton } from "../../kit/notices.tsx";
import { stateLook } from "../../kit/state-look.ts";
import type { RunStore, Selection } from "../store.ts";
import { artifactVersions } from "./artifact-model.ts";
import { ArtifactView } from "./artifact-view.tsx";
import { ErrorView } from "./error-view.tsx";
import { ValueView } from "./value-view.tsx";

export { ErrorView } from "./error-view.tsx";
export { ValueView } from "./value-view.tsx";

export interface ResultsTabProps {
  readonly store: RunStore;
  readonly host: Host;
  readonly selection: Selection;
}

/** What the flow gave back, or why it did not; then what it left to look at, in the order it was made. */
export function ResultsTab({ store, selection }: ResultsTabProps): VNode {
  const run = store.run.value;
  const artifacts = store.artifacts.value;
  const things = useMemo(() => artifactVersions(artifacts), [artifacts]);
  // Names of tasks.
  store.tasks.value;
  return (
    <div class="results">
      <section class="results-flow" aria-label="Result of the flow">
        <h2>Result</h2>
        {run === null ? <Skeleton rows={3} label="Reading the run" /> : <FlowResult run={run} />}
      </section>
      {things.map((versions) => (
        <ArtifactView key={versions[0]?.id} versions={versions} store={store} selection={selection} />
      ))}
      {things.length === 0 && !store.artifactsRead.value ? <Skeleton rows={3} label="Reading artifacts" /> : null}
      {things.length === 0 && store.artifactsRead.value ? (
        <p class="results-hint muted">
          No artifacts. A flow leaves tables, texts, images and progress here with <code>artifact.table(…)</code> and
          its siblings.
        </p>
      ) : null}
    </div>
  );
}

function FlowResult({ run }: { readonly run: FlowRun }): VNode {
  if (run.state_type === "COMPLETED") {
    return (
      <ValueView
        source={{ of: "result", flow_run_id: run.id }}
        label="Result"
        version={`${run.run_count} ${run.end_time}`}
      />
    );
  }
  if (run.error !== null) return <ErrorView error={run.error} runId={run.id} />;
  if (run.state_type === "FAILED" || run.state_type === "CRASHED" || run.state_type === "CANCELLED") {
    return (
      <EmptyState>
        {stateLook(run.state_type, run.state_name).word}: the flow gave no result.
        {run.state.message === null ? "" : ` ${run.state.message}`}
      </EmptyState>
    );
  }
  return <EmptyState>The flow has not returned yet. What it returns is shown here.</EmptyState>;
}
