import { setImmediate as nextTurn } from "node:timers/promises";
import type { FlowRun, TaskRun } from "../../protocol/api.ts";
import { apiFlowRun, apiTaskRun, applyRecord, type TaskRunRow } from "../../protocol/fold/index.ts";
import { isTerminal, type StateType, stateTypes } from "../../protocol/states.ts";
import { judgeBatch, unchanged } from "./batch.ts";
import { descendants } from "./descendants.ts";
import { bounded, flowMatcher, prepareFilter, taskRunCursor, taskRunLimits } from "./filter.ts";
import { lateState, requestedRow, withHold } from "./request-row.ts";
import { slimError } from "./slim.ts";
import { openDatabase, type SqlDatabase } from "./sql/database.ts";
import { createDictionary } from "./sql/dictionary.ts";
import { countByState, findFlowRuns, visitFacts } from "./sql/find-flow-runs.ts";
import { createFlowRunTable } from "./sql/flow-run-table.ts";
import { lastRunKeys, summarizeFlows } from "./sql/flow-summary.ts";
import { createRunRows, type RunRows } from "./sql/fold-rows.ts";
import { createRootRunTable, type StoredRoot } from "./sql/root-run-table.ts";
import { schema, taskRunsPerRoot } from "./sql/schema.ts";
import { createSystemTables } from "./sql/system-tables.ts";
import { groupTaskRuns } from "./sql/task-groups.ts";
import { createTaskRunTable, type TaskRunContext } from "./sql/task-run-table.ts";
import { codedState, idText, idValue } from "./sql/values.ts";
import type { Applied, FoldedOffset, IndexStore, RunBatch, RunFacts, RunRequest } from "./store.ts";

/** The store on sql.js, and what only the snapshot worker may do with it. */
export interface SqlStore extends IndexStore {
  /** The bytes of a snapshot. Blocks the thread for as long as copying the database takes. */
  export(): Uint8Array;
  /**
   * Does what would make the first answers slow: grows the file in memory, which copies it whole (again for each
   * eighth that it grows by), and has the usual statements prepared and compiled.
   */
  warmUp(): Promise<void>;
}

/** Rows kept in memory between batches, over all running runs. */
const mostHeldRows = 20_000;
const deleteSlice = 2000;

/** @param bytes a database that `export` gave; without it the index is empty. */
export async function createSqlStore(bytes?: Uint8Array): Promise<SqlStore> {
  const database = await openDatabase(bytes);
  if (bytes === undefined) database.execute(schema);
  return sqlStore(database);
}

