/**
 * Runs for scheduled times of the past: a bounded number at the same time, each with its time as the partition key. A
 * run of the schedule itself has the same key, so a backfill fills the gaps only.
 */
import type { FlowRun } from "../../protocol/api.ts";
import type { Backfill, BackfillPartition, CreateBackfill, Schedule } from "../../protocol/deployments.ts";
import { type FieldProblem, MillraceError } from "../../protocol/errors.ts";
import { newId } from "../../protocol/ids.ts";
import { instantOf, scheduleProblems, scheduleTimes } from "../../protocol/schedules.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { Modules } from "../../worker/modules.ts";
import type { Core } from "../core.ts";
import type { Cancels } from "../runs/cancels.ts";
import { lookedAt, snapshotOf } from "./code.ts";
import type { Dispatch } from "./dispatch.ts";
import { deploymentRun, timeKey } from "./run-requests.ts";
import type { StoredBackfill, StoredDeployment } from "./stored.ts";

export interface Backfills {
  /** @throws MillraceError "not-found", "bad-parameters" with the fields */
  create(body: CreateBackfill, dry: boolean): Promise<Backfill>;
  list(): Promise<readonly Backfill[]>;
  /** @throws MillraceError "not-found" */
  get(id: string): Promise<Backfill>;
  /** Starts no more partitions and cancels those that go on. */
  cancel(id: string): Promise<Backfill>;
  changed(run: FlowRun): void;
  restore(): void;
}

export interface BackfillsOptions {
  readonly core: Core;
  readonly modules: Modules;
  readonly dispatch: Dispatch;
  readonly cancels: Cancels;
  /** @throws MillraceError "not-found" */
  readonly find: (deploymentId: string) => StoredDeployment;
  readonly onChange: () => void;
}

/** A range that has more is a mistake more often than a wish; two ranges do what one cannot. */
const mostPartitions = 10_000;

export function createBackfills(options: BackfillsOptions): Backfills {
  const { core, modules, dispatch, cancels, find, onChange } = options;
  const { store, system, log } = core;
  const advancing = new Map<string, Promise<void>>();

  async function runsOf(filter: { deployment_id: string; backfill_id?: string }): Promise<FlowRun[]> {
    const runs: FlowRun[] = [];
    for (let cursor: string | null = null; ; ) {
      const page = await store.flowRuns({ ...filter, limit: 1000, ...(cursor === null ? {} : { cursor }) });
      runs.push(...page.items);
      cursor = page.next_cursor;
      if (cursor === null) return runs;
    }
  }

  async function view(backfill: StoredBackfill): Promise<Backfill> {
    const { id, deployment_id, created, concurrency, keys, cancelled } = backfill;
    const own = await runsOf({ deployment_id, backfill_id: id });
    const complete = new Set(backfill.complete_before);
    const byKey = new Map(own.map((run) => [run.partition_key, run]));
    const partitions = keys.map((key): BackfillPartition => {
      const run = byKey.get(key);
      if (run !== undefined) return { key, state: stateOf(run), flow_run_id: run.id };
      return { key, state: complete.has(key) ? "complete" : "missing", flow_run_id: null };
    });
    return { id, deployment_id, created, concurrency, partitions, cancelled };
  }

  /** One at a time for each backfill: asks for as many partitions as may go on. */
  function advance(id: string): Promise<void> {
    const next = (advancing.get(id) ?? Promise.resolve()).then(() => advanceNow(id));
    const quiet = next.catch((thrown: unknown) => log.error(`backfill ${id}`, thrown));
    advancing.set(id, quiet);
    return quiet;
  }

  async function advanceNow(id: string): Promise<void> {
    const backfill = system.facts.backfills.get(id);
    const deployment = system.facts.deployments.get(backfill?.deployment_id ?? "")?.at(-1);
    if (backfill === undefined || deployment === undefined || backfill.cancelled) return;
    const own = await runsOf({ deployment_id: deployment.id, backfill_id: id });
    const begun = new Set([...backfill.complete_before, ...own.map((run) => run.partition_key)]);
    const places = backfill.concurrency - own.filter((run) => !isTerminal(run.state_type)).length;
    const keys = backfill.keys.filter((key) => !begun.has(key)).slice(0, Math.max(0, places));
    const now = Date.now();
    const requests = keys.map((key) =>
      deploymentRun(deployment, {
        parameters: parametersFor(backfill, key),
        due: now,
        created: now,
        trigger: "backfill",
        idempotency_key: `backfill ${id} ${key}`,
        partition: { partition_key: key, backfill_id: id },
      }),
    );
    if (requests.length > 0) await dispatch.submit(requests);
  }

  async function create(body: CreateBackfill, dry: boolean): Promise<Backfill> {
    const deployment = find(body.deployment_id);
    const keys = partitionsOf(deployment, body);
    const done = new Set<string>();
    if (body.again !== true) {
      for (const run of await runsOf({ deployment_id: deployment.id })) {
        if (run.state_type === "COMPLETED" && typeof run.partition_key === "string") done.add(run.partition_key);
      }
    }
    const backfill: StoredBackfill = {
      id: newId(),
      deployment_id: deployment.id,
      created: new Date().toISOString(),
      concurrency: body.concurrency ?? 1,
      keys,
      parameters: body.parameters ?? {},
      partition_parameter: body.partition_parameter ?? null,
      complete_before: keys.filter((key) => done.has(key)),
      cancelled: false,
    };
    await check(deployment, backfill);
    if (dry) return view(backfill);
    await system.commit({ kind: "backfill", backfill });
    onChange();
    await advance(backfill.id);
    return view(backfill);
  }

  /** The first partition stands for all: what the flow refuses of it, it refuses of each. */
  async function check(deployment: StoredDeployment, backfill: StoredBackfill): Promise<void> {
    const first = backfill.keys.find((key) => !backfill.complete_before.includes(key));
    if (first === undefined) return;
    const { flow_export, code } = deployment;
    const parameters = { ...deployment.parameters, ...parametersFor(backfill, first) };
    const problems = await modules.validate(
      await lookedAt(core, deployment),
      flow_export,
      parameters,
      snapshotOf(code),
    );
    if (problems.length > 0)
      throw refused(problems.map(({ path, message }) => ({ path: `parameters.${path}`, message })));
  }

  const stored = (id: string): StoredBackfill => {
    const found = system.facts.backfills.get(id);
    if (found !== undefined) return found;
    throw new MillraceError(
      "not-found",
      `There is no backfill ${id} in this home; \`millrace backfill ls\` lists them.`,
    );
  };

  return {
    create,
    list: () => Promise.all([...system.facts.backfills.values()].toReversed().map(view)),
    get: async (id) => view(stored(id)),
    async cancel(id) {
      const backfill = stored(id);
      if (!backfill.cancelled) await system.commit({ kind: "backfill-cancelled", id });
      await advancing.get(id);
      const own = await runsOf({ deployment_id: backfill.deployment_id, backfill_id: id });
      const open = own.filter((run) => !isTerminal(run.state_type));
      // One that ends meanwhile needs no cancelling.
      await Promise.all(
        open.map((run) => cancels.cancel(run.id, "Its backfill was cancelled.", undefined).catch(() => {})),
      );
      onChange();
      return view(stored(id));
    },
    changed(run) {
      const { backfill_id: id } = run;
      if (typeof id === "string" && isTerminal(run.state_type)) void advance(id).then(onChange);
    },
    restore() {
      for (const { id, cancelled } of system.facts.backfills.values()) if (!cancelled) void advance(id);
    },
  };
}

