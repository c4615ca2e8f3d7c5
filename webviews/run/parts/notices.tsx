import type { Signal } from "@preact/signals";
import type { VNode } from "preact";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import { usePage } from "../../kit/host-context.tsx";
import { type Action, Banner } from "../../kit/notices.tsx";
import { failingTask } from "../failing.ts";
import { ErrorView } from "../results/index.tsx";
import type { RunStore } from "../store.ts";
import { explainRun } from "../words.ts";

/** What is out of the ordinary around the run: no live updates, Restricted Mode, an action that was refused. */
export function Notices({
  store,
  problem,
}: {
  readonly store: RunStore;
  readonly problem: Signal<string | null>;
}): VNode | null {
  const { surroundings, host } = usePage();
  const { service, trusted } = surroundings.value;
  const live = store.live.value;
  const dismiss: Action = {
    title: "Dismiss",
    run: () => {
      problem.value = null;
    },
  };
  const lost = service === "waiting" || (service === "stopped" && live);
  if (!lost && trusted && problem.value === null) return null;
  return (
    <div class="run-notices">
      {problem.value === null ? null : (
        <Banner kind="error" actions={[dismiss]}>
          {problem.value}
        </Banner>
      )}
      {service === "waiting" ? (
        <Banner kind="warning">
          {live
            ? "Live updates are lost, reconnecting. The run goes on; what you see is as it was last heard of."
            : "The Millrace service does not answer, reconnecting."}
        </Banner>
      ) : null}
      {service === "stopped" && live ? (
        <Banner
          kind="warning"
          actions={[{ title: "Start It", run: () => void host.call("command", { command: "startService" }) }]}
        >
          The Millrace service is not running, so this page does not follow the run.
        </Banner>
      ) : null}
      {trusted ? null : (
        <Banner
          kind="info"
          actions={[{ title: "Manage Workspace Trust", run: () => void host.call("command", { command: "trust" }) }]}
        >
          This folder is open in Restricted Mode. You can read this run; running, resuming and cancelling are off.
        </Banner>
      )}
    </div>
  );
}

/** Why the run waits or how it ended, where no task tells it. */
export function RunProblem({ run, store }: { readonly run: FlowRun; readonly store: RunStore }): VNode | null {
  if (run.state_type === "PAUSED") return null;
  const why = explainRun(run, store.now.value);
  // The task that failed tells its error itself.
  const own =
    run.error !== null && (store.tasksRead.value ? failingTask(run, store.tasks.value.current()) === null : false);
  if (run.state_type === "CRASHED" || own) {
    return (
      <div class="run-problem">
        {why === null ? null : <p>{why.text}</p>}
        {own && run.error !== null && run.state_type !== "CRASHED" ? (
          <ErrorView error={run.error} runId={run.id} />
        ) : null}
        {why?.output === undefined || why.output.length === 0 ? null : (
          <>
            <p class="muted">The last it wrote:</p>
            <pre class="output">{why.output.join("\n")}</pre>
          </>
        )}
      </div>
    );
  }
  return why === null ? null : <p class="run-why">{why.text}</p>;
}
