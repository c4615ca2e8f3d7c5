/**
 * What the tree of a run shows. Fed either with the records of a run that is going on (from-records.ts) or with the
 * API's objects (from-api.ts); drawn by tree.ts. Adding a task and changing a state cost the same however many tasks
 * there are, so that drawing never slows a large run down.
 */
import type { ErrorRecord, SourceLocation } from "../../protocol/errors.ts";
import { isTerminal, type StateType } from "../../protocol/states.ts";
import type { ShownState } from "./glyphs.ts";

export interface TaskNode {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly flowRunId: string;
  readonly mapIndex?: number;
  readonly source?: SourceLocation;
  readonly retries: number;
  childFlowRunId?: string;
  state: ShownState;
  /** What the state says beyond its name: what it waits for, why it was skipped. */
  message?: string;
  attempt: number;
  startedAt?: number;
  endedAt?: number;
  /** When a retry or a sleep is due. */
  dueAt?: number;
  error?: ErrorRecord;
  /** Given back by a resume without running. */
  kept: boolean;
  readonly bucket: Bucket;
  /** Tasks called by this task. */
  readonly children: Branch;
}

/** Calls of one task from one place: the items of a map, or the rounds of a loop. */
export interface Bucket {
  readonly key: string;
  readonly label: string;
  readonly isMap: boolean;
  /** Number of items when a map told it. */
  size: number;
  readonly members: TaskNode[];
  readonly counts: Map<StateType, number>;
  readonly active: Set<TaskNode>;
  readonly failed: TaskNode[];
  kept: number;
  cached: number;
  collapsed: boolean;
}

/** Children in the order of their first appearance; a collapsed bucket stands for all of its members. */
export interface Branch {
  readonly entries: (TaskNode | Bucket)[];
  readonly buckets: Map<string, Bucket>;
}

export interface FlowNode {
  readonly id: string;
  name: string;
  flowName: string;
  state: ShownState;
  message?: string;
  runCount: number;
  /** The task run that stands for this subflow in its parent. */
  parentTaskRunId?: string;
  startedAt?: number;
  endedAt?: number;
  error?: ErrorRecord;
  readonly children: Branch;
  readonly progress: Map<string, Progress>;
}

export interface Progress {
  readonly label: string;
  /** 0 to 1. */
  readonly fraction: number;
}

export interface RunModel {
  root: FlowNode | undefined;
  readonly flows: Map<string, FlowNode>;
  readonly tasks: Map<string, TaskNode>;
  /** Loops of more calls than this become one line. */
  readonly collapseAbove: number;
  /** Maps are one line from this many items on. */
  readonly collapseMapsFrom: number;
}

export interface NewTask {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly flowRunId: string;
  readonly parentTaskRunId?: string | undefined;
  readonly map?: { readonly id: string; readonly index: number; readonly size: number } | undefined;
  readonly source?: SourceLocation | undefined;
  readonly retries?: number | undefined;
  readonly childFlowRunId?: string | undefined;
  readonly state: ShownState;
}

export function makeModel(options: { collapseAbove?: number; collapseMapsFrom?: number } = {}): RunModel {
  return {
    root: undefined,
    flows: new Map(),
    tasks: new Map(),
    collapseAbove: options.collapseAbove ?? 6,
    collapseMapsFrom: options.collapseMapsFrom ?? 2,
  };
}

export function addFlow(model: RunModel, id: string, name: string, flowName: string, isRoot: boolean): FlowNode {
  const known = model.flows.get(id);
  if (known !== undefined) {
    known.name = name;
    known.flowName = flowName;
    return known;
  }
  const flow: FlowNode = {
    id,
    name,
    flowName,
    state: { type: "PENDING", name: "Pending" },
    runCount: 0,
    children: { entries: [], buckets: new Map() },
    progress: new Map(),
  };
  model.flows.set(id, flow);
  if (isRoot) model.root = flow;
  return flow;
}

