/**
 * Automations of a home: saved, turned on and off, fired, tried out. A firing is one record with all that it owes;
 * whatever was written is delivered, and what was written once for a key is never written again.
 */
import { listLiveRuns } from "../../journal/live.ts";
import type { FlowRun, LiveEvent } from "../../protocol/api.ts";
import type { Automation, AutomationPlan, AutomationSettings, Delivery } from "../../protocol/automations.ts";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { isoTime } from "../../protocol/fold/index.ts";
import { newId } from "../../protocol/ids.ts";
import type { Blocks } from "../blocks/blocks.ts";
import type { Core } from "../core.ts";
import { type Clock, systemClock } from "../deployments/clock.ts";
import type { Deployments } from "../deployments/deployments.ts";
import type { Cancels } from "../runs/cancels.ts";
import type { RunViews } from "../runs/run-views.ts";
import { createAct } from "./act.ts";
import { createDeliveries } from "./deliveries.ts";
import type { AutomationRecord, StoredAutomation, StoredDelivery } from "./facts.ts";
import { deliveriesOf } from "./firings.ts";
import { chainOf, isAbout, isNamed, isWanted, type NamedDeployment } from "./matches.ts";
import { sampleRun } from "./sample-run.ts";
import { automationProblems, planOf, wholeAutomation } from "./settings.ts";
import { createWatch, type Hit } from "./watch.ts";

export interface Automations {
  /** @param coming "flow/name" of deployments that will be there; for a dry look */
  save(
    settings: AutomationSettings,
    dry: boolean,
    coming?: readonly string[],
  ): Promise<{ readonly automation: Automation | null; readonly plan: AutomationPlan }>;
  list(): readonly Automation[];
  /** All that take an id: @throws MillraceError "not-found" */
  get(id: string): Automation;
  remove(id: string): Promise<void>;
  enable(id: string, enabled: boolean): Promise<Automation>;
  deliveries(id: string): readonly Delivery[];
  /** @throws MillraceError "bad-parameters" naming the fields, "not-found" for the run. */
  test(settings: AutomationSettings, flowRunId: string | undefined): Promise<readonly Delivery[]>;
  /** Names of those that wait for silence: it is heard only while somebody listens. */
  keptUpBy(): readonly string[];
  /** Something is owed. */
  readonly isBusy: () => boolean;
  /** Looks at what happened while nobody did, and watches from now on. */
  start(): Promise<void>;
  stop(): void;
}

export interface AutomationsOptions {
  readonly core: Core;
  readonly deployments: Pick<Deployments, "run" | "pause">;
  readonly cancels: Pick<Cancels, "cancel">;
  readonly blocks: Pick<Blocks, "say">;
  readonly views: RunViews;
  /** Clients that follow the events. */
  readonly followers: () => number;
  readonly clock?: Clock;
}

/** Milliseconds. A wall clock that somebody sets is noticed within that time. */
const longestSleep = 10_000;
/** How often the journal is told how far we are; what lies behind that, and this margin, is not looked at again. */
const markEvery = 60_000;
const margin = 300_000;
const day = 86_400_000;

