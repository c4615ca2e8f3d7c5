import type { VNode } from "preact";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { usePage } from "../kit/host-context.tsx";
import { Button } from "../kit/toolkit.ts";
import type { PanelState } from "./panel-state.ts";

export interface RunActionsProps {
  readonly state: PanelState;
  readonly flowRun: FlowRun;
  readonly open: () => void;
}

/** What a run waits for from a person. */
export function RunActions({ state, flowRun, open }: RunActionsProps): VNode | null {
  const { host, surroundings } = usePage();
  const { trusted } = surroundings.value;
  switch (flowRun.state_type) {
    case "PAUSED":
      return (
        <div class="panel-actions">
          <Button icon="debug-continue" title="Answer what the run waits for, on its page" onClick={open}>
            Continue…
          </Button>
        </div>
      );
    case "FAILED":
    case "CRASHED":
    case "CANCELLED":
      return (
        <div class="panel-actions">
          <Button
            icon="debug-continue"
            disabled={!trusted}
            title={trusted ? "Go on where it stopped; what is done is kept" : "Trust this folder to run flows"}
            onClick={() =>
              void state.attempt(() => host.call("resumeRun", { run_id: flowRun.id, options: { mode: "resume" } }))
            }
          >
            Resume
          </Button>
        </div>
      );
    default:
      return null;
  }
}
