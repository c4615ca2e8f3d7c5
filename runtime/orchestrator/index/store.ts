/**
 * The orchestrator's index: everything it can list, count and look up without opening a journal. Asynchronous and
 * without SQL above it, so that another backend can stand behind it. The truth is in the journals: an index can always
 * be made again from them, and it only knows what is durable there.
 */
import type {
  ConcurrencyLimit,
  CreateFlowRun,
  FlowRun,
  FlowRunFilter,
  Page,
  TaskRun,
  Variable,
} from "../../protocol/api.ts";
import type { SourceLocation } from "../../protocol/errors.ts";
import type { TaskAgain } from "../../protocol/live.ts";
import type { FlowReference, PositionedRecord, RunOfDeployment } from "../../protocol/records.ts";
import type { State, StateName, StateType } from "../../protocol/states.ts";
import type { WaitingResume } from "../../protocol/workers.ts";

/** Where folding a run stands: everything below `offset` of `segment` is in the index. */
export interface FoldedOffset {
  readonly run_id: string;
  readonly segment: number;
  /** Bytes from the start of the segment. */
  readonly offset: number;
  /** The last record's number in its segment; -1 when the segment has had none yet. */
  readonly seq: number;
}

/** A piece of one segment, in order: the records that stand between two offsets. */
export interface RunBatch {
  readonly runId: string;
  readonly segment: number;
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly records: readonly PositionedRecord[];
}

/**
 * - `applied`: the records are in, `folded` has moved.
 * - `known`: all of it was in already; nothing changed.
 * - `gap`: the batch begins behind `folded`; nothing changed. Read on from `folded`.
 * - `void`: a newer segment sealed the one before it below what was folded; nothing changed. Delete the run from the
 *   index and fold it again from its first segment.
 */
export interface Applied {
  readonly status: "applied" | "known" | "gap" | "void";
  readonly folded: FoldedOffset | undefined;
  /** The runs that the batch touched, each once, as they are after it. Made when asked for. */
  flowRuns(): readonly FlowRun[];
  taskRuns(): readonly TaskRun[];
}

export interface TaskRunPage {
  readonly limit?: number;
  readonly cursor?: string;
  /** Also the task runs of subflow runs, at any depth. */
  readonly include_subflows?: boolean;
}

/** A flow that has runs. */
export interface FlowSummary {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly export: string | null;
  /** Root runs. */
  readonly runs: number;
  readonly last_run_id: string | null;
}

/** What a chart needs of one run. */
export interface RunFacts {
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly state_type: StateType;
  /** Seconds in RUNNING. */
  readonly duration: number;
}

/** Task runs of one flow run that are alike: one task, one place of the call, one state. */
export interface TaskGroup {
  readonly task_key: string;
  readonly source: SourceLocation | null;
  readonly state_type: StateType;
  readonly state_name: StateName;
  readonly count: number;
  /** Seconds, summed. */
  readonly duration: number;
  /** The newest of them. */
  readonly task_run_id: string;
}

/** A run that somebody asked for and that no runner has begun: it waits in a queue. */
export interface RunRequest {
  /** The id that the run will have. */
  readonly id: string;
  readonly work_pool: string;
  readonly queue: string;
  /** Not before this time, in milliseconds since the epoch. */
  readonly due: number;
  readonly created: number;
  readonly flow: FlowReference;
  readonly name: string;
  readonly run: CreateFlowRun;
  /** Instead of a flow: one task of the file. */
  readonly task?: TaskAgain;
  readonly deployment?: RunOfDeployment & { readonly deployment_id: string };
  /** The schedule whose time it is. That it stands here is what keeps the time from coming a second time. */
  readonly scheduled?: { readonly schedule_id: string; readonly time: number };
  /** The sources that it loads instead of those at their paths. */
  readonly snapshot?: string;
  /** Nobody is given it yet, and why in a sentence: a limit is reached, an earlier run goes on. */
  readonly held?: string;
  readonly claimed?: { readonly worker: string; readonly at: number };
  /** The run has been executed before: it goes on behind this segment of its journal. */
  readonly resume?: WaitingResume;
}

/** What a claim needs of a pool; a pool that the index does not know gives out nothing. */
export interface PoolSetting {
  readonly name: string;
  readonly is_paused: boolean;
  readonly concurrency_limit: number | null;
  readonly queues: readonly QueueSetting[];
}

export interface QueueSetting {
  readonly name: string;
  /** 1 is the highest, as in Prefect. */
  readonly priority: number;
  readonly is_paused: boolean;
  readonly concurrency_limit: number | null;
}

/** A place in a pool that a run takes up, from its claim to its end. */
export interface Place {
  readonly run_id: string;
  readonly pool: string;
  readonly queue: string;
}

export interface ClaimQuery {
  readonly worker: string;
  readonly pool: string;
  /** Only of these queues; all when left out. */
  readonly queues?: readonly string[];
  /** Runs that this worker does not get. */
  readonly except?: readonly string[];
  /** At most so many. */
  readonly limit: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What the index holds that no run's journal says; its truth is the home's system journal. */
export interface SystemState {
  readonly variables: readonly Variable[];
  readonly limits: readonly LimitSetting[];
  readonly requests: readonly RunRequest[];
  readonly pools: readonly PoolSetting[];
  readonly places: readonly Place[];
}

export interface RequestChange {
  readonly held?: string | null;
  readonly state?: State;
}

export type LimitSetting = Pick<ConcurrencyLimit, "name" | "limit" | "active">;

export interface IndexStore {
  /** Folds a batch in, whole or not at all. Idempotent by (run, segment, offset). */
  applyRun(batch: RunBatch): Promise<Applied>;
  /** Folds several batches in one transaction; those of one run in order. */
  applyRuns(batches: readonly RunBatch[]): Promise<readonly Applied[]>;
  folded(runId: string): Promise<FoldedOffset | undefined>;
  /**
   * Where folding stands for all runs that changed after the change number given (0: all), and the runs deleted
   * since. Change numbers grow by one with each batch applied and each deletion; deletions up to the number given are
   * forgotten. A run that was deleted and folded again stands in both lists.
   */
  changesSince(change: number): Promise<IndexChanges>;
  /** Forgets a root run and everything in it. False when it was not known. */
  deleteRun(rootRunId: string): Promise<boolean>;