export function createAutomations(options: AutomationsOptions): Automations {
  const { core, views, clock = systemClock } = options;
  const { system, store, events, log, disk, home } = core;
  const facts = system.facts.automations;
  const all = (): readonly StoredAutomation[] => [...facts.automations.values()];
  const enabled = (): readonly StoredAutomation[] => all().filter((one) => one.enabled);
  const deployment = (id: string): NamedDeployment | undefined => system.facts.deployments.get(id)?.at(-1);
  const deployed = (): NamedDeployment[] =>
    [...system.facts.deployments.values()].flatMap((versions) => versions.at(-1) ?? []);
  const tell = (): void => events.publish({ type: "automations" });
  const watch = createWatch(enabled, deployment);

  function deploymentId(named: string): string {
    const found = deployed().filter((one) => isNamed(one, named));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only.id;
    throw new MillraceError("not-found", `There is no deployment "${named}" in this home any more.`);
  }
  const act = createAct({ ...options, events, deploymentId });
  const deliveries = createDeliveries({ core, clock, act, onChange: tell });

  /** Firing, saving and removing one after the other: what one has written, the next one sees. */
  let before: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = before.then(work);
    before = next.catch(() => undefined);
    return next;
  }
  const quietly = (what: string, work: Promise<unknown>): void =>
    void work.catch((thrown: unknown) => log.error(what, toError(thrown)));

  const firedAt = new Map<string, number[]>();
  function recentOf(id: string, now: number): number {
    const recent = (firedAt.get(id) ?? []).filter((at) => at > now - 60_000);
    firedAt.set(id, [...recent, now]);
    return recent.length;
  }

  async function fire(hits: readonly Hit[]): Promise<void> {
    const now = clock.now();
    const records: AutomationRecord[] = [];
    const seen = new Set<string>();
    for (const hit of hits) {
      const { automation, key, run } = hit;
      const present = facts.automations.get(automation.id);
      if (present?.enabled !== true || facts.fired.get(automation.id)?.has(key) === true) continue;
      if (seen.has(`${automation.id} ${key}`)) continue;
      // What it has brought about itself is not its business.
      if (run !== undefined && chainOf(run).includes(automation.id)) continue;
      seen.add(`${automation.id} ${key}`);
      const owed = deliveriesOf(
        { ...hit, automation: present },
        { now, deployment, recent: recentOf(present.id, now) },
      );
      records.push({ kind: "automation-fired", id: present.id, key, at: now, deliveries: owed });
    }
    if (records.length === 0) return;
    await system.commitAll(records);
    deliveries.add(records.flatMap((record) => (record.kind === "automation-fired" ? record.deliveries : [])));
    tell();
  }

  async function calm(now: number): Promise<void> {
    const records = watch
      .calmed(now)
      .filter(({ automation, key }) => facts.fired.get(automation.id)?.has(key) === true)
      .map(({ automation, key }): AutomationRecord => ({ kind: "automation-calm", id: automation.id, key }));
    if (records.length > 0) await system.commitAll(records);
  }

  async function consider(runs: readonly FlowRun[]): Promise<void> {
    const hits: Hit[] = [];
    for (const run of runs) {
      const view = watch.wantsStates(run) ? await views.of(run.id).catch(() => undefined) : undefined;
      hits.push(...watch.changed(run, view?.states(run.id)));
    }
    await fire(hits);
    await calm(clock.now());
  }

  function heard(published: readonly LiveEvent[]): void {
    const runs: FlowRun[] = [];
    for (const event of published) {
      if (event.type === "removed") watch.removed(event.flow_run_id);
      if (event.type === "flow-run" && event.flow_run.parent_flow_run_id === null) runs.push(event.flow_run);
    }
    if (runs.length === 0) return;
    const at = clock.now();
    const work = inTurn(async () => {
      await consider(runs);
      if (all().length > 0 && Math.abs(at - facts.last.watched) > markEvery) {
        system.append({ kind: "automations-watched", until: at });
      }
      arm();
    });
    quietly("automations", work);
  }

  let cancelTimer: (() => void) | undefined;
  let stopped = false;
  function arm(): void {
    cancelTimer?.();
    if (stopped) return;
    const now = clock.now();
    const next = watch.next(now);
    if (next !== undefined) cancelTimer = clock.after(Math.min(next - now, longestSleep), look);
  }
  function look(): void {
    const work = inTurn(async () => {
      await fire(watch.look(clock.now()));
      await calm(clock.now());
    });
    quietly("automations", work.finally(arm));
  }

  async function* runsSince(time: number): AsyncGenerator<FlowRun> {
    for (let cursor: string | null = null; ; ) {
      const page = await store.flowRuns({
        after: isoTime(Math.max(0, time)),
        limit: 1000,
        ...(cursor === null ? {} : { cursor }),
      });
      yield* page.items;
      cursor = page.next_cursor;
      if (cursor === null) return;
    }
  }

  /** What counts runs gets those of its time; what somebody missed while nobody watched is fired now. */
  async function catchUp(): Promise<void> {
    const now = clock.now();
    const begun = Math.min(...all().map(({ since }) => Date.parse(since)));
    const from = Math.max(facts.last.watched, begun) - margin;
    const windows = enabled().map(({ trigger }) => ("within" in trigger ? trigger.within * 1000 : 0));
    const missed = new Map<string, FlowRun>();
    for await (const run of runsSince(Math.min(from, now - Math.max(0, ...windows)) - day)) {
      watch.remember(run);
      if (Date.parse(run.state.timestamp) >= from) missed.set(run.id, run);
    }
    // Runs may be older than that; what they did last is in no snapshot yet, and so they still stand here.
    for (const id of listLiveRuns(disk, home)) {
      const run = await store.flowRun(id);
      if (run !== undefined) missed.set(id, run);
    }
    const { items } = await store.flowRuns({ state_types: ["SCHEDULED", "PENDING", "RUNNING", "PAUSED"], limit: 1000 });
    for (const run of items) watch.remember(run);
    const byTime = [...missed.values()].sort((left, right) => (left.state.timestamp < right.state.timestamp ? -1 : 1));
    await consider(byTime);
    system.append({ kind: "automations-watched", until: now });
  }

  const view = (stored: StoredAutomation): Automation => {
    const times = [...(facts.fired.get(stored.id)?.values() ?? [])];
    return { ...stored, last_fired: times.length === 0 ? null : isoTime(times.reduce((a, b) => Math.max(a, b), 0)) };
  };
  const told = ({ content: _content, ...rest }: StoredDelivery): Delivery => ({
    ...rest,
    created: isoTime(rest.created),
    updated: isoTime(rest.updated),
    next_attempt: rest.next_attempt === null ? null : isoTime(rest.next_attempt),
  });
  function find(id: string): StoredAutomation {
    const found = facts.automations.get(id);
    if (found !== undefined) return found;
    throw new MillraceError("not-found", `There is no automation ${id} here; \`millrace automations ls\` lists them.`);
  }
  const same = ({ name, declared_in = null }: AutomationSettings): StoredAutomation | undefined =>
    all().find((one) => one.name === name && one.declared_in === declared_in);
  const problemsOf = (settings: AutomationSettings, coming: readonly NamedDeployment[] = []) =>
    automationProblems(settings, {
      hasBlock: (key) => system.facts.blocks.has(key),
      blocks: () => [...system.facts.blocks.keys()],
      deployments: () => [...deployed(), ...coming.filter((one) => !deployed().some((known) => isSame(known, one)))],
    });

  async function keep(automation: StoredAutomation, old: StoredAutomation | undefined): Promise<void> {
    await system.commit({ kind: "automation", automation });
    if (old?.since !== automation.since) watch.drop(automation.id);
    arm();
    tell();
  }

  /** What a test is about: the run that is named, else the newest that fits, else one that never was. */
  async function runFor({ trigger }: AutomationSettings, wanted: string | undefined): Promise<FlowRun | undefined> {
    if (wanted !== undefined) {
      const run = await store.flowRun(wanted);
      if (run === undefined) throw new MillraceError("not-found", `There is no run ${wanted} in this home.`);
      return run;
    }
    if (trigger.type === "silence") return undefined;
    const { items } = await store.flowRuns({ limit: 200 });
    const fits = (run: FlowRun): boolean =>
      isAbout(trigger, run, deployment) && (trigger.type !== "state" || isWanted(trigger.states, run.state));
    const named = trigger.deployments?.[0];
    const own = named === undefined ? undefined : deployed().find((one) => isNamed(one, named));
    return items.find(fits) ?? sampleRun(trigger, own, clock.now());
  }

  async function attemptOnce(delivery: StoredDelivery): Promise<StoredDelivery> {
    if (delivery.state !== "pending") return delivery;
    const done = { ...delivery, attempts: 1, next_attempt: null };
    try {
      return { ...done, state: "delivered", message: await act(delivery), updated: clock.now() };
    } catch (thrown) {
      return { ...done, state: "failed", message: toError(thrown).message, updated: clock.now() };
    }
  }

  let unlisten: () => void = () => undefined;

  return {
    save: (settings, dry, coming = []) =>
      inTurn(async () => {
        const problems = problemsOf(settings, dry ? coming.map(nameParts) : []);
        if (problems.length > 0) return { automation: null, plan: { kind: "unchanged", changes: [], problems } };
        const old = same(settings);
        const whole = wholeAutomation(settings, { before: old, now: isoTime(clock.now()), newId });
        const plan = planOf(old, whole);
        if (dry || plan.kind === "unchanged") {
          return { automation: view(plan.kind === "unchanged" && old !== undefined ? old : whole), plan };
        }
        await keep(whole, old);
        return { automation: view(whole), plan };
      }),
    list: () => all().map(view),
    get: (id) => view(find(id)),
    remove: (id) =>
      inTurn(async () => {
        find(id);
        await system.commit({ kind: "automation-removed", id });
        watch.drop(id);
        arm();
        tell();
      }),
    enable: (id, on) =>
      inTurn(async () => {
        const old = find(id);
        if (old.enabled === on) return view(old);
        const now = isoTime(clock.now());
        // What happened while it was off is not its business.
        const changed = { ...old, enabled: on, updated: now, since: on ? now : old.since };
        await keep(changed, old);
        return view(changed);
      }),
    deliveries(id) {
      find(id);
      return [...facts.deliveries.values()]
        .filter(({ automation_id }) => automation_id === id)
        .toReversed()
        .map(told);
    },
    async test(settings, flowRunId) {
      const problems = problemsOf(settings);
      if (problems.length > 0) {
        const list = problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
        throw new MillraceError("bad-parameters", `The automation "${settings.name}": ${list}`, { fields: problems });
      }
      const saved = same(settings);
      const automation = wholeAutomation(settings, { before: saved, now: isoTime(clock.now()), newId });
      const run = await runFor(settings, flowRunId);
      const reason = run === undefined ? "no run for a while" : `the run is ${run.state_name}`;
      const hit: Hit = { automation, key: "test", reason, run };
      const owed = deliveriesOf(hit, { now: clock.now(), deployment, recent: 0, test: true });
      // Of a run that never was there is no page to open.
      const isReal = run !== undefined && (await store.flowRun(run.id)) !== undefined;
      const done = await Promise.all(owed.map((one) => attemptOnce(isReal ? one : { ...one, flow_run_id: null })));
      if (saved !== undefined && facts.automations.has(saved.id)) {
        await system.commitAll(done.map((delivery) => ({ kind: "delivery", delivery })));
        tell();
      }
      return done.map(told);
    },
    keptUpBy: () =>
      enabled().flatMap(({ trigger, name }) => (trigger.type === "silence" ? [`the automation "${name}"`] : [])),
    isBusy: () => deliveries.owed() > 0,
    async start() {
      unlisten = events.listen(undefined, heard);
      await inTurn(async () => {
        if (all().length > 0) await catchUp();
      });
      deliveries.restore();
      look();
    },
    stop() {
      stopped = true;
      cancelTimer?.();
      deliveries.stop();
      unlisten();
    },
  };
}

function nameParts(title: string): NamedDeployment {
  const at = title.indexOf("/");
  return { id: "", flow_name: title.slice(0, at), name: title.slice(at + 1) };
}

function isSame(left: NamedDeployment, right: NamedDeployment): boolean {
  return left.name === right.name && left.flow_name === right.flow_name;
}
