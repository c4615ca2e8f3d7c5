import type { FlowRun, TaskRun, Variable } from "../../protocol/api.ts";
import {
  apiFlowRun,
  apiTaskRun,
  applyRecord,
  createMemoryRows,
  type FlowRunRow,
  flowId,
  type MemoryRows,
  type RunRow,
  type TaskRunRow,
} from "../../protocol/fold/index.ts";
import type { StateType } from "../../protocol/states.ts";
import { judgeBatch, unchanged } from "./batch.ts";
import { type Candidate, claimOrder, openQueues } from "./claim-rules.ts";
import { descendants } from "./descendants.ts";
import { bounded, type PreparedFilter, prepareFilter, taskRunCursor, taskRunLimits } from "./filter.ts";
import { byDueTime, lateState, requestedRow, withHold } from "./request-row.ts";
import { slimError } from "./slim.ts";
import type {
  Applied,
  FlowSummary,
  FoldedOffset,
  IndexStore,
  LimitSetting,
  Place,
  PoolSetting,
  RunBatch,
  RunRequest,
  SystemState,
  TaskGroup,
} from "./store.ts";

/** One root run and everything in it. */
interface RootRun {
  readonly rows: MemoryRows;
  readonly flowRuns: ReadonlyMap<string, FlowRunRow>;
  readonly taskRuns: ReadonlyMap<string, TaskRunRow>;
  /** What the batch being folded has changed. */
  readonly touched: Map<string, RunRow>;
  folded: FoldedOffset | undefined;
  change: number;
}

