/**
 * What stands in system.<epoch>.ndjson, in the line format of run journals. An epoch's file begins with the full
 * present state, closed by "state-complete"; a file without that line never came into force.
 */
import type { Variable } from "../../protocol/api.ts";
import { isBlockReference, mapData } from "../../protocol/block-data.ts";
import type { BlockType } from "../../protocol/blocks.ts";
import type { Infrastructure } from "../../protocol/deployments.ts";
import type { ResumeOptions } from "../../protocol/live.ts";
import type { WriterIdentity } from "../../protocol/records.ts";
import {
  type AutomationFacts,
  type AutomationRecord,
  applyAutomationRecord,
  automationRecords,
  isAutomationRecord,
  noAutomationFacts,
} from "../automations/facts.ts";
import { renameInFacts } from "../blocks/uses.ts";
import type { StoredBackfill, StoredDeployment } from "../deployments/stored.ts";
import type { LimitSetting, PoolSetting, QueueSetting, RunRequest } from "../index/store.ts";

/** The pool that is always there, and its queue, which the built-in worker serves. */
export const defaultName = "default";

export const systemVersion = { major: 1, minor: 0 } as const;

/** Somebody asked that a run that had ended goes on; done once the run has a segment beyond `after_segment`. */
export interface ResumeRequest {
  readonly id: string;
  readonly options: ResumeOptions;
  readonly after_segment: number;
  readonly at: number;
}

/** A block document as it is kept: `{ $secret }` names a ciphertext in secrets/, never a value. */
export interface StoredBlock {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** Of the type when it was saved, for a document whose type is not registered here. */
  readonly type_name: string;
  /** What declared the type when it was saved; documents of earlier versions do not say. */
  readonly type_module?: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly version: number;
  readonly created: string;
  readonly updated: string;
  readonly schema_checksum: string;
  /** The fields that the schema had when it was saved: what is beyond them was never asked for. */
  readonly asked: readonly string[];
}

/** A type that somebody has registered; built-in ones come with the programs. */
export interface RegisteredType {
  readonly type: BlockType;
  /** The folder from which a package is found. */
  readonly cwd: string;
}

/** Key of a document among the blocks. */
export const blockKey = (slug: string, name: string): string => `${slug}/${name}`;

/** A work pool with its queues: written whole with each change. */
export interface PoolRecord extends PoolSetting {
  readonly type: "process" | "docker";
  readonly description: string | null;
  readonly infrastructure: Infrastructure;
  readonly created: number;
  readonly queues: readonly QueueRecord[];
  /** SHA-256 of the tokens that workers of this pool may use, in hex. */
  readonly token_hashes: readonly string[];
}

export interface QueueRecord extends QueueSetting {
  readonly description: string | null;
}

/**
 * A run that was given to a worker, from then until its end is safely known here. Without `begun` it is the worker's
 * for the time of its lease only; with it, for good.
 */
export interface ClaimRecord {
  readonly id: string;
  readonly run_id: string;
  readonly pool: string;
  readonly queue: string;
  /** "built-in", or the id of a worker of another process. */
  readonly worker: string;
  readonly worker_name: string;
  readonly at: number;
  /** When it was granted to begin. */
  readonly begun?: number;
  /** Its worker was away for too long: the run is called crashed. What the worker brings later still counts. */
  readonly given_up?: number;
  /** The segment that says so: the worker's own segments are those before it. */
  readonly verdict?: number;
  /** Of a run that goes on: the last segment that its worker was given. */
  readonly after?: number;
  readonly cancel?: { readonly reason: string; readonly grace_ms: number };
}

/** Slots of a concurrency limit that a run of another home holds. */
export interface RemoteSlot {
  readonly holder: string;
  readonly run_id: string;
  readonly names: readonly string[];
}

