/**
 * From task runs to the boxes of the graph. A map is one box with counts; so is a call in a loop once it has been made
 * often; both open on demand. A subflow is a box around its tasks. Pure.
 */
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import { boxSize, type GraphBox } from "../../graph/view/types.ts";
import type { LayoutEdge, LayoutInput, LayoutNode } from "../../layout/types.ts";
import { orderEdges } from "./order-edges.ts";

/** A call that was made this often is one box. */
export const loopLimit = 8;

export interface RunBox extends GraphBox {
  /** The task run that the box is; null for a map or a loop. */
  readonly taskRunId: string | null;
  /** Ids of the task runs whose states are counted on it: without those that only contain others. */
  readonly members: readonly string[];
  /** How many calls there will be, where that is known: of a map. */
  readonly size: number | null;
}

export interface RunGraph {
  readonly boxes: ReadonlyMap<string, RunBox>;
  readonly input: LayoutInput;
  /** The innermost box that shows a task run. */
  readonly boxOf: ReadonlyMap<string, string>;
}

/** What a user has opened and closed: box id → open. */
export type Opened = Readonly<Record<string, boolean>>;

/** @param tasks those that count, oldest first. */
export function buildRunGraph(tasks: readonly TaskRun[], runId: string, opened: Opened): RunGraph {
  const boxes = new Map<string, RunBox>();
  const nodes: LayoutNode[] = [];
  const boxOf = new Map<string, string>();
  const insideOf = groupByContainer(tasks, runId);

  const leaves = (task: TaskRun): readonly string[] => {
    const inside = insideOf.get(task.id);
    return inside === undefined ? [task.id] : inside.flatMap(leaves);
  };
  const show = (task: TaskRun, box: string): void => {
    boxOf.set(task.id, box);
    for (const inner of insideOf.get(task.id) ?? []) show(inner, box);
  };
  const add = (box: RunBox): void => {
    boxes.set(box.id, box);
    nodes.push({ id: box.id, ...boxSize, parent: box.parent, group: box.group });
  };
  const addTask = (task: TaskRun, parent: string | null, label: string, openByDefault: boolean): void => {
    const inside = insideOf.get(task.id);
    const group = inside !== undefined && (opened[task.id] ?? openByDefault);
    add({
      id: task.id,
      kind: task.child_flow_run_id === null ? "task" : "subflow",
      label,
      parent,
      group,
      expandable: inside !== undefined,
      many: inside !== undefined,
      taskRunId: task.id,
      members: leaves(task),
      size: null,
    });
    if (group) {
      boxOf.set(task.id, task.id);
      addAll(inside, task.id, false);
    } else {
      show(task, task.id);
    }
  };
  const addAll = (inside: readonly TaskRun[], parent: string | null, openByDefault: boolean): void => {
    for (const { id, calls, alone } of clusters(inside, parent)) {
      const [first] = calls;
      if (first === undefined) continue;
      if (id === null) {
        addTask(first, parent, alone ? usualName(first) : first.name, openByDefault);
        continue;
      }
      const group = opened[id] ?? false;
      add({
        id,
        kind: first.map_id === null ? "loop" : "map",
        label: usualName(first),
        parent,
        group,
        expandable: true,
        many: true,
        taskRunId: null,
        members: calls.flatMap(leaves),
        size: first.map_id === null ? null : (first.map_size ?? null),
      });
      for (const task of calls) {
        if (group) addTask(task, id, task.name, false);
        else show(task, id);
      }
    }
  };
  addAll(insideOf.get(null) ?? [], null, true);

  const edges = [...dataEdges(tasks, boxOf), ...orderEdges(insideOf.values(), boxOf, boxes)];
  return { boxes, input: { nodes, edges }, boxOf };
}

/** Task run that contains it (a subflow's, or the task that called it) → task runs; null for the run itself. */
function groupByContainer(tasks: readonly TaskRun[], runId: string): Map<string | null, TaskRun[]> {
  const subflowOf = new Map<string, string>();
  const known = new Set<string>();
  for (const task of tasks) {
    known.add(task.id);
    if (task.child_flow_run_id !== null) subflowOf.set(task.child_flow_run_id, task.id);
  }
  const containerOf = (task: TaskRun): string | null => {
    // A task run is made after the one it is in; anything else would turn in circles.
    const parent = task.parent_task_run_id;
    if (parent !== null && known.has(parent) && parent < task.id) return parent;
    const subflow = task.flow_run_id === runId ? undefined : subflowOf.get(task.flow_run_id);
    return subflow !== undefined && subflow < task.id ? subflow : null;
  };
  return Map.groupBy(tasks, containerOf);
}

interface Cluster {
  /** Of the box for all of them; null for a call that is a box of its own. */
  readonly id: string | null;
  readonly calls: readonly TaskRun[];
  /** There is no other call of this task here: its number says nothing. */
  readonly alone: boolean;
}

/** In the order of time, which is the order that the layout goes by. */
function clusters(inside: readonly TaskRun[], parent: string | null): Cluster[] {
  const scope = parent ?? "";
  const byCall = Map.groupBy(inside, (task) =>
    task.map_id === null
      ? `loop:${scope}:${task.task_key}@${task.source?.line ?? 0}:${task.source?.column ?? 0}`
      : `map:${scope}:${task.map_id}`,
  );
  return [...byCall]
    .flatMap(([id, calls]): Cluster[] =>
      calls[0]?.map_id !== null || calls.length >= loopLimit
        ? [{ id, calls, alone: true }]
        : calls.map((call) => ({ id: null, calls: [call], alone: calls.length === 1 })),
    )
    .sort((left, right) => ((left.calls[0]?.id ?? "") < (right.calls[0]?.id ?? "") ? -1 : 1));
}

/** "fetch" for "fetch-17": the number says nothing where there is one. */
export function usualName({ name, dynamic_key }: Pick<TaskRun, "name" | "dynamic_key">): string {
  return name.endsWith(`-${dynamic_key}`) ? name.slice(0, -dynamic_key.length - 1) : name;
}

function dataEdges(tasks: readonly TaskRun[], boxOf: ReadonlyMap<string, string>): LayoutEdge[] {
  const edges = new Map<string, LayoutEdge>();
  for (const task of tasks) {
    const to = boxOf.get(task.id);
    for (const input of task.task_inputs) {
      const from = boxOf.get(input);
      if (from === undefined || to === undefined || from === to) continue;
      const key = `${from}\n${to}`;
      if (!edges.has(key)) edges.set(key, { from, to, kind: "data" });
    }
  }
  return [...edges.values()];
}
