/** The API's objects of one run → the model of its tree. */
import type { FlowRun, TaskRun } from "../../protocol/api.ts";
import type { ArtifactRecord } from "../../protocol/records.ts";
import { addFlow, addTask, type FlowNode, markKept, type RunModel, type TaskNode } from "./model.ts";
import { progressOf } from "./progress.ts";

export interface RunObjects {
  readonly flowRun: FlowRun;
  readonly subflowRuns: readonly FlowRun[];
  /** Of the root and of all subflows, in the order they came into being. */
  readonly taskRuns: readonly TaskRun[];
  readonly artifacts: readonly ArtifactRecord[];
  readonly kept: ReadonlySet<string>;
}

export function fillModel(model: RunModel, objects: RunObjects): void {
  fillFlow(addFlow(model, objects.flowRun.id, objects.flowRun.name, objects.flowRun.flow_name, true), objects.flowRun);
  for (const run of objects.subflowRuns) fillFlow(addFlow(model, run.id, run.name, run.flow_name, false), run);
  const sizes = new Map<string, number>();
  for (const { map_id } of objects.taskRuns) if (map_id !== null) sizes.set(map_id, (sizes.get(map_id) ?? 0) + 1);
  for (const task of objects.taskRuns) {
    const node = addTask(model, {
      id: task.id,
      name: task.name,
      key: task.task_key,
      flowRunId: task.flow_run_id,
      parentTaskRunId: task.parent_task_run_id ?? undefined,
      map:
        task.map_id === null || task.map_index === null
          ? undefined
          : { id: task.map_id, index: task.map_index, size: sizes.get(task.map_id) ?? 0 },
      source: task.source ?? undefined,
      childFlowRunId: task.child_flow_run_id ?? undefined,
      state: { type: task.state_type, name: task.state_name },
    });
    fillTask(node, task);
    if (objects.kept.has(task.id)) markKept(node);
  }
  for (const artifact of objects.artifacts) {
    const progress = progressOf(artifact);
    const flow = model.flows.get(artifact.flow_run_id) ?? model.root;
    if (progress !== undefined) flow?.progress.set(artifact.key, progress);
  }
}

function fillFlow(flow: FlowNode, run: FlowRun): void {
  flow.state = { type: run.state_type, name: run.state_name };
  flow.runCount = run.run_count;
  if (run.state.message !== null) flow.message = run.state.message;
  if (run.start_time !== null) flow.startedAt = Date.parse(run.start_time);
  if (run.end_time !== null) flow.endedAt = Date.parse(run.end_time);
  if (run.error !== null) flow.error = run.error;
}

function fillTask(node: TaskNode, task: TaskRun): void {
  node.attempt = task.run_count;
  if (task.state.message !== null) node.message = task.state.message;
  if (task.start_time !== null) node.startedAt = Date.parse(task.start_time);
  if (task.end_time !== null) node.endedAt = Date.parse(task.end_time);
  if (task.error !== null) node.error = task.error;
}