/** The index in plain maps: for tests, for millrace/testing, and as the measure of what the SQL store must do. */
export function createMemoryStore(): IndexStore {
  const roots = new Map<string, RootRun>();
  const rootOf = new Map<string, string>();
  const requests = new Map<string, RunRequest>();
  const variables = new Map<string, Variable>();
  const limits = new Map<string, LimitSetting>();
  const pools = new Map<string, PoolSetting>();
  const places = new Map<string, Place>();
  const deleted = new Map<string, number>();
  let change = 0;
  let seq = 0;

  const rootRun = (id: string): RootRun => {
    const known = roots.get(id);
    if (known !== undefined) return known;
    const touched = new Map<string, RunRow>();
    const rows = createMemoryRows(id, (row) => {
      touched.set(row.id, row);
      rootOf.set(row.id, id);
    });
    const { flowRunRows: flowRuns, taskRunRows: taskRuns } = rows;
    const root: RootRun = { rows, flowRuns, taskRuns, touched, folded: undefined, change: 0 };
    roots.set(id, root);
    return root;
  };
  const flowRunRow = (id: string): FlowRunRow | undefined => roots.get(rootOf.get(id) ?? "")?.flowRuns.get(id);

  const apply = (batch: RunBatch): Applied => {
    const verdict = judgeBatch(roots.get(batch.runId)?.folded, batch);
    if (verdict.status !== "applied") return unchanged(verdict.status, roots.get(batch.runId)?.folded);
    const root = rootRun(batch.runId);
    for (const { record } of verdict.records) applyRecord(root.rows, record);
    root.folded = verdict.folded;
    root.change = ++change;
    const changed = [...root.touched.values()];
    root.touched.clear();
    return {
      status: "applied",
      folded: verdict.folded,
      flowRuns: () => changed.filter((row) => row.kind === "flow-run").map(apiFlowRun),
      taskRuns: () => changed.filter((row) => row.kind === "task-run").map(slimTaskRun),
    };
  };

  const removeRoot = (rootRunId: string): boolean => {
    const root = roots.get(rootRunId);
    if (root === undefined) return false;
    for (const id of [...root.flowRuns.keys(), ...root.taskRuns.keys()]) rootOf.delete(id);
    return roots.delete(rootRunId);
  };

  const matching = (filter: PreparedFilter): FlowRunRow[] => {
    const found: FlowRunRow[] = [];
    for (const root of roots.values()) {
      for (const row of root.flowRuns.values()) if (matches(row, filter)) found.push(row);
    }
    return found.sort((left, right) => (left.id < right.id ? 1 : -1));
  };

  const putRequest = (request: RunRequest): void => {
    requests.set(request.id, request);
    if (rootOf.has(request.id)) return;
    const root = rootRun(request.id);
    root.rows.add(requestedRow(request));
    root.touched.clear();
  };

  const allRequests = (): RunRequest[] => [...requests.values()].sort(byDueTime);

  return {
    applyRun: async (batch) => apply(batch),
    applyRuns: async (batches) => batches.map(apply),
    folded: async (runId) => roots.get(runId)?.folded,
    async changesSince(after) {
      const newer = [...roots.values()].filter((root) => root.change > after);
      return {
        change,
        folded: newer.flatMap((root) => root.folded ?? []),
        deleted: [...deleted].filter(([, at]) => at > after).map(([id]) => id),
      };
    },
    async deleteRun(rootRunId) {
      requests.delete(rootRunId);
      if (!removeRoot(rootRunId)) return false;
      deleted.set(rootRunId, ++change);
      return true;
    },

    async flowRun(id) {
      const row = flowRunRow(id);
      return row === undefined ? undefined : apiFlowRun(row);
    },
    async flowRuns(filter) {
      const prepared = prepareFilter(filter);
      const found = matching(prepared);
      const page = found.slice(0, prepared.limit);
      const more = found.length > page.length;
      return { items: page.map(apiFlowRun), next_cursor: more ? (page.at(-1)?.id ?? null) : null };
    },
    async countFlowRuns({ cursor: _cursor, limit: _limit, ...filter }) {
      const counts: Partial<Record<StateType, number>> = {};
      for (const { state } of matching(prepareFilter(filter))) counts[state.type] = (counts[state.type] ?? 0) + 1;
      return counts;
    },
    async runFacts({ cursor: _cursor, limit: _limit, ...filter }) {
      return matching(prepareFilter(filter)).map(({ created, state, total_run_time }) => ({
        created,
        state_type: state.type,
        duration: total_run_time / 1000,
      }));
    },
    async taskRuns(flowRunId, page = {}) {
      const limit = bounded(page.limit, taskRunLimits);
      const from = taskRunCursor(page.cursor);
      const root = roots.get(rootOf.get(flowRunId) ?? "");
      if (root === undefined) return { items: [], next_cursor: null };
      const all = page.include_subflows === true && rootOf.get(flowRunId) === flowRunId;
      const wanted =
        page.include_subflows === true ? descendants(flowRunId, root.flowRuns.values()) : new Set([flowRunId]);
      const found = [...root.taskRuns.values()].entries();
      const own = [...found].filter(([place, row]) => place >= from && (all || wanted.has(row.flow_run_id)));
      const next = own[limit];
      return {
        items: own.slice(0, limit).map(([, row]) => slimTaskRun(row)),
        next_cursor: next === undefined ? null : String(next[0]),
      };
    },
    async taskRun(id) {
      const row = roots.get(rootOf.get(id) ?? "")?.taskRuns.get(id);
      return row === undefined ? undefined : slimTaskRun(row);
    },
    async taskGroups(flowRunId) {
      const rows = roots.get(rootOf.get(flowRunId) ?? "")?.taskRuns.values() ?? [];
      return groupRows([...rows].filter((row) => row.flow_run_id === flowRunId));
    },
    rootOf: async (id) => rootOf.get(id),
    flows: async () => summarize(roots),
    async lastRunsOf(file) {
      const found = matching(prepareFilter({ flow_file: file, include_subflows: true }));
      const byFlow = Map.groupBy(found, ({ flow }) => flow.export ?? `\0${flow.name}`);
      const newest = [...byFlow.values()].flatMap(([row]) => row ?? []);
      return newest.sort((left, right) => (left.id < right.id ? 1 : -1)).map(apiFlowRun);
    },
    async runByIdempotencyKey(file, key) {
      const found = [...roots]
        .map(([id, root]) => root.flowRuns.get(id))
        .filter((row) => row?.idempotency_key === key && row.flow.file === file)
        .flatMap((row) => row?.id ?? []);
      return found.sort().at(-1);
    },

    requestRun: async (request) => putRequest(request),
    async claimRuns({ worker, pool, queues, except = [], limit, now }) {
      const running = new Map<string, number>();
      for (const place of places.values()) {
        if (place.pool === pool) running.set(place.queue, (running.get(place.queue) ?? 0) + 1);
      }
      const open = openQueues(pools.get(pool), { queues, limit }, running);
      const candidates = open.queues.flatMap(({ name, priority, free }): Candidate[] =>
        allRequests()
          .filter((request) => request.work_pool === pool && request.queue === name)
          .filter(({ id }) => !except.includes(id))
          .filter((request) => request.claimed === undefined && request.held === undefined && request.due <= now)
          .slice(0, free)
          .map((request) => ({ priority, request })),
      );
      const taken = candidates.sort(claimOrder).slice(0, open.free);
      const claimed = taken.map(({ request }) => ({ ...request, claimed: { worker, at: now } }));
      for (const request of claimed) {
        requests.set(request.id, request);
        places.set(request.id, { run_id: request.id, pool, queue: request.queue });
      }
      return claimed;
    },
    requestRuns: async (all) => all.forEach(putRequest),
    async changeRequest(id, { held, state }) {
      const request = requests.get(id);
      const root = roots.get(id);
      const row = root?.flowRuns.get(id);
      if (request === undefined || request.claimed !== undefined || row === undefined) return undefined;
      if (root?.folded !== undefined) return undefined;
      if (held !== undefined) requests.set(id, withHold(request, held));
      if (state !== undefined) row.state = state;
      return apiFlowRun(row);
    },
    async releaseClaims(worker, ids) {
      const held = [...requests.values()].filter(
        ({ claimed, id }) => claimed?.worker === worker && (ids === undefined || ids.includes(id)),
      );
      for (const { claimed: _claimed, ...request } of held) {
        requests.set(request.id, request);
        places.delete(request.id);
      }
      return held.map(({ id }) => id).sort();
    },
    async endRequest(id, options = {}) {
      const known = requests.delete(id);
      if (known && options.forget === true && roots.get(id)?.folded === undefined) removeRoot(id);
      return known;
    },
    requests: async () => allRequests(),
    freePlace: async (runId) => places.delete(runId),
    places: async () => byRun(places),
    async nextDue(after) {
      return allRequests().find(({ due, claimed, held }) => due > after && claimed === undefined && held === undefined)
        ?.due;
    },
    async markLate(dueBefore, now, why, limit = Number.MAX_SAFE_INTEGER) {
      const late = allRequests().filter(({ id, due, claimed, held }) => {
        const row = flowRunRow(id);
        return (
          due <= dueBefore &&
          claimed === undefined &&
          held === undefined &&
          row?.run_count === 0 &&
          row.state.name !== "Late"
        );
      });
      const marked = late.slice(0, limit);
      for (const request of marked) {
        const row = flowRunRow(request.id);
        if (row !== undefined) row.state = lateState(request, now, why(request));
      }
      return marked.map(({ id }) => id);
    },

    workPools: async () => byName(pools),
    putWorkPool: async (pool) => void pools.set(pool.name, pool),
    deleteWorkPool: async (name) => pools.delete(name),

    variables: async () => byName(variables),
    putVariable: async (variable) => void variables.set(variable.name, variable),
    deleteVariable: async (name) => variables.delete(name),
    limits: async () => byName(limits),
    putLimit: async (limit) => void limits.set(limit.name, limit),
    deleteLimit: async (name) => limits.delete(name),
    async systemState() {
      return {
        variables: byName(variables),
        limits: byName(limits),
        requests: allRequests(),
        pools: byName(pools),
        places: byRun(places),
      };
    },
    async restoreSystem(state: SystemState) {
      for (const id of requests.keys()) if (roots.get(id)?.folded === undefined) removeRoot(id);
      requests.clear();
      variables.clear();
      limits.clear();
      pools.clear();
      places.clear();
      for (const pool of state.pools) pools.set(pool.name, pool);
      for (const place of state.places) places.set(place.run_id, place);
      for (const variable of state.variables) variables.set(variable.name, variable);
      for (const limit of state.limits) limits.set(limit.name, limit);
      for (const request of state.requests) putRequest(request);
    },

    lastSeq: async () => seq,
    async setLastSeq(newest) {
      seq = newest;
    },
    close: async () => undefined,
  };
}