function parametersFor({ parameters, partition_parameter }: StoredBackfill, key: string): Record<string, unknown> {
  return partition_parameter === null ? { ...parameters } : { ...parameters, [partition_parameter]: key };
}

function stateOf({ state_type }: FlowRun): BackfillPartition["state"] {
  if (state_type === "COMPLETED") return "complete";
  if (isTerminal(state_type)) return "failed";
  return state_type === "SCHEDULED" || state_type === "PENDING" ? "waiting" : "running";
}

/** The scheduled times of the range, both ends with it. @throws MillraceError "bad-parameters" */
function partitionsOf(deployment: StoredDeployment, body: CreateBackfill): string[] {
  const schedule = scheduleOf(deployment, body);
  const { timezone } = schedule;
  const [start, end] = [instantOf(body.start, timezone), instantOf(body.end, timezone, true)];
  const problems: FieldProblem[] = [];
  const write = "is no date (2026-01-31) or time (2026-01-31T05:00:00Z)";
  if (start === undefined) problems.push({ path: "start", message: `"${body.start}" ${write}` });
  if (end === undefined) problems.push({ path: "end", message: `"${body.end}" ${write}` });
  if (start !== undefined && end !== undefined && start > end)
    problems.push({ path: "end", message: "is before start" });
  if (start === undefined || end === undefined || problems.length > 0) throw refused(problems);
  const keys: string[] = [];
  for (const time of scheduleTimes({ schedule, start_date: null, end_date: null }, start - 1)) {
    if (time > end) break;
    if (keys.length === mostPartitions) {
      throw refused([{ path: "end", message: `the range has more than ${mostPartitions} times; take a part of it` }]);
    }
    keys.push(timeKey(time));
  }
  return keys;
}

function scheduleOf(deployment: StoredDeployment, body: CreateBackfill): Schedule {
  if (body.cron !== undefined) {
    const schedule = { cron: body.cron, timezone: body.timezone ?? "UTC" };
    const problems = scheduleProblems(schedule, "").map(({ path, message }) => ({ path: path.slice(1), message }));
    if (problems.length > 0) throw refused(problems);
    return schedule;
  }
  const { schedules } = deployment;
  const wanted = body.schedule_id;
  const found = schedules.find(({ id, slug }) => id === wanted || (wanted !== undefined && slug === wanted));
  const only = wanted === undefined && schedules.length === 1 ? schedules[0] : found;
  if (only !== undefined) return only.schedule;
  const message =
    wanted !== undefined
      ? `the deployment has no schedule ${wanted}`
      : schedules.length === 0
        ? "the deployment has no schedule: say the times with cron"
        : `the deployment has ${schedules.length} schedules: say which, or the times with cron`;
  throw refused([{ path: "schedule_id", message }]);
}

function refused(fields: readonly FieldProblem[]): MillraceError {
  const list = fields.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new MillraceError("bad-parameters", `This backfill cannot be made: ${list}.`, { fields });
}
