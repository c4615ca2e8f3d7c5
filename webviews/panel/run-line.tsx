/** The run of the flow in one line, below Run: it stays in sight when the form is long and the view low. */
import type { VNode } from "preact";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { StateLabel } from "../kit/state.tsx";
import { Duration, RelativeTime } from "../kit/times.tsx";
import { Button } from "../kit/toolkit.ts";
import type { PanelRun } from "./panel-run.ts";
import type { PanelState } from "./panel-state.ts";

export interface RunLineProps {
  readonly state: PanelState;
  readonly run: PanelRun;
}

export function RunLine({ state, run }: RunLineProps): VNode | null {
  const { host } = usePage();
  const flowRun = run.store.run.value;
  if (flowRun === null || run.store.phase.value === "deleted") return null;
  const isLive = !isTerminal(flowRun.state_type);
  const from = Date.parse(flowRun.start_time ?? flowRun.created);
  const to = flowRun.end_time === null ? (isLive ? null : from) : Date.parse(flowRun.end_time);
  return (
    <div class="panel-line">
      <StateLabel type={flowRun.state_type} name={flowRun.state_name} />
      <span class="muted ellipsis">
        {flowRun.start_time === null ? null : (
          <>
            {"· "}
            <Duration from={from} to={to} />
          </>
        )}
        {isLive ? null : (
          <>
            {" · "}
            <RelativeTime time={to ?? from} />
          </>
        )}
      </span>
      {isLive && flowRun.state_type !== "CANCELLING" ? (
        <Button
          kind="icon"
          icon="debug-stop"
          title={`Cancel run ${flowRun.name}`}
          onClick={() => void state.attempt(() => host.call("cancelRun", { run_id: flowRun.id }))}
        />
      ) : null}
      <Link
        class="panel-open"
        title={`Open the page of run ${flowRun.name}`}
        onClick={() => void state.attempt(() => host.call("openRun", { run_id: flowRun.id }))}
      >
        Open Run
      </Link>
    </div>
  );
}