function slimTaskRun(row: TaskRunRow): TaskRun {
  return apiTaskRun({ ...row, error: slimError(row.error) });
}

function groupRows(rows: readonly TaskRunRow[]): TaskGroup[] {
  const counted = rows.filter(({ superseded }) => !superseded);
  const alike = ({ task_key, source, state }: TaskRunRow) => JSON.stringify([task_key, source, state.type, state.name]);
  return [...Map.groupBy(counted, alike).values()].flatMap((group): TaskGroup[] => {
    const last = group.at(-1);
    if (last === undefined) return [];
    return [
      {
        task_key: last.task_key,
        source: last.source ?? null,
        state_type: last.state.type,
        state_name: last.state.name,
        count: group.length,
        duration: group.reduce((sum, row) => sum + row.total_run_time, 0) / 1000,
        task_run_id: last.id,
      },
    ];
  });
}

function matches(row: FlowRunRow, filter: PreparedFilter): boolean {
  return (
    (filter.includeSubflows || row.parent_flow_run_id === undefined) &&
    (filter.ids === undefined || filter.ids.includes(row.id)) &&
    (filter.flowName === undefined || row.flow.name === filter.flowName) &&
    (filter.ofFlow === undefined || filter.ofFlow(row.flow)) &&
    (filter.states === undefined || filter.states.has(row.state.type)) &&
    (filter.deploymentId === undefined || row.deployment_id === filter.deploymentId) &&
    (filter.partitionKey === undefined || row.deployment?.partition_key === filter.partitionKey) &&
    (filter.backfillId === undefined || row.deployment?.backfill_id === filter.backfillId) &&
    (filter.from === undefined || row.id >= filter.from) &&
    (filter.below === undefined || row.id < filter.below) &&
    (filter.text === undefined || containsText(row, filter.text))
  );
}