export type SystemRecord =
  | {
      readonly kind: "epoch";
      readonly epoch: number;
      readonly version: { readonly major: number; readonly minor: number };
      readonly writer: WriterIdentity;
      readonly at: number;
    }
  | { readonly kind: "state-complete" }
  | { readonly kind: "variable"; readonly variable: Variable }
  | { readonly kind: "variable-removed"; readonly name: string }
  | { readonly kind: "limit"; readonly limit: LimitSetting }
  | { readonly kind: "limit-removed"; readonly name: string }
  | ({ readonly kind: "block-type" } & RegisteredType)
  | { readonly kind: "block-type-removed"; readonly slug: string }
  | { readonly kind: "block"; readonly block: StoredBlock }
  | { readonly kind: "block-removed"; readonly slug: string; readonly name: string }
  /** References of other documents, of deployments, pools and automations are rewritten with it. */
  | {
      readonly kind: "block-renamed";
      readonly slug: string;
      readonly name: string;
      readonly to: string;
      readonly at: string;
    }
  | { readonly kind: "run-request"; readonly request: RunRequest }
  /** The run has a journal of its own now, or will never have one. */
  | { readonly kind: "run-request-ended"; readonly id: string }
  | { readonly kind: "resume-request"; readonly resume: ResumeRequest }
  | { readonly kind: "resume-request-ended"; readonly id: string }
  | { readonly kind: "work-pool"; readonly pool: PoolRecord }
  | { readonly kind: "work-pool-removed"; readonly name: string }
  | { readonly kind: "claim"; readonly claim: ClaimRecord }
  | { readonly kind: "claim-ended"; readonly run_id: string }
  /** A worker that was given up has (had) the run, and another one has it by now. */
  | { readonly kind: "lost-claim"; readonly claim: ClaimRecord }
  | { readonly kind: "lost-claim-ended"; readonly id: string }
  | { readonly kind: "remote-slot"; readonly slot: RemoteSlot }
  | { readonly kind: "remote-slot-ended"; readonly holder: string }
  /** One version of a deployment. */
  | { readonly kind: "deployment"; readonly deployment: StoredDeployment }
  | { readonly kind: "deployment-paused"; readonly id: string; readonly paused: boolean }
  | { readonly kind: "deployment-removed"; readonly id: string }
  | {
      readonly kind: "schedule-active";
      readonly deployment_id: string;
      readonly schedule_id: string;
      readonly active: boolean;
    }
  /**
   * The times of a schedule up to this one are dealt with. What fires says so in its own run request; this stands for
   * the times that a policy left out, and for a beginning.
   */
  | { readonly kind: "schedule-handled"; readonly schedule_id: string; readonly until: number }
  | { readonly kind: "backfill"; readonly backfill: StoredBackfill }
  | { readonly kind: "backfill-cancelled"; readonly id: string }
  | AutomationRecord;

/** The truth of the home that no run's journal holds. */
export interface SystemFacts {
  readonly variables: Map<string, Variable>;
  readonly limits: Map<string, LimitSetting>;
  readonly requests: Map<string, RunRequest>;
  readonly resumes: Map<string, ResumeRequest>;
  /** By slug. */
  readonly blockTypes: Map<string, RegisteredType>;
  /** By `blockKey`. */
  readonly blocks: Map<string, StoredBlock>;
  readonly pools: Map<string, PoolRecord>;
  /** By run. */
  readonly claims: Map<string, ClaimRecord>;
  /** Claims that were given up and whose run somebody else has since, by their own id. */
  readonly lostClaims: Map<string, ClaimRecord>;
  /** By holder. */
  readonly remoteSlots: Map<string, RemoteSlot>;
  /** All kept versions by deployment, the newest last; never empty. */
  readonly deployments: Map<string, readonly StoredDeployment[]>;
  /** Up to which time (milliseconds since the epoch) each schedule is dealt with. */
  readonly handled: Map<string, number>;
  readonly backfills: Map<string, StoredBackfill>;
  readonly automations: AutomationFacts;
  /** Records of a newer version, kept and written again into the next epoch. */
  readonly unknown: object[];
}

