/** Deployments of a home: made, changed, fired and looked at. This file holds the parts together. */
import type { FlowRun } from "../../protocol/api.ts";
import type { Deployment, DeploymentDrift, DeploymentSettings, UpcomingRun } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { waitsToGoOn } from "../../protocol/states.ts";
import { removeSnapshots } from "../../worker/keep-snapshot.ts";
import type { Modules } from "../../worker/modules.ts";
import type { Core } from "../core.ts";
import type { RunRequest } from "../index/store.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import type { Cancels } from "../runs/cancels.ts";
import { checkId, type Requests } from "../runs/requests.ts";
import type { ResumeCode, Resumes } from "../runs/resumes.ts";
import type { RunViews } from "../runs/run-views.ts";
import type { SystemRecord } from "../system/records.ts";
import { type Backfills, createBackfills } from "./backfills.ts";
import { type Clock, systemClock } from "./clock.ts";
import { lookedAt, snapshotOf } from "./code.ts";
import { createCrashRetries } from "./crash-retries.ts";
import { type Deployed, deploy, recordsOf } from "./deploy.ts";
import { createDispatch } from "./dispatch.ts";
import { findDrift } from "./drift.ts";
import { earlierVersion } from "./go-back.ts";
import { deploymentRun, placeOfRun, scheduledKey, timeKey } from "./run-requests.ts";
import { createScheduler, type Fired, type Mark } from "./scheduler.ts";
import type { StoredDeployment } from "./stored.ts";
import { upcomingRuns } from "./upcoming.ts";
import { apiDeployment, apiVersion } from "./views.ts";

export interface RunNow {
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly scheduled_time?: string;
  readonly tags?: readonly string[];
  readonly idempotency_key?: string;
  readonly name?: string;
}

export interface Deployments {
  deploy(
    settings: DeploymentSettings,
    dry: boolean,
  ): Promise<Omit<Deployed, "deployment"> & { deployment: Deployment | null }>;
  list(): Promise<readonly Deployment[]>;
  /** All that take an id: @throws MillraceError "not-found" */
  get(id: string): Promise<Deployment>;
  versions(id: string): readonly Deployment[];
  drift(id: string): Promise<readonly DeploymentDrift[]>;
  remove(id: string): Promise<void>;
  /** Puts an earlier version in force again, as a new one. */
  goBack(id: string, version: number): Promise<Deployment>;
  pause(id: string, paused: boolean): Promise<Deployment>;
  setActive(id: string, scheduleId: string, active: boolean): Promise<Deployment>;
  /** Resolves with the id of the run once it is durably asked for. @throws MillraceError "bad-parameters" */
  run(id: string, body: RunNow, trigger?: string): Promise<string>;
  upcoming(query: { deployment_id?: string; under?: readonly string[]; limit?: number }): readonly UpcomingRun[];
  readonly backfills: Backfills;
  /** Names of the deployments whose schedules keep the orchestrator up. */
  keptUpBy(): readonly string[];
  /** The same question, asked often. */
  keepsUp(): boolean;
  /** When a schedule fires next, in milliseconds since the epoch. */
  next(): number | undefined;
  whyHeld(runId: string): string | undefined;
  /** Takes up what an earlier orchestrator had accepted; before anything is handed out. */
  restore(): Promise<void>;
  /** Schedules fire from now on. */
  start(): Promise<void>;
  /** Nothing fires any more. */
  stop(): void;
}

export interface DeploymentsOptions {
  readonly core: Core;
  readonly modules: Modules;
  readonly requests: Requests;
  readonly cancels: Cancels;
  readonly live: LiveRuns;
  readonly resumes: Resumes;
  readonly views: RunViews;
  readonly clock?: Clock;
}

