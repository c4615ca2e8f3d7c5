/** What a Deploy page shows: what the host knows of the deployment, what is typed, and what deploying it would do. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type DeployDraft, type DraftPlan, draftOf, type KnownDeployment } from "../../runtime/protocol/deploy-page.ts";
import type { Infrastructure } from "../../runtime/protocol/deployments.ts";
import type { FieldProblem } from "../../runtime/protocol/errors.ts";
import type { PageIdentity, Surroundings } from "../../runtime/protocol/pages.ts";
import { createFlowForm, type FlowForm } from "../form/flow-form.ts";
import { createForm, type Form } from "../form/form-state.ts";
import { isObject } from "../form/schema.ts";
import { givenValues, sameJson, type Values } from "../form/values.ts";
import { type Host, HostProblem } from "../kit/host.ts";
import { type Draft, draftFrom, emptyDraft, readDraft, settingsOf } from "./draft.ts";
import { infrastructureSchemas, infrastructureSettings, infrastructureValues } from "./infrastructure.ts";

export type DeployIdentity = Extract<PageIdentity, { readonly page: "deployment" }>;
export type Phase = "loading" | "gone" | "form";

export interface DeployState {
  readonly identity: DeployIdentity;
  readonly known: ReadonlySignal<KnownDeployment | null>;
  readonly phase: ReadonlySignal<Phase>;
  readonly draft: Signal<Draft>;
  readonly parameters: ReadonlySignal<FlowForm | null>;
  /** Of the kind of infrastructure that is chosen. */
  readonly infrastructure: ReadonlySignal<Form>;
  readonly isDirty: ReadonlySignal<boolean>;
  /** What would be deployed and written; null until it was asked for. */
  readonly plan: ReadonlySignal<DraftPlan | null>;
  readonly isPlanning: ReadonlySignal<boolean>;
  readonly isSaving: ReadonlySignal<boolean>;
  /** All that is wrong, by its place in the settings. */
  readonly problems: ReadonlySignal<readonly FieldProblem[]>;
  /** Why deploying did not work, where no field says it. */
  readonly problem: ReadonlySignal<string | null>;
  /** It began with what was typed into a page that was closed since. */
  readonly isTakenUp: ReadonlySignal<boolean>;
  /** The file says something else than when this page began with it. */
  readonly isBehind: ReadonlySignal<boolean>;
  set(change: Partial<Draft>): void;
  /** False when something is wrong with what is typed: it is told then. `apply` false writes the file only. */
  save(options?: { readonly apply?: boolean; readonly force?: boolean }): Promise<boolean>;
  compare(): Promise<void>;
  /** Takes what is deployed and declared, in place of what was typed. */
  discard(): void;
}

export interface DeployStateOptions {
  readonly host: Host;
  readonly surroundings: ReadonlySignal<Surroundings>;
  readonly later?: (work: () => void, ms: number) => void;
}

/** From the last letter typed until the plan is asked for. */
const planAfter = 400;
/** And until it is kept. */
const keepAfter = 250;

interface Kept {
  readonly draft: Draft;
  readonly parameters: Values;
  readonly infrastructure: Values;
}