export function noFacts(): SystemFacts {
  return {
    variables: new Map(),
    limits: new Map(),
    requests: new Map(),
    resumes: new Map(),
    blockTypes: new Map(),
    blocks: new Map(),
    pools: new Map(),
    claims: new Map(),
    lostClaims: new Map(),
    remoteSlots: new Map(),
    deployments: new Map(),
    handled: new Map(),
    backfills: new Map(),
    automations: noAutomationFacts(),
    unknown: [],
  };
}

export function applySystemRecord(facts: SystemFacts, record: SystemRecord): void {
  switch (record.kind) {
    case "epoch":
    case "state-complete":
      return;
    case "variable":
      facts.variables.set(record.variable.name, record.variable);
      return;
    case "variable-removed":
      facts.variables.delete(record.name);
      return;
    case "limit":
      facts.limits.set(record.limit.name, record.limit);
      return;
    case "limit-removed":
      facts.limits.delete(record.name);
      return;
    case "block-type":
      facts.blockTypes.set(record.type.slug, { type: record.type, cwd: record.cwd });
      return;
    case "block-type-removed":
      facts.blockTypes.delete(record.slug);
      return;
    case "block":
      facts.blocks.set(blockKey(record.block.slug, record.block.name), record.block);
      return;
    case "block-removed":
      facts.blocks.delete(blockKey(record.slug, record.name));
      return;
    case "block-renamed":
      renameBlock(facts, record);
      return;
    case "run-request": {
      const request = withPool(record.request);
      facts.requests.set(request.id, request);
      if (request.scheduled === undefined) return;
      const { schedule_id, time } = request.scheduled;
      facts.handled.set(schedule_id, Math.max(time, facts.handled.get(schedule_id) ?? time));
      return;
    }
    case "run-request-ended":
      facts.requests.delete(record.id);
      return;
    case "resume-request":
      facts.resumes.set(record.resume.id, record.resume);
      return;
    case "resume-request-ended":
      facts.resumes.delete(record.id);
      return;
    case "work-pool":
      facts.pools.set(record.pool.name, record.pool);
      return;
    case "work-pool-removed":
      facts.pools.delete(record.name);
      return;
    case "claim": {
      const before = facts.claims.get(record.claim.run_id);
      // Its worker may bring yet what it has of the run.
      if (before?.given_up !== undefined && before.id !== record.claim.id) facts.lostClaims.set(before.id, before);
      facts.claims.set(record.claim.run_id, record.claim);
      return;
    }
    case "lost-claim":
      facts.lostClaims.set(record.claim.id, record.claim);
      return;
    case "lost-claim-ended":
      facts.lostClaims.delete(record.id);
      return;
    case "claim-ended":
      facts.claims.delete(record.run_id);
      return;
    case "remote-slot":
      facts.remoteSlots.set(record.slot.holder, record.slot);
      return;
    case "remote-slot-ended":
      facts.remoteSlots.delete(record.holder);
      return;
    case "deployment":
      addVersion(facts, record.deployment);
      return;
    case "deployment-paused":
      changeNewest(facts, record.id, (newest) => ({ ...newest, paused: record.paused }));
      return;
    case "deployment-removed":
      for (const { id } of facts.deployments.get(record.id)?.at(-1)?.schedules ?? []) facts.handled.delete(id);
      facts.deployments.delete(record.id);
      for (const { id, deployment_id } of [...facts.backfills.values()]) {
        if (deployment_id === record.id) facts.backfills.delete(id);
      }
      return;
    case "schedule-active":
      changeNewest(facts, record.deployment_id, (newest) => ({
        ...newest,
        schedules: newest.schedules.map((schedule) =>
          schedule.id === record.schedule_id ? { ...schedule, active: record.active } : schedule,
        ),
      }));
      return;
    case "schedule-handled":
      facts.handled.set(record.schedule_id, record.until);
      return;
    case "backfill":
      facts.backfills.set(record.backfill.id, record.backfill);
      return;
    case "backfill-cancelled": {
      const backfill = facts.backfills.get(record.id);
      if (backfill !== undefined) facts.backfills.set(record.id, { ...backfill, cancelled: true });
      return;
    }
    default:
      if (isAutomationRecord(record)) applyAutomationRecord(facts.automations, record);
      else facts.unknown.push(record);
  }
}

