/** The flow: its name, where it stands, its parameters, Run and Debug. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { PanelTarget } from "../../runtime/protocol/pages.ts";
import type { FlowForm } from "../form/flow-form.ts";
import { FlowFormView } from "../form/flow-form-view.tsx";
import { focusFirstBad } from "../form/form-view.tsx";
import { relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { keyNames } from "../kit/key-names.ts";
import { Link } from "../kit/link.tsx";
import { Button } from "../kit/toolkit.ts";
import type { PanelRun } from "./panel-run.ts";
import type { PanelState } from "./panel-state.ts";
import { RunLine } from "./run-line.tsx";

export interface FlowSectionProps {
  readonly state: PanelState;
  readonly target: PanelTarget;
  readonly form: FlowForm;
  readonly run: PanelRun | null;
}

export function FlowSection({ state, target, form, run }: FlowSectionProps): VNode {
  const { surroundings, announce } = usePage();
  const id = useId();
  const { trusted } = surroundings.value;
  const canRun = trusted && target.flow.export !== null && !state.isStarting.value;
  const start = async (debug: boolean) => {
    if (!canRun) return;
    if (await state.start(debug)) return;
    announce("Something is wrong with the parameters", "form");
    focusFirstBad(form, id);
  };
  return (
    <section class="panel-flow" aria-label={`Flow ${target.flow.name}`}>
      <Head target={target} />
      <FlowFormView form={form} id={id} onRun={() => void start(false)} />
      {target.flow.export === null ? (
        <p class="field-problem">This flow is not exported, so it cannot be started. Write `export` before it.</p>
      ) : null}
      <div class="panel-foot">
        <div class="panel-actions">
          <Button
            kind="primary"
            icon="play"
            class="panel-run"
            disabled={!canRun}
            title={
              trusted
                ? `Run the flow (${keyNames("Mod+Enter", /Mac/.test(navigator.platform)).join("+")})`
                : "Trust this folder to run flows"
            }
            onClick={() => void start(false)}
          >
            Run
          </Button>
          <Button
            icon="debug-alt"
            disabled={!canRun}
            title={trusted ? "Debug: run it and stop at breakpoints" : "Trust this folder to run flows"}
            onClick={() => void start(true)}
          >
            Debug
          </Button>
        </div>
        {run === null ? null : <RunLine state={state} run={run} />}
      </div>
    </section>
  );
}

function Head({ target }: { readonly target: PanelTarget }): VNode {
  const { host, surroundings } = usePage();
  const { flow, file } = target;
  const line = flow.selection.start.line + 1;
  const isOpen = useSignal(false);
  return (
    <header class="panel-head">
      <h1 class="ellipsis" title={flow.name}>
        {flow.name}
      </h1>
      <Link
        class="panel-place ellipsis"
        title={`${file}:${line}`}
        onClick={() => void host.call("openSource", { file, line })}
      >
        {relativePath(file, surroundings.value.folders)}:{line}
      </Link>
      {flow.description === null ? null : (
        <p class={isOpen.value ? "panel-description" : "panel-description clamped"} title={flow.description}>
          {flow.description}
        </p>
      )}
      {flow.description !== null && flow.description.length > 160 ? (
        <Link
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {isOpen.value ? "Less" : "More"}
        </Link>
      ) : null}
    </header>
  );
}
