import type { VNode } from "preact";
import { plainValue } from "../../runtime/protocol/fold/plain-values.ts";
import { formatPlural } from "../kit/format.ts";
import type { PanelRun } from "./panel-run.ts";

/** How far it is, where the flow says so (`artifact.progress`); else only that it goes on: nobody knows what comes. */
export function RunProgress({
  run,
  done,
  total,
}: {
  readonly run: PanelRun;
  readonly done: number;
  readonly total: number;
}): VNode {
  const told = run.store.artifacts.value.findLast((artifact) => artifact.type === "progress");
  const percent = told === undefined ? undefined : plainValue(told.data);
  const isKnown = told !== undefined && typeof percent === "number";
  const isWaiting = run.store.run.value?.state_type === "PAUSED";
  return (
    <div class="panel-progress">
      {isWaiting ? null : (
        <div
          class={isKnown ? "panel-bar" : "panel-bar endless"}
          role="progressbar"
          aria-label={isKnown ? told.key : "Running"}
          {...(isKnown ? { "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 } : {})}
        >
          <div style={isKnown ? { width: `${percent}%` } : {}} />
        </div>
      )}
      {total === 0 ? null : (
        <span class="muted numeric">
          {formatPlural(done, "task")} done
          {isKnown ? ` · ${told.key} ${Math.round(percent)} %` : ""}
        </span>
      )}
    </div>
  );
}