  flowRun(id: string): Promise<FlowRun | undefined>;
  /** Newest first. `limit` defaults to 50, 1000 at most. Throws MillraceError "bad-parameters" for a bad cursor or time. */
  flowRuns(filter: FlowRunFilter): Promise<Page<FlowRun>>;
  /** How many root runs (or what the filter says) there are by state; `limit` and `cursor` do not count. */
  countFlowRuns(filter: FlowRunFilter): Promise<Partial<Record<StateType, number>>>;
  /** Of every run that matches, in no order; `limit` and `cursor` do not count. */
  runFacts(filter: FlowRunFilter): Promise<readonly RunFacts[]>;
  /** In the order in which they came into being. `limit` defaults to 200, 10,000 at most. */
  taskRuns(flowRunId: string, page?: TaskRunPage): Promise<Page<TaskRun>>;
  taskRun(id: string): Promise<TaskRun | undefined>;
  /**
   * A flow run's own task runs (not those of its subflows) in groups, in the order in which they first came into being.
   * What a resume or a retry has made anew is left out.
   */
  taskGroups(flowRunId: string): Promise<readonly TaskGroup[]>;
  /** The root run that a flow run, subflow run or task run belongs to: whose journal has the details. */
  rootOf(id: string): Promise<string | undefined>;
  flows(): Promise<readonly FlowSummary[]>;
  /** The newest run, root or subflow run, of each flow in a file; newest first. */
  lastRunsOf(file: string): Promise<readonly FlowRun[]>;
  /** The run, begun or requested, that was started with this key for this file; the newest when there are several. */
  runByIdempotencyKey(file: string, key: string): Promise<string | undefined>;

  /** Puts a run into its queue; it is listed as a flow run (SCHEDULED, or PENDING when due) from now on. */
  requestRun(request: RunRequest): Promise<void>;
  /** The same for many, in one transaction. */
  requestRuns(requests: readonly RunRequest[]): Promise<void>;
  /**
   * Takes requests that are due, unclaimed and not held: by the queues' priority, then due time, then id, as many as the worker
   * wants and the pool's and each queue's limit leave free. What is taken holds a place until `freePlace`. Atomic: a
   * request is given to one worker only, and no limit is passed, however many ask at once.
   */
  claimRuns(query: ClaimQuery): Promise<readonly RunRequest[]>;
  /**
   * Holds a request back or lets it go (`held: null`), and gives the run that it is listed as another state. Nothing
   * changes, and undefined is the answer, once a worker has it.
   */
  changeRequest(id: string, change: RequestChange): Promise<FlowRun | undefined>;
  /** Gives claimed requests back to their queue, and their places: the worker is gone, or cannot start them. Returns their ids. */
  releaseClaims(worker: string, ids?: readonly string[]): Promise<readonly string[]>;
  /** Ends a request: its run has begun (and stays listed) or was cancelled before it began (`forget`). */
  endRequest(id: string, options?: { readonly forget?: boolean }): Promise<boolean>;
  /** All requests that wait or are claimed, by due time. */
  requests(): Promise<readonly RunRequest[]>;
  /** The run has ended, or goes on without a place: somebody else may have it. */
  freePlace(runId: string): Promise<boolean>;
  places(): Promise<readonly Place[]>;
  /** When the next request that nobody has claimed is due after this time; undefined when there is none. */
  nextDue(after: number): Promise<number | undefined>;
  /**
   * Unclaimed requests that were due at `dueBefore` or before and are not shown as Late yet: from now on they are, with
   * what `why` says as the message. At most so many at once. Returns their ids.
   */
  markLate(
    dueBefore: number,
    now: number,
    why: (request: RunRequest) => string,
    limit?: number,
  ): Promise<readonly string[]>;

  workPools(): Promise<readonly PoolSetting[]>;
  putWorkPool(pool: PoolSetting): Promise<void>;
  deleteWorkPool(name: string): Promise<boolean>;

  variables(): Promise<readonly Variable[]>;
  putVariable(variable: Variable): Promise<void>;
  deleteVariable(name: string): Promise<boolean>;
  limits(): Promise<readonly LimitSetting[]>;
  putLimit(limit: LimitSetting): Promise<void>;
  deleteLimit(name: string): Promise<boolean>;
  systemState(): Promise<SystemState>;
  /** Replaces variables, limits, requests, pools and places. */
  restoreSystem(state: SystemState): Promise<void>;

  /** The number of the last live event that was sent; 0 in a new index. */
  lastSeq(): Promise<number>;
  setLastSeq(seq: number): Promise<void>;
  close(): Promise<void>;
}

export interface IndexChanges {
  /** The change number that this answer is complete up to. */
  readonly change: number;
  readonly folded: readonly FoldedOffset[];
  readonly deleted: readonly string[];
}