export function addTask(model: RunModel, task: NewTask): TaskNode {
  const known = model.tasks.get(task.id);
  if (known !== undefined) {
    setTaskState(known, task.state);
    return known;
  }
  const parent = task.parentTaskRunId === undefined ? undefined : model.tasks.get(task.parentTaskRunId);
  const branch = parent?.children ?? model.flows.get(task.flowRunId)?.children ?? model.root?.children;
  const bucket = bucketFor(branch ?? { entries: [], buckets: new Map() }, task);
  const node: TaskNode = {
    id: task.id,
    name: task.name,
    key: task.key,
    flowRunId: task.flowRunId,
    ...(task.map === undefined ? {} : { mapIndex: task.map.index }),
    ...(task.source === undefined ? {} : { source: task.source }),
    ...(task.childFlowRunId === undefined ? {} : { childFlowRunId: task.childFlowRunId }),
    retries: task.retries ?? 0,
    state: task.state,
    attempt: 0,
    kept: false,
    bucket,
    children: { entries: [], buckets: new Map() },
  };
  model.tasks.set(task.id, node);
  bucket.members.push(node);
  count(bucket, task.state.type, 1);
  track(node);
  if (task.map !== undefined) bucket.size = Math.max(bucket.size, task.map.size);
  if (branch !== undefined) place(model, branch, bucket, node);
  return node;
}

function bucketFor(branch: Branch, task: NewTask): Bucket {
  const key = task.map === undefined ? `task ${task.key}` : `map ${task.map.id}`;
  const known = branch.buckets.get(key);
  if (known !== undefined) return known;
  const bucket: Bucket = {
    key,
    label: task.key,
    isMap: task.map !== undefined,
    size: 0,
    members: [],
    counts: new Map(),
    active: new Set(),
    failed: [],
    kept: 0,
    cached: 0,
    collapsed: false,
  };
  branch.buckets.set(key, bucket);
  return bucket;
}

function place(model: RunModel, branch: Branch, bucket: Bucket, node: TaskNode): void {
  if (bucket.collapsed) return;
  const many = bucket.isMap
    ? Math.max(bucket.size, bucket.members.length) >= model.collapseMapsFrom
    : bucket.members.length > model.collapseAbove;
  if (!many) {
    branch.entries.push(node);
    return;
  }
  bucket.collapsed = true;
  const members = new Set<TaskNode | Bucket>(bucket.members);
  const at = branch.entries.findIndex((entry) => members.has(entry));
  const others = branch.entries.filter((entry) => !members.has(entry));
  others.splice(at < 0 ? others.length : at, 0, bucket);
  branch.entries.splice(0, branch.entries.length, ...others);
}

/** When a run has ended, nothing in it runs any more: what its process left open ended with it. */
export function settleUnfinished(model: RunModel, root: FlowNode): void {
  const type = root.state.type === "CANCELLED" ? ("CANCELLED" as const) : ("CRASHED" as const);
  const state: ShownState = { type, name: type === "CANCELLED" ? "Cancelled" : "Crashed" };
  for (const node of [...model.tasks.values(), ...model.flows.values()]) {
    if (isTerminal(node.state.type)) continue;
    if (node.startedAt !== undefined && root.endedAt !== undefined) node.endedAt ??= root.endedAt;
    if ("bucket" in node) setTaskState(node, state);
    else node.state = state;
  }
}

export function setTaskState(node: TaskNode, state: ShownState): void {
  if (node.state.type !== state.type) {
    count(node.bucket, node.state.type, -1);
    count(node.bucket, state.type, 1);
  }
  if (state.name === "Cached" && node.state.name !== "Cached") node.bucket.cached++;
  node.state = state;
  track(node);
}

export function markKept(node: TaskNode): void {
  if (node.kept) return;
  node.kept = true;
  node.bucket.kept++;
}

function track(node: TaskNode): void {
  const { bucket, state } = node;
  if (isTerminal(state.type)) bucket.active.delete(node);
  else bucket.active.add(node);
  const at = bucket.failed.indexOf(node);
  if (state.type === "FAILED" || state.type === "CRASHED") {
    // A map of which everything fails needs no list of everything.
    if (at < 0 && bucket.failed.length < 100) bucket.failed.push(node);
  } else if (at >= 0) bucket.failed.splice(at, 1);
}

function count(bucket: Bucket, type: StateType, change: number): void {
  bucket.counts.set(type, (bucket.counts.get(type) ?? 0) + change);
}

export function isBucket(entry: TaskNode | Bucket): entry is Bucket {
  return "members" in entry;
}