function sqlStore(database: SqlDatabase): SqlStore {
  const dictionary = createDictionary(database);
  const roots = createRootRunTable(database);
  const flowRuns = createFlowRunTable(database);
  const taskRuns = createTaskRunTable(database, dictionary);
  const system = createSystemTables(database);
  const rootByFlowRun = database.prepare(
    "SELECT x.id FROM flow_run r JOIN root_run x ON x.key = r.root WHERE r.id = ?",
  );
  const held = new Map<string, { readonly root: StoredRoot; readonly rows: RunRows }>();
  let change = Math.max(roots.newestChange(), system.number("change"));

  const atomically = <T>(work: () => T): T => {
    try {
      return database.transaction(work);
    } catch (error) {
      // What is held in memory may have been undone in the tables.
      held.clear();
      dictionary.forget();
      flowRuns.forget();
      throw error;
    }
  };

  const hold = (runId: string, base: number): { readonly root: StoredRoot; readonly rows: RunRows } => {
    const holding = held.get(runId);
    if (holding !== undefined) return holding;
    const known = roots.byId(runId);
    const root = known ?? roots.insert(runId, base);
    const made = { root, rows: createRunRows(root, flowRuns, taskRuns, known === undefined) };
    held.set(runId, made);
    return made;
  };

  const apply = (batch: RunBatch): Applied => {
    const folded = held.get(batch.runId)?.root.folded ?? roots.byId(batch.runId)?.folded;
    const verdict = judgeBatch(folded, batch);
    if (verdict.status !== "applied") return unchanged(verdict.status, folded);
    const { root, rows } = hold(batch.runId, baseOf(batch));
    for (const { record } of verdict.records) applyRecord(rows, record);
    rows.write();
    root.folded = verdict.folded;
    roots.update(root, ++change);
    const touched = rows.takeTouched();
    return {
      status: "applied",
      folded: verdict.folded,
      flowRuns: () => touched.filter((row) => row.kind === "flow-run").map(apiFlowRun),
      taskRuns: () => touched.filter((row) => row.kind === "task-run").map(slimTaskRun),
    };
  };

  /** Runs that have ended need no rows in memory; the longest held go when there are too many. */
  const trim = (): void => {
    let size = 0;
    for (const [runId, { rows }] of held) {
      const root = rows.flowRun(runId);
      if (root !== undefined && isTerminal(root.state.type)) held.delete(runId);
      else size += rows.size;
    }
    for (const [runId, { rows }] of held) {
      if (size <= mostHeldRows) break;
      size -= rows.size;
      held.delete(runId);
    }
  };

  const applyRuns = (batches: readonly RunBatch[]): Applied[] => {
    const applied = atomically(() => batches.map(apply));
    trim();
    return applied;
  };

  const contextOf = (root: StoredRoot): TaskRunContext => ({
    root: root.key,
    rootRunId: root.id,
    base: root.base,
    flowRunKey: (id) => flowRuns.byId(id)?.key,
    flowRunId: (key) => flowRuns.byKey(key)?.row.id ?? root.id,
  });

  const putRequest = (request: RunRequest): void => {
    system.putRequest(request);
    if (flowRuns.byId(request.id) !== undefined) return;
    const root = roots.byId(request.id) ?? roots.insert(request.id, request.created);
    flowRuns.insert(requestedRow(request), root.key);
  };

  /** Removes a root run whose task runs are gone. */
  const removeRoot = (root: StoredRoot): void => {
    flowRuns.remove(root.key);
    roots.remove(root.key);
    held.delete(root.id);
  };
  const neverBegan = (id: string): StoredRoot | undefined => {
    const root = roots.byId(id);
    return root?.folded === undefined ? root : undefined;
  };
  const flowRun = (key: number): FlowRun[] => {
    const stored = flowRuns.byKey(key);
    return stored === undefined ? [] : [apiFlowRun(stored.row)];
  };
  const rootOfTaskRun = (key: number): StoredRoot | undefined => roots.byKey(Math.floor(key / taskRunsPerRoot));

  return {
    applyRun: async (batch) => applyRuns([batch])[0] ?? unchanged("known", undefined),
    applyRuns: async (batches) => applyRuns(batches),
    folded: async (runId): Promise<FoldedOffset | undefined> => roots.byId(runId)?.folded,
    async changesSince(after) {
      // Nobody asks again for what came before.
      database.prepare("DELETE FROM deleted_run WHERE change <= ?").run([after]);
      const deleted = database.prepare("SELECT id FROM deleted_run").all([]);
      return { change, folded: roots.changedSince(after), deleted: deleted.map(([id]) => idText(id)) };
    },
    async deleteRun(rootRunId) {
      const root = roots.byId(rootRunId);
      if (root === undefined) return false;
      while (atomically(() => taskRuns.remove(root.key, deleteSlice)) === deleteSlice) await nextTurn();
      atomically(() => {
        // Batches may have come in while the event loop was free.
        while (taskRuns.remove(root.key, deleteSlice) > 0);
        system.removeRequest(rootRunId);
        removeRoot(root);
        change += 1;
        system.setNumber("change", change);
        database
          .prepare("INSERT OR REPLACE INTO deleted_run (id, change) VALUES (?, ?)")
          .run([idValue(rootRunId), change]);
      });
      return true;
    },

    async flowRun(id) {
      const stored = flowRuns.byId(id);
      return stored === undefined ? undefined : apiFlowRun(stored.row);
    },
    async flowRuns(filter) {
      const prepared = prepareFilter(filter);
      const found = await findFlowRuns(database, prepared, prepared.limit + 1);
      const page = found.slice(0, prepared.limit);
      return {
        items: page.flatMap(({ key }) => flowRun(key)),
        next_cursor: found.length > page.length ? (page.at(-1)?.id ?? null) : null,
      };
    },
    async countFlowRuns({ cursor: _cursor, limit: _limit, ...filter }) {
      const found = await countByState(database, prepareFilter(filter));
      const counts: Partial<Record<StateType, number>> = {};
      for (const type of stateTypes) {
        const count = found.get(type) ?? 0;
        if (count > 0) counts[type] = count;
      }
      return counts;
    },
    async runFacts({ cursor: _cursor, limit: _limit, ...filter }) {
      const facts: RunFacts[] = [];
      await visitFacts(database, prepareFilter(filter), (created, code, total) => {
        facts.push({ created, state_type: codedState(code)?.type ?? "PENDING", duration: total / 1000 });
      });
      return facts;
    },
    async taskRuns(flowRunId, page = {}) {
      const limit = bounded(page.limit, taskRunLimits);
      const from = taskRunCursor(page.cursor);
      const stored = flowRuns.byId(flowRunId);
      const root = stored === undefined ? undefined : roots.byKey(stored.root);
      if (stored === undefined || root === undefined) return { items: [], next_cursor: null };
      const context = contextOf(root);
      const isRoot = root.id === flowRunId;
      const only = page.include_subflows === true ? undefined : isRoot ? null : stored.key;
      let rows = taskRuns.page(context, from, limit + 1, only);
      if (page.include_subflows === true && !isRoot) {
        const wanted = descendants(
          flowRunId,
          flowRuns.ofRoot(root.key).map(({ row }) => row),
        );
        rows = taskRuns.page(context, from, taskRunsPerRoot).filter(({ row }) => wanted.has(row.flow_run_id));
      }
      const next = rows[limit];
      return {
        items: rows.slice(0, limit).map(({ row }) => slimTaskRun(row)),
        next_cursor: next === undefined ? null : String(next.key - root.key * taskRunsPerRoot),
      };
    },
    async taskRun(id) {
      const key = taskRuns.keyOf(id);
      const root = key === undefined ? undefined : rootOfTaskRun(key);
      if (key === undefined || root === undefined) return undefined;
      const stored = taskRuns.load(key, contextOf(root));
      return stored === undefined ? undefined : slimTaskRun(stored.row);
    },
    async taskGroups(flowRunId) {
      const stored = flowRuns.byId(flowRunId);
      if (stored === undefined) return [];
      const isRoot = stored.row.root_flow_run_id === flowRunId;
      return groupTaskRuns(database, dictionary, stored.root, isRoot ? null : stored.key);
    },
    async rootOf(id) {
      const root = rootByFlowRun.first([idValue(id)])?.[0];
      if (root !== undefined) return idText(root);
      const key = taskRuns.keyOf(id);
      return key === undefined ? undefined : rootOfTaskRun(key)?.id;
    },
    flows: async () => summarizeFlows(database),
    lastRunsOf: async (file) =>
      lastRunKeys(database, flowMatcher({ flow_file: file }) ?? (() => true)).flatMap(flowRun),
    async runByIdempotencyKey(file, key) {
      const find = database.prepare(
        `SELECT r.id FROM flow_run r JOIN flow f ON f.key = r.flow
         WHERE r.idempotency_key = ? AND r.sub = 0 AND f.file = ? ORDER BY r.id DESC LIMIT 1`,
      );
      const id = find.first([key, file])?.[0];
      return id === undefined ? undefined : idText(id);
    },

    requestRun: async (request) => atomically(() => putRequest(request)),
    claimRuns: async (query) => atomically(() => system.claim(query)),
    requestRuns: async (requests) => atomically(() => requests.forEach(putRequest)),
    changeRequest: async (id, { held, state }) =>
      atomically(() => {
        const request = system.unclaimed(id);
        const stored = request === undefined || neverBegan(id) === undefined ? undefined : flowRuns.byId(id);
        if (request === undefined || stored === undefined) return undefined;
        if (held !== undefined) system.putRequest(withHold(request, held));
        if (state !== undefined) {
          stored.row.state = state;
          flowRuns.update(stored);
        }
        return apiFlowRun(stored.row);
      }),
    releaseClaims: async (worker, ids) => atomically(() => system.release(worker, ids)),
    endRequest: async (id, options = {}) =>
      atomically(() => {
        const known = system.removeRequest(id);
        const root = known && options.forget === true ? neverBegan(id) : undefined;
        if (root !== undefined) removeRoot(root);
        return known;
      }),
    requests: async () => system.requests(),
    freePlace: async (runId) => system.removePlace(runId),
    places: async () => system.places(),
    nextDue: async (after) => system.nextDue(after),
    markLate: async (dueBefore, now, why, limit = Number.MAX_SAFE_INTEGER) =>
      atomically(() => {
        const marked: string[] = [];
        for (const request of system.due(dueBefore)) {
          if (marked.length >= limit) break;
          const stored = flowRuns.byId(request.id);
          if (stored === undefined || stored.row.run_count > 0 || stored.row.state.name === "Late") continue;
          stored.row.state = lateState(request, now, why(request));
          flowRuns.update(stored);
          marked.push(request.id);
        }
        return marked;
      }),

    workPools: async () => system.pools(),
    putWorkPool: async (pool) => system.putPool(pool),
    deleteWorkPool: async (name) => system.removePool(name),

    variables: async () => system.variables(),
    putVariable: async (variable) => system.putVariable(variable),
    deleteVariable: async (name) => system.removeVariable(name),
    limits: async () => system.limits(),
    putLimit: async (limit) => system.putLimit(limit),
    deleteLimit: async (name) => system.removeLimit(name),
    systemState: async () => ({
      variables: system.variables(),
      limits: system.limits(),
      requests: system.requests(),
      pools: system.pools(),
      places: system.places(),
    }),
    restoreSystem: async (state) =>
      atomically(() => {
        for (const { id } of system.requests()) {
          const root = neverBegan(id);
          if (root !== undefined) removeRoot(root);
        }
        system.clear();
        for (const variable of state.variables) system.putVariable(variable);
        for (const limit of state.limits) system.putLimit(limit);
        for (const request of state.requests) putRequest(request);
        for (const pool of state.pools) system.putPool(pool);
        for (const place of state.places) system.putPlace(place);
      }),

    lastSeq: async () => system.number("last_seq"),
    setLastSeq: async (seq) => system.setNumber("last_seq", seq),
    export: () => database.export(),
    async warmUp() {
      database.execute(
        "CREATE TABLE headroom (bytes); INSERT INTO headroom VALUES (zeroblob(16384)); DROP TABLE headroom;",
      );
      const flows = summarizeFlows(database).slice(0, 3);
      for (const { name } of flows) await findFlowRuns(database, prepareFilter({ flow_name: name }), 51);
      for (const { key } of await findFlowRuns(database, prepareFilter({}), 51)) flowRun(key);
    },
    close: async () => database.close(),
  };
}

/** The base of a root run's times: its first record's. */
function baseOf(batch: RunBatch): number {
  for (const { record } of batch.records) if ("at" in record && typeof record.at === "number") return record.at;
  return 0;
}

function slimTaskRun(row: TaskRunRow): TaskRun {
  return apiTaskRun({ ...row, error: slimError(row.error) });
}
