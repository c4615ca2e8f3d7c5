/** What the Flow view shows: the flow that the editor told of, its form, and its run. */
import { batch, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import type { PanelTarget, Surroundings } from "../../runtime/protocol/pages.ts";
import { createFlowForm, type FlowForm } from "../form/flow-form.ts";
import type { Values } from "../form/values.ts";
import { createClock } from "../kit/clock.ts";
import { type Host, HostProblem } from "../kit/host.ts";
import { type KeptValues, keepValues, readKept, valuesToKeep } from "./kept-values.ts";
import { createPanelRun, type PanelRun } from "./panel-run.ts";

export interface PanelState {
  /** Undefined until the editor has told. */
  readonly target: ReadonlySignal<PanelTarget | null | undefined>;
  readonly workspaceFlows: ReadonlySignal<number>;
  readonly form: ReadonlySignal<FlowForm | null>;
  readonly run: ReadonlySignal<PanelRun | null>;
  readonly isStarting: ReadonlySignal<boolean>;
  /** Why the last click did nothing. */
  readonly problem: ReadonlySignal<string | null>;
  /** Starts the flow with the values of the form; false when something is wrong with them. */
  start(debug: boolean): Promise<boolean>;
  /** Does it, and shows why it could not. */
  attempt(work: () => Promise<unknown>): Promise<void>;
  dismiss(): void;
}

export const flowKey = ({ uri, export: exported, name }: FlowTarget): string => `${uri}#${exported ?? name}`;

/** A file that is being written is described again when its writer rests. */
const restTime = 600;

export function createPanelState(host: Host, surroundings: ReadonlySignal<Surroundings>): PanelState {
  const target = signal<PanelTarget | null | undefined>(undefined);
  const workspaceFlows = signal(0);
  const form = signal<FlowForm | null>(null);
  const run = signal<PanelRun | null>(null);
  const isStarting = signal(false);
  const problem = signal<string | null>(null);
  const clock = createClock(250);
  const forms = new Map<string, FlowForm>();
  let kept: KeptValues = readKept(host.state.get());
  let timer: ReturnType<typeof setTimeout> | undefined;

  function formOf({ target: flow, flow: site }: PanelTarget): FlowForm {
    const key = flowKey(flow);
    const known = forms.get(key);
    if (known !== undefined) return known;
    const initial: Values | undefined = kept[key];
    const made = createFlowForm({ host, target: flow, site, ...(initial === undefined ? {} : { initial }) });
    forms.set(key, made);
    effect(() => {
      const values = valuesToKeep(made);
      if (values === undefined) return;
      kept = keepValues(kept, key, values);
      host.state.set({ forms: kept });
    });
    return made;
  }

  /** Never before the folder is trusted: describing loads the file. */
  function describe(now: FlowForm, site: PanelTarget["flow"]): void {
    if (!surroundings.value.trusted) return;
    void now.readRuns().catch(() => {});
    if (site.parameters_complete && site.parameters.length === 0) return;
    void now.describe();
  }

  function follow(runId: string | null): void {
    if (run.value?.store.runId === (runId ?? undefined)) return;
    run.value?.dispose();
    run.value = runId === null ? null : createPanelRun({ host, runId, surroundings, clock });
  }

  host.onEvent((event) => {
    if (event.type !== "panel") return;
    const before = target.value;
    const next = event.target;
    batch(() => {
      target.value = next;
      workspaceFlows.value = event.workspace_flows;
      form.value = next === null ? null : formOf(next);
    });
    clearTimeout(timer);
    if (next === null) return follow(null);
    const isSame = before != null && flowKey(before.target) === flowKey(next.target);
    const isNewRun = before?.last_run_id !== next.last_run_id;
    const isChanged = JSON.stringify(before?.flow.parameters) !== JSON.stringify(next.flow.parameters);
    if (!isSame) problem.value = null;
    if (!isSame || isNewRun) follow(next.last_run_id);
    const now = form.value;
    if (now === null) return;
    if (!isSame) describe(now, next.flow);
    // What is described is what is saved: a run has saved it.
    else if (isNewRun || isChanged) timer = setTimeout(() => describe(now, next.flow), isNewRun ? 0 : restTime);
  });

  let wasTrusted = surroundings.peek().trusted;
  effect(() => {
    const { trusted } = surroundings.value;
    if (trusted && !wasTrusted && form.value !== null && target.value != null) describe(form.value, target.value.flow);
    wasTrusted = trusted;
  });

  const state: PanelState = {
    target,
    workspaceFlows,
    form,
    run,
    isStarting,
    problem,
    async start(debug) {
      const now = form.value;
      if (now === null || isStarting.value) return true;
      isStarting.value = true;
      try {
        const parameters = await now.submit();
        if (parameters === null) return false;
        await state.attempt(async () => {
          const { run_id } = await host.call("startRun", { target: now.target, parameters, debug });
          if (form.value === now) follow(run_id);
        });
        return true;
      } finally {
        isStarting.value = false;
      }
    },
    async attempt(work) {
      problem.value = null;
      try {
        await work();
      } catch (thrown) {
        // Whoever changed their mind knows.
        if (thrown instanceof HostProblem && thrown.code === "cancelled") return;
        problem.value = thrown instanceof Error ? thrown.message : String(thrown);
      }
    },
    dismiss() {
      problem.value = null;
    },
  };
  return state;
}