function containsText(row: FlowRunRow, text: string): boolean {
  return [row.name, row.flow.name, JSON.stringify(row.parameters)].some((value) => value.toLowerCase().includes(text));
}

function summarize(roots: ReadonlyMap<string, RootRun>): FlowSummary[] {
  const flows = new Map<string, FlowSummary>();
  const newestFirst = [...roots].flatMap(([id, root]): FlowRun[] => {
    const row = root.flowRuns.get(id);
    return row === undefined ? [] : [apiFlowRun(row)];
  });
  newestFirst.sort((left, right) => (left.id < right.id ? 1 : -1));
  for (const run of newestFirst) {
    const id = flowId({
      name: run.flow_name,
      file: run.flow_file,
      ...(run.flow_export === null ? {} : { export: run.flow_export }),
    });
    const known = flows.get(id);
    flows.set(
      id,
      known === undefined
        ? { id, name: run.flow_name, file: run.flow_file, export: run.flow_export, runs: 1, last_run_id: run.id }
        : { ...known, runs: known.runs + 1 },
    );
  }
  return [...flows.values()].sort((left, right) =>
    left.name < right.name ? -1 : left.name > right.name ? 1 : left.id < right.id ? -1 : 1,
  );
}

function byName<T extends { readonly name: string }>(items: ReadonlyMap<string, T>): T[] {
  return [...items.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function byRun(places: ReadonlyMap<string, Place>): Place[] {
  return [...places.values()].sort((left, right) => (left.run_id < right.run_id ? -1 : 1));
}
