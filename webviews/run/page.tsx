import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { createClock } from "../kit/clock.ts";
import type { Host } from "../kit/host.ts";
import { usePage } from "../kit/host-context.tsx";
import { Banner, EmptyState, Skeleton } from "../kit/notices.tsx";
import { startPage } from "../kit/start-page.tsx";
import { createRunStore } from "./create-store.ts";
import { NewRun } from "./parts/new-run.tsx";
import { RunPage } from "./run-page.tsx";
import { createSelection } from "./selection.ts";

/** How often what depends on the time is drawn again while a run is live. */
const tickMs = 250;

function Page({ host }: { readonly host: Host }): VNode {
  const { identity } = host;
  if (identity.page !== "run") throw new Error(`This is the page of a run, not of ${identity.page}.`);
  const { surroundings } = usePage();
  const store = useMemo(
    () =>
      createRunStore({
        host,
        runId: identity.run_id,
        startable: identity.target !== null,
        known: host.known?.flow_run ?? null,
        surroundings,
        clock: createClock(tickMs),
        frame: (draw) => requestAnimationFrame(draw),
      }),
    [host, identity, surroundings],
  );
  const selection = useMemo(() => createSelection(host), [host]);
  const run = store.run.value;
  switch (store.phase.value) {
    case "new":
      return identity.target === null ? (
        <EmptyState>There is no such run.</EmptyState>
      ) : (
        <NewRun
          host={host}
          runId={identity.run_id}
          target={identity.target}
          again={identity.again}
          {...(identity.deployment_id === undefined ? {} : { deployment: identity.deployment_id })}
        />
      );
    case "deleted":
      return (
        <EmptyState centred actions={[{ title: "Show All Runs", run: () => void host.call("openHistory", {}) }]}>
          This run is not here any more: it was deleted, or removed because it was older than runs are kept.
        </EmptyState>
      );
    case "failed":
      return (
        <div class="run-notices">
          <Banner
            kind="error"
            actions={[
              { title: "Try Again", run: () => void store.refresh() },
              { title: "Show Log", run: () => void host.call("command", { command: "showLog" }) },
            ]}
          >
            {store.problem.value}
          </Banner>
        </div>
      );
    case "loading":
      return <Skeleton label="Reading the run" rows={8} />;
    default:
      return run === null ? (
        <Skeleton label="Reading the run" rows={8} />
      ) : (
        <RunPage host={host} store={store} selection={selection} run={run} />
      );
  }
}

startPage((host) => <Page host={host} />, ["task", "opened"]);
