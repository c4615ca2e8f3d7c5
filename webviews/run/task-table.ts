/** Task runs by id, in the order they came into being. */
import type { TaskRun } from "../../runtime/protocol/api.ts";

export interface TaskTable {
  readonly size: number;
  /** Ids of those that changed or came since the table before this one. */
  readonly changed: ReadonlySet<string>;
  get(id: string): TaskRun | undefined;
  /** Oldest first. Ids sort in the order they were made. */
  all(): readonly TaskRun[];
  /** Those that count: calls that were made again by a resume or a retry are left out. */
  current(): readonly TaskRun[];
}

export interface TaskTableBuilder {
  put(task: TaskRun): void;
  /** The table with everything put so far. Earlier ones show it too, but keep their `changed`. */
  table(): TaskTable;
  clear(): void;
}

export function createTaskTable(): TaskTableBuilder {
  const byId = new Map<string, TaskRun>();
  let order: string[] = [];
  let sorted = true;
  let changed = new Set<string>();
  /** Made anew when asked for after a change. */
  let lists: { all: readonly TaskRun[]; current?: readonly TaskRun[] } | undefined;

  const all = (): readonly TaskRun[] => {
    if (lists === undefined) {
      if (!sorted) order.sort();
      sorted = true;
      lists = { all: order.flatMap((id) => byId.get(id) ?? []) };
    }
    return lists.all;
  };

  return {
    put(task) {
      if (!byId.has(task.id)) {
        if (task.id < (order.at(-1) ?? "")) sorted = false;
        order.push(task.id);
      }
      byId.set(task.id, task);
      changed.add(task.id);
      lists = undefined;
    },
    table() {
      const since = changed;
      changed = new Set();
      return {
        get size() {
          return byId.size;
        },
        changed: since,
        get: (id) => byId.get(id),
        all,
        current() {
          const every = all();
          if (lists === undefined) return every;
          lists.current ??= every.filter((task) => task.superseded !== true);
          return lists.current;
        },
      };
    },
    clear() {
      for (const id of order) changed.add(id);
      byId.clear();
      order = [];
      sorted = true;
      lists = undefined;
    },
  };
}