export function createDeployments(options: DeploymentsOptions): Deployments {
  const { core, modules, requests, cancels, clock = systemClock } = options;
  const { home, store, system, events, log } = core;
  const { facts } = system;
  const newest = (id: string): StoredDeployment | undefined => facts.deployments.get(id)?.at(-1);
  const all = (): StoredDeployment[] => [...facts.deployments.values()].flatMap((versions) => versions.at(-1) ?? []);
  const tell = (): void => events.publish({ type: "deployments" });

  const scheduler = createScheduler({
    clock,
    deployments: all,
    deployment: newest,
    handled: (id) => facts.handled.get(id),
    fire,
    onLook(now) {
      dispatch.look(now);
      crashes.look(now);
    },
    report: (thrown) => log.error("the schedules", thrown),
  });
  const dispatch = createDispatch({ core, requests, cancels, deployment: newest, wakeBy: scheduler.wakeBy });
  const crashes = createCrashRetries({ ...options, deployment: newest, wakeBy: scheduler.wakeBy });
  const backfills = createBackfills({ core, modules, dispatch, cancels, find, onChange: tell });

  function find(id: string): StoredDeployment {
    const found = newest(id);
    if (found !== undefined) return found;
    const hint = "`millrace deployments ls` lists them";
    throw new MillraceError("not-found", `There is no deployment ${id} in this home; ${hint}.`);
  }

  const view = (stored: StoredDeployment): Promise<Deployment> =>
    apiDeployment(stored, store, scheduler.nextOf(stored.id));

  /** Times that have a run already - the clock was put back - are only marked. */
  async function fire(fired: readonly Fired[], given: readonly Mark[]): Promise<void> {
    const created = clock.now();
    const runs: RunRequest[] = [];
    const marks = [...given];
    for (const { deployment, schedule_id, time } of fired) {
      const key = scheduledKey(deployment.id, schedule_id, time);
      const known = await store.runByIdempotencyKey(deployment.flow_file, key);
      if (known !== undefined) {
        marks.push({ schedule_id, until: newestOf(fired, schedule_id) });
        continue;
      }
      const schedule = deployment.schedules.find(({ id }) => id === schedule_id);
      runs.push(
        deploymentRun(deployment, {
          parameters: schedule?.parameters ?? {},
          due: time,
          created,
          trigger: "schedule",
          idempotency_key: key,
          tags: ["auto-scheduled"],
          scheduled: { schedule_id, time },
          partition: { partition_key: timeKey(time) },
        }),
      );
    }
    const records = marks.map((mark): SystemRecord => ({ kind: "schedule-handled", ...mark }));
    await dispatch.submit(runs, records);
  }

  /** One deploy, pause or removal after the other: each sees what the one before has done. */
  let before: Promise<unknown> = Promise.resolve();
  function oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const next = before.then(work);
    before = next.catch(() => undefined);
    return next;
  }

  async function changed(id: string): Promise<Deployment> {
    scheduler.refresh(id);
    dispatch.release(id);
    tell();
    return view(find(id));
  }

  /** Schedules that begin (again) have missed nothing: their times so far were nobody's. */
  const beginNow = (ids: readonly string[]): SystemRecord[] =>
    ids.map((schedule_id) => ({ kind: "schedule-handled", schedule_id, until: clock.now() }));

  function dropSnapshots(): void {
    const versions = [...facts.deployments.values()].flat();
    const needed = new Set([
      ...versions.map(({ code }) => snapshotOf(code)),
      ...[...facts.requests.values()].map(({ snapshot }) => snapshot),
    ]);
    removeSnapshots(home, (hash) => needed.has(hash) || inUse.has(hash));
  }
  /** Snapshots of runs that go on: they may load another file of it yet. */
  const inUse = new Map<string, number>();
  const runsWith = new Map<string, string>();

  function noteUse(run: FlowRun): void {
    const hash = run.deployment_code == null ? undefined : snapshotOf(run.deployment_code);
    if (hash === undefined) return;
    const ended = run.end_time !== null && !waitsToGoOn(run.state.state_details);
    if (ended === !runsWith.has(run.id)) return;
    const count = (inUse.get(hash) ?? 0) + (ended ? -1 : 1);
    if (ended) runsWith.delete(run.id);
    else runsWith.set(run.id, hash);
    if (count > 0) inUse.set(hash, count);
    else inUse.delete(hash);
  }

  let unlisten: () => void = () => undefined;

  return {
    deploy: (settings, dry) =>
      oneByOne(async () => {
        const { deployment, plan } = await deploy(core, modules, settings, dry);
        if (!dry) dropSnapshots();
        if (deployment === undefined) return { deployment: null, plan };
        if (dry) return { deployment: apiVersion(deployment), plan };
        return { deployment: plan.kind === "unchanged" ? await view(deployment) : await changed(deployment.id), plan };
      }),
    list: () => Promise.all(all().map(view)),
    get: (id) => view(find(id)),
    versions(id) {
      find(id);
      return (facts.deployments.get(id) ?? []).map(apiVersion).toReversed();
    },
    drift: (id) => findDrift(find(id), modules),
    remove: (id) =>
      oneByOne(async () => {
        find(id);
        await system.commit({ kind: "deployment-removed", id });
        // Nobody would let them go any more.
        for (const request of [...facts.requests.values()]) {
          if (request.deployment?.deployment_id !== id || dispatch.whyHeld(request.id) === undefined) continue;
          await cancels.cancel(request.id, "Its deployment was removed.", undefined).catch(() => undefined);
        }
        scheduler.refresh(id);
        dropSnapshots();
        tell();
      }),
    goBack: (id, version) =>
      oneByOne(async () => {
        const before = find(id);
        const now = clock.now();
        const versions = facts.deployments.get(id) ?? [];
        const after = earlierVersion(core, versions, version, new Date(now).toISOString());
        await system.commitAll(recordsOf(after, before, now));
        return changed(id);
      }),
    pause: (id, paused) =>
      oneByOne(async () => {
        const { schedules, paused: already } = find(id);
        if (already !== paused) {
          const begun = paused ? [] : beginNow(schedules.map((schedule) => schedule.id));
          await system.commitAll([...begun, { kind: "deployment-paused", id, paused }]);
        }
        return changed(id);
      }),
    setActive: (id, scheduleId, active) =>
      oneByOne(async () => {
        const { schedules } = find(id);
        const schedule = schedules.find((each) => each.id === scheduleId || each.slug === scheduleId);
        if (schedule === undefined) {
          throw new MillraceError("not-found", `The deployment has no schedule ${scheduleId}.`);
        }
        if (schedule.active !== active) {
          const begun = active ? beginNow([schedule.id]) : [];
          const record = { kind: "schedule-active", deployment_id: id, schedule_id: schedule.id, active } as const;
          await system.commitAll([...begun, record]);
        }
        return changed(id);
      }),
    run: (id, body, trigger = "deployment") =>
      oneByOne(async () => {
        const deployment = find(id);
        const { flow_file, flow_export, code } = deployment;
        if (body.id !== undefined) checkId(body.id);
        const known =
          (body.id === undefined ? undefined : await store.flowRun(body.id))?.id ??
          (body.idempotency_key === undefined
            ? undefined
            : await store.runByIdempotencyKey(flow_file, body.idempotency_key));
        if (known !== undefined) return known;
        const parameters = { ...deployment.parameters, ...body.parameters };
        const file = await lookedAt(core, deployment);
        const fields = await modules.validate(file, flow_export, parameters, snapshotOf(code));
        if (fields.length > 0) {
          const list = fields.map(({ path, message }) => `${path}: ${message}`).join("; ");
          throw new MillraceError("bad-parameters", `${deployment.flow_name} refuses the parameters: ${list}`, {
            fields,
          });
        }
        const created = clock.now();
        const due = body.scheduled_time === undefined ? created : Date.parse(body.scheduled_time);
        const { scheduled_time: _time, ...rest } = body;
        const run = deploymentRun(deployment, {
          ...rest,
          parameters: body.parameters ?? {},
          due,
          created,
          trigger,
        });
        await dispatch.submit([run]);
        return run.id;
      }),
    upcoming({ deployment_id, under, limit = 10 }) {
      const wanted = deployment_id === undefined ? all() : [find(deployment_id)];
      return upcomingRuns(wanted, {
        after: clock.now(),
        limit,
        nextOf: scheduler.nextOfSchedule,
        ...(under === undefined ? {} : { under }),
      });
    },
    backfills,
    keepsUp() {
      for (const versions of facts.deployments.values()) {
        const present = versions.at(-1);
        if (present?.keep_running === true && scheduler.nextOf(present.id) !== undefined) return true;
      }
      return false;
    },
    keptUpBy: () =>
      all().flatMap(({ id, keep_running, flow_name, name }) =>
        keep_running && scheduler.nextOf(id) !== undefined ? [`${flow_name}/${name}`] : [],
      ),
    next: scheduler.next,
    whyHeld: dispatch.whyHeld,
    async restore() {
      unlisten = events.listen(undefined, (published) => {
        for (const event of published) {
          if (event.type !== "flow-run" || event.flow_run.deployment_id === null) continue;
          const { flow_run: run } = event;
          noteUse(run);
          if (run.parent_flow_run_id === null && crashes.takes(run)) continue;
          dispatch.changed(run);
          backfills.changed(run);
        }
      });
      await dispatch.restore();
      await crashes.restore();
      backfills.restore();
    },
    start: scheduler.start,
    stop() {
      scheduler.stop();
      unlisten();
    },
  };
}

function newestOf(fired: readonly Fired[], scheduleId: string): number {
  return Math.max(...fired.filter(({ schedule_id }) => schedule_id === scheduleId).map(({ time }) => time));
}

/** The code that a run goes on with: that of the deployment's present version, where something was mended since. */
export function resumeCodeOf(core: Pick<Core, "system">): ResumeCode {
  return (run, sameCode) => {
    const newest = core.system.facts.deployments.get(run.deployment_id ?? "")?.at(-1);
    const code = sameCode || newest === undefined ? run.deployment_code : newest.code;
    const snapshot = code == null ? undefined : snapshotOf(code);
    const infrastructure = newest?.infrastructure;
    const env = infrastructure?.type === "process" ? infrastructure.env : undefined;
    return {
      ...(newest === undefined || code == null ? {} : { place: placeOfRun(newest, code) }),
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(env === undefined ? {} : { environment: env }),
    };
  };
}
