import { type FoldRows, noteUnsuccessful, type RunRow, type TaskRunRow } from "../../../protocol/fold/index.ts";
import { isTerminal } from "../../../protocol/states.ts";
import type { FlowRunTable, StoredFlowRun } from "./flow-run-table.ts";
import type { StoredRoot } from "./root-run-table.ts";
import { taskRunsPerRoot } from "./schema.ts";
import type { StoredTaskRun, TaskRunContext, TaskRunTable } from "./task-run-table.ts";

/**
 * The rows of one root run while batches are folded into it: read from the tables when first asked for, changed in
 * memory, written back once by `write`. Kept between batches of a running run, so that the end of a task finds its
 * row without a query.
 */
export interface RunRows extends FoldRows {
  /** Writes what the batch changed. Inside the batch's transaction. */
  write(): void;
  /** The rows that changed since the last call, each once. */
  takeTouched(): readonly RunRow[];
  /** Rows held in memory. */
  readonly size: number;
}

/** Task runs that are announced one by one when a retry makes all of them history; a page of more reads them again. */
const mostAnnounced = 10_000;

interface Held<Row> {
  readonly key: number;
  readonly row: Row;
  fresh: boolean;
}

/** @param fresh the tables have nothing of this run: what is not in memory need not be looked for. */
export function createRunRows(
  root: StoredRoot,
  flowRuns: FlowRunTable,
  taskRuns: TaskRunTable,
  fresh: boolean,
): RunRows {
  const flows = new Map<string, StoredFlowRun>();
  const tasks = new Map<string, Held<TaskRunRow>>();
  const touched = new Set<RunRow>();
  const failed = new Map<string, TaskRunRow>();
  let failedLoaded = fresh;

  const flowRun = (id: string): StoredFlowRun | undefined => {
    const held = flows.get(id);
    if (held !== undefined || fresh) return held;
    const stored = flowRuns.byId(id);
    if (stored === undefined || stored.root !== root.key) return undefined;
    flows.set(id, stored);
    return stored;
  };
  const context: TaskRunContext = {
    root: root.key,
    rootRunId: root.id,
    base: root.base,
    flowRunKey: (id) => flowRun(id)?.key,
    flowRunId: (key) => flowRuns.byKey(key)?.row.id ?? root.id,
    taskRunKey: (id) => tasks.get(id)?.key ?? (fresh ? undefined : taskRuns.keyOf(id)),
  };
  const all = (): readonly StoredFlowRun[] => (fresh ? [...flows.values()] : flowRuns.ofRoot(root.key));
  const hold = ({ key, row }: StoredTaskRun): TaskRunRow => {
    const held = tasks.get(row.id);
    if (held !== undefined) return held.row;
    tasks.set(row.id, { key, row, fresh: false });
    return row;
  };

  const touch = (row: RunRow): void => {
    touched.add(row);
    if (row.kind === "task-run") noteUnsuccessful(failed, row);
  };
  /** Loaded when first asked for: only what follows a failure asks. */
  const unsuccessful = (): ReadonlyMap<string, TaskRunRow> => {
    if (!failedLoaded) {
      failedLoaded = true;
      for (const stored of taskRuns.unsuccessful(context)) noteUnsuccessful(failed, hold(stored));
    }
    return failed;
  };

  return {
    rootRunId: root.id,
    flowRun: (id) => flowRun(id)?.row,
    taskRun(id) {
      const held = tasks.get(id);
      if (held !== undefined || fresh) return held?.row;
      const key = taskRuns.keyOf(id);
      if (key === undefined || Math.floor(key / taskRunsPerRoot) !== root.key) return undefined;
      const stored = taskRuns.load(key, context);
      return stored === undefined ? undefined : hold(stored);
    },
    add(row) {
      if (row.kind === "flow-run") {
        // Inserted at once: task runs of the same batch point at its key.
        flows.set(row.id, flowRuns.insert(row, root.key));
      } else {
        tasks.set(row.id, { key: root.key * taskRunsPerRoot + root.tasks, row, fresh: true });
        root.tasks += 1;
      }
      touch(row);
    },
    changed: touch,
    unsuccessful: (call) => unsuccessful().get(call),
    supersedeAll() {
      if (!fresh) {
        if (root.tasks <= mostAnnounced) for (const stored of taskRuns.page(context, 0, mostAnnounced)) hold(stored);
        else taskRuns.supersedeAll(context);
      }
      for (const { row } of tasks.values()) if (!row.superseded) touch(Object.assign(row, { superseded: true }));
    },
    flowRuns: () => all().map(({ row }) => flowRun(row.id)?.row ?? row),
    *unfinished() {
      for (const { row } of all()) {
        const known = flowRun(row.id)?.row ?? row;
        if (!isTerminal(known.state.type)) yield known;
      }
      const seen = new Set<string>();
      for (const stored of fresh ? [] : taskRuns.unfinished(context)) {
        seen.add(stored.row.id);
        const row = hold(stored);
        if (!isTerminal(row.state.type)) yield row;
      }
      // Of this batch, not written yet.
      for (const { row } of [...tasks.values()]) if (!seen.has(row.id) && !isTerminal(row.state.type)) yield row;
    },
    write() {
      for (const row of touched) {
        if (row.kind === "flow-run") {
          const stored = flows.get(row.id);
          if (stored !== undefined) flowRuns.update(stored);
          continue;
        }
        const held = tasks.get(row.id);
        if (held === undefined) continue;
        if (held.fresh) taskRuns.insert(held.key, row, context);
        else taskRuns.update(held, context);
        held.fresh = false;
      }
    },
    takeTouched() {
      const rows = [...touched];
      touched.clear();
      return rows;
    },
    get size() {
      return tasks.size + flows.size;
    },
  };
}