export function createDeployState({ host, surroundings, later = setTimeout }: DeployStateOptions): DeployState {
  const { identity: given } = host;
  if (given.page !== "deployment") throw new Error(`This is the page of a deployment, not of ${given.page}.`);
  const identity: DeployIdentity = given;
  const known = signal<KnownDeployment | null>(host.known?.deployment ?? null);
  const forms: Readonly<Record<Infrastructure["type"], Form>> = {
    process: createForm({ schema: infrastructureSchemas.process }),
    docker: createForm({ schema: infrastructureSchemas.docker }),
  };
  const draft = signal<Draft>(emptyDraft(""));
  const parameters = signal<FlowForm | null>(null);
  const first = signal<Kept | null>(null);
  /** What the page began with. */
  let base: DeployDraft | null = null;
  /** What the file said then. */
  const declared = signal<DeployDraft | null>(null);
  const plan = signal<DraftPlan | null>(null);
  const isPlanning = signal(false);
  const isSaving = signal(false);
  const problem = signal<string | null>(null);
  const isTried = signal(false);
  let asked = 0;
  let isWaiting = false;
  let isKeeping = false;
  let hasKept = false;
  const isTakenUp = signal(false);
  const kept = keptBy(host);

  const infrastructure = computed(() => forms[draft.value.infrastructure]);
  const given_ = (form: Form): Values => givenValues(form.fields.value ?? [], form.values.value);
  const current = computed((): Kept => {
    const form = parameters.value;
    return {
      draft: draft.value,
      parameters: form === null ? {} : given_(form),
      infrastructure: infrastructureSettings(given_(infrastructure.value)),
    };
  });
  const written = computed(() => {
    const { draft: fields, parameters: values, infrastructure: where } = current.value;
    return settingsOf(fields, values, where, base);
  });
  const isDirty = computed(() => first.value !== null && !isSame(current.value, first.value));
  const problems = computed((): readonly FieldProblem[] => {
    const told = plan.value?.plan?.problems ?? [];
    const own = written.value.problems;
    // A name that nobody has typed yet is not wrong yet.
    const isEarly = ({ path }: FieldProblem) => path === "name" && !isTried.value && draft.value.name === "";
    return [...own, ...told.filter(({ path }) => !own.some((one) => one.path === path))].filter((one) => !isEarly(one));
  });

  function begin(): void {
    const all = known.value;
    if (all === null || all.target === null) return;
    const target = all.target;
    const before = all.declared ?? (all.deployment === null ? null : draftOf(all.deployment));
    batch(() => {
      base = before;
      declared.value = all.declared;
      draft.value =
        before === null
          ? { ...emptyDraft(freeName(all.names)), declare: all.file !== null && all.file.problem === null }
          : draftFrom(before, all.declared !== null);
      const values = infrastructureValues(before?.infrastructure);
      forms[draft.value.infrastructure].fill(values);
      const form = parameters.value;
      if (form === null || form.target.uri !== target.uri) {
        parameters.value = createFlowForm({ host, target, initial: before?.parameters ?? {} });
      } else form.fill(before?.parameters ?? {});
      problem.value = null;
      isTried.value = false;
      first.value = current.value;
    });
  }

  /** What this script's forerunner has kept, else what the editor has since the page was closed. */
  function restore(): void {
    const typed = kept ?? known.value?.typed;
    const fields = isObject(typed) ? readDraft(typed["draft"]) : undefined;
    if (!isObject(typed) || fields === undefined) return;
    batch(() => {
      isTakenUp.value = kept === undefined;
      hasKept = true;
      draft.value = fields;
      if (isObject(typed["infrastructure"]))
        forms[fields.infrastructure].fill(infrastructureFormOf(typed["infrastructure"]));
      if (isObject(typed["parameters"])) parameters.value?.fill(typed["parameters"]);
    });
  }

  function take(next: KnownDeployment): void {
    const isFirst = first.value === null;
    // What nobody has touched follows what is there.
    const follows = !isFirst && !isDirty.value && !isSaving.value;
    known.value = next;
    if (isFirst) {
      begin();
      restore();
    } else if (follows && !isSameBase(next)) begin();
  }

  function isSameBase(next: KnownDeployment): boolean {
    const now = next.declared ?? (next.deployment === null ? null : draftOf(next.deployment));
    return sameJson(now, base);
  }

  host.onEvent((event) => {
    if (event.type === "deployment") take(event.deployment);
  });

  async function askForPlan(): Promise<void> {
    isWaiting = false;
    const number = ++asked;
    const { settings, problems: own } = written.peek();
    if (own.length > 0 || parameters.peek() === null || isSaving.peek() || !surroundings.peek().trusted) return;
    isPlanning.value = true;
    try {
      const answer = await host.call("planDeployment", { settings, declare: draft.peek().declare });
      if (number === asked) plan.value = answer;
    } catch (thrown) {
      if (number === asked) plan.value = planOf(thrown);
    } finally {
      if (number === asked) isPlanning.value = false;
    }
  }

  effect(() => {
    const { settings } = written.value;
    const { trusted, service } = surroundings.value;
    void [settings, draft.value.declare, known.value?.deployment?.version, known.value?.drift, service];
    if (!trusted || parameters.value === null || isWaiting) return;
    isWaiting = true;
    later(() => void askForPlan(), planAfter);
  });

  /** A tab may be closed at any moment, and its state goes with it: the editor keeps what is typed too. */
  function keepSoon(): void {
    if (isKeeping || (!isDirty.peek() && !hasKept)) return;
    isKeeping = true;
    later(() => {
      isKeeping = false;
      hasKept = isDirty.peek();
      host.call("keepDeployDraft", { typed: isDirty.peek() ? { ...current.peek() } : null }).catch(() => {});
    }, keepAfter);
  }

  /** This script ends whenever the page is covered: what is typed is kept by the editor. */
  effect(() => {
    const { value } = current;
    if (first.value === null) return;
    const state = host.state.get();
    const { deploy: _, ...rest } = isObject(state) ? state : {};
    host.state.set(isDirty.value ? { ...rest, deploy: value } : rest);
    keepSoon();
    const name = draft.value.name.trim();
    const flow = known.value?.target?.name ?? "";
    host.setTitle(
      `${isDirty.value ? "● " : ""}${identity.deployment_id === null ? `Deploy ${flow}` : `${flow} · ${name}`}`,
    );
  });

  const state: DeployState = {
    ...{ identity, known, draft, parameters, infrastructure, isDirty, plan, isPlanning, isSaving, problems, problem },
    isTakenUp,
    phase: computed(() => {
      const all = known.value;
      if (all === null) return "loading";
      if (all.target === null) return all.isKnown ? "gone" : "loading";
      return first.value === null ? "loading" : "form";
    }),
    isBehind: computed(
      () => first.value !== null && isDirty.value && !sameJson(known.value?.declared ?? null, declared.value),
    ),
    set(change) {
      draft.value = { ...draft.peek(), ...change };
    },
    async save({ apply = true, force = false } = {}) {
      isTried.value = true;
      const form = parameters.value;
      const { settings, problems: own } = written.value;
      if (form === null || isSaving.value) return true;
      if (own.length > 0 || form.drafts.value.size > 0) return false;
      isSaving.value = true;
      problem.value = null;
      try {
        const answer = await host.call("saveDeployment", {
          ...{ settings, declare: draft.value.declare, apply, force },
          base: force ? null : declared.value,
        });
        const refused = answer.plan?.problems ?? [];
        plan.value = answer;
        form.tell(ofParameters(refused));
        if (refused.length > 0) return false;
        // What was saved is what there is: the host tells of it next.
        if (apply || known.value?.deployment === null) {
          base = settings;
          declared.value = known.value?.declared ?? null;
          first.value = current.value;
        }
        return true;
      } catch (thrown) {
        if (thrown instanceof HostProblem && thrown.code === "cancelled") return true;
        if (thrown instanceof HostProblem && thrown.fields.length > 0) {
          plan.value = planOf(thrown);
          form.tell(ofParameters(thrown.fields));
          return false;
        }
        problem.value = thrown instanceof Error ? thrown.message : String(thrown);
        return true;
      } finally {
        isSaving.value = false;
        if (known.value !== null && !isDirty.value && !isSameBase(known.value)) begin();
      }
    },
    async compare() {
      const { settings } = written.value;
      await host.call("compareDeployment", { settings, declare: draft.value.declare });
    },
    discard: begin,
  };
  const start = known.value;
  if (start !== null) take(start);
  return state;
}

