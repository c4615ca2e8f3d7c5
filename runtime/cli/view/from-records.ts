/** Records of a run that is going on → the model of its tree. */
import type {
  ArtifactRecord,
  FlowRunRecord,
  FlowRunStateRecord,
  JournalRecord,
  TaskRunStateRecord,
} from "../../protocol/records.ts";
import { isTerminal } from "../../protocol/states.ts";
import { addFlow, addTask, markKept, type RunModel, setTaskState, settleUnfinished, type TaskNode } from "./model.ts";
import { progressOf } from "./progress.ts";

export function applyRecord(model: RunModel, record: JournalRecord): void {
  switch (record.kind) {
    case "flow-run":
      applyFlow(model, record);
      return;
    case "flow-run-state":
      applyFlowState(model, record);
      return;
    case "task-run": {
      const node = addTask(model, {
        id: record.id,
        name: record.name,
        key: record.task_key,
        flowRunId: record.flow_run_id,
        parentTaskRunId: record.parent_task_run_id,
        map: record.map,
        source: record.source,
        retries: record.retries,
        childFlowRunId: record.child_flow_run_id,
        state: record.state,
      });
      applyTimes(node, record.state.type, record.state.timestamp);
      return;
    }
    case "task-run-state":
      applyTaskState(model, record);
      return;
    case "kept":
      for (const id of record.task_run_ids) {
        const node = model.tasks.get(id);
        if (node !== undefined) markKept(node);
      }
      return;
    case "artifact":
      applyProgress(model, record);
  }
}

function applyFlow(model: RunModel, record: FlowRunRecord): void {
  const isRoot = record.parent_flow_run_id === undefined;
  const flow = addFlow(model, record.id, record.name, record.flow.name, isRoot);
  const parent = record.parent_task_run_id === undefined ? undefined : model.tasks.get(record.parent_task_run_id);
  if (parent === undefined) return;
  parent.childFlowRunId = record.id;
  flow.parentTaskRunId = parent.id;
}

function applyFlowState(model: RunModel, record: FlowRunStateRecord): void {
  const flow = model.flows.get(record.id);
  if (flow === undefined) return;
  flow.state = record.state;
  setOrDelete(flow, "message", record.state.message);
  if (record.run_count !== undefined) flow.runCount = record.run_count;
  if (record.state.type === "RUNNING") {
    flow.startedAt ??= record.state.timestamp;
    delete flow.endedAt;
    delete flow.error;
  }
  if (isTerminal(record.state.type)) flow.endedAt = record.state.timestamp;
  if (record.error !== undefined) flow.error = record.error;
  // As in Prefect, the task run that stands for a subflow shows the subflow's state.
  const parent = flow.parentTaskRunId === undefined ? undefined : model.tasks.get(flow.parentTaskRunId);
  if (parent !== undefined && !isTerminal(parent.state.type)) {
    setTaskState(parent, record.state);
    applyTimes(parent, record.state.type, record.state.timestamp);
  }
  if (flow === model.root && isTerminal(record.state.type)) settleUnfinished(model, flow);
}

function applyTaskState(model: RunModel, record: TaskRunStateRecord): void {
  const node = model.tasks.get(record.id);
  if (node === undefined) return;
  setTaskState(node, record.state);
  setOrDelete(node, "message", record.state.message);
  setOrDelete(node, "dueAt", record.state.details?.scheduled_time);
  if (record.run_count !== undefined) node.attempt = record.run_count;
  if (record.error !== undefined) node.error = record.error;
  else if (record.state.type === "COMPLETED") delete node.error;
  applyTimes(node, record.state.type, record.state.timestamp);
}

function applyTimes(node: TaskNode, type: TaskNode["state"]["type"], at: number): void {
  if (type === "RUNNING") {
    node.startedAt ??= at;
    delete node.endedAt;
  } else if (isTerminal(type)) node.endedAt = at;
}

function applyProgress(model: RunModel, record: ArtifactRecord): void {
  const progress = progressOf(record);
  const flow = model.flows.get(record.flow_run_id) ?? model.root;
  if (progress !== undefined && flow !== undefined) flow.progress.set(record.key, progress);
}

function setOrDelete<Key extends string, Value>(
  target: { [key in Key]?: Value },
  key: Key,
  value: Value | undefined,
): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}