function renameBlock(
  facts: SystemFacts,
  { slug, name, to, at }: { readonly slug: string; readonly name: string; readonly to: string; readonly at: string },
): void {
  const { blocks } = facts;
  const [from, now] = [blockKey(slug, name), blockKey(slug, to)];
  const renamed = blocks.get(from);
  if (renamed === undefined) return;
  blocks.delete(from);
  blocks.set(now, { ...renamed, name: to, version: renamed.version + 1, updated: at });
  for (const [key, block] of blocks) {
    let refers = false;
    const data = mapData(block.data, (value) => {
      if (!isBlockReference(value) || value.$block !== from) return value;
      refers = true;
      return { $block: now };
    });
    if (refers) blocks.set(key, { ...block, data, version: block.version + 1, updated: at });
  }
  renameInFacts(facts, { from, to: now });
}

/** A request of a version that knew one pool only. */
function withPool(request: Omit<RunRequest, "work_pool"> & Partial<RunRequest>): RunRequest {
  return { work_pool: defaultName, ...request };
}

/** The records that give `facts` again: the beginning of an epoch. */
export function factRecords(facts: SystemFacts): readonly object[] {
  const variables = [...facts.variables.values()].map((variable) => ({ kind: "variable", variable }) as const);
  const limits = [...facts.limits.values()].map((limit) => ({ kind: "limit", limit }) as const);
  const requests = [...facts.requests.values()].map((request) => ({ kind: "run-request", request }) as const);
  const resumes = [...facts.resumes.values()].map((resume) => ({ kind: "resume-request", resume }) as const);
  const types = [...facts.blockTypes.values()].map((type) => ({ kind: "block-type", ...type }) as const);
  const blocks = [...facts.blocks.values()].map((block) => ({ kind: "block", block }) as const);
  const pools = [...facts.pools.values()].map((pool) => ({ kind: "work-pool", pool }) as const);
  const claims = [...facts.claims.values()].map((claim) => ({ kind: "claim", claim }) as const);
  const lost = [...facts.lostClaims.values()].map((claim) => ({ kind: "lost-claim", claim }) as const);
  const slots = [...facts.remoteSlots.values()].map((slot) => ({ kind: "remote-slot", slot }) as const);
  const versions = [...facts.deployments.values()].flat();
  const deployments = versions.map((deployment) => ({ kind: "deployment", deployment }) as const);
  const backfills = [...facts.backfills.values()].map((backfill) => ({ kind: "backfill", backfill }) as const);
  // Behind the requests, which move them too. What belongs to no schedule any more ends here.
  const handled = versions
    .flatMap(({ schedules }) => schedules.map(({ id }) => id))
    .flatMap((schedule_id) => {
      const until = facts.handled.get(schedule_id);
      return until === undefined ? [] : [[schedule_id, until] as const];
    });
  const marks = [...new Map(handled)].map(
    ([schedule_id, until]) => ({ kind: "schedule-handled", schedule_id, until }) as const,
  );
  const records: readonly SystemRecord[] = [
    ...variables,
    ...limits,
    ...requests,
    ...resumes,
    ...types,
    ...blocks,
    ...pools,
    ...claims,
    ...lost,
    ...slots,
    ...deployments,
    ...backfills,
    ...marks,
    ...automationRecords(facts.automations),
  ];
  return [...facts.unknown, ...records];
}

/** Older ones are forgotten, and the snapshots that only they run. */
export const mostVersions = 50;

function addVersion(facts: SystemFacts, deployment: StoredDeployment): void {
  const before = facts.deployments.get(deployment.id) ?? [];
  facts.deployments.set(deployment.id, [...before, deployment].slice(-mostVersions));
}

function changeNewest(facts: SystemFacts, id: string, change: (newest: StoredDeployment) => StoredDeployment): void {
  const versions = facts.deployments.get(id);
  const newest = versions?.at(-1);
  if (versions !== undefined && newest !== undefined) {
    facts.deployments.set(id, [...versions.slice(0, -1), change(newest)]);
  }
}