/** What an earlier script of this page has kept. */
function keptBy(host: Host): unknown {
  const state = host.state.get();
  return isObject(state) ? state["deploy"] : undefined;
}

function isSame(one: Kept, other: Kept): boolean {
  const plain = ({ draft, ...rest }: Kept) => ({
    ...rest,
    draft: { ...draft, schedules: draft.schedules.map(({ key: _, ...schedule }) => schedule) },
  });
  return sameJson(plain(one), plain(other));
}

function planOf(thrown: unknown): DraftPlan {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const fields = thrown instanceof HostProblem ? thrown.fields : [];
  if (fields.length === 0) return { plan: null, problem: message, file: null };
  return { plan: { kind: "changed", changes: [], problems: fields }, problem: null, file: null };
}

/** As the form of the parameters names its fields. */
function ofParameters(problems: readonly FieldProblem[]): readonly FieldProblem[] {
  return problems.flatMap(({ path, message }) => {
    if (path === "parameters") return [{ path: "", message }];
    return path.startsWith("parameters.") ? [{ path: path.slice("parameters.".length), message }] : [];
  });
}

function infrastructureFormOf(kept: Values): Values {
  const { env, ...rest } = kept;
  return isObject(env)
    ? { ...rest, env: Object.entries(env).map(([name, value]) => `${name}=${String(value)}`) }
    : rest;
}

/** "default" is what most call their only one. */
function freeName(taken: readonly string[]): string {
  if (!taken.includes("default")) return "default";
  for (let count = 2; ; count++) if (!taken.includes(`default-${count}`)) return `default-${count}`;
}
