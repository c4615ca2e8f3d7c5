/** Lines of the Runs tree: a run, its task runs, mapped tasks as one line. */

import type { FlowRun, TaskRun } from "../../runtime/protocol/api.ts";
import { formatDuration } from "../../runtime/protocol/durations.ts";
import { formatCount, formatMoment, formatPlural, formatRelative } from "../../runtime/protocol/formats.ts";
import { stateOrder } from "../../runtime/protocol/state-look.ts";
import { isTerminal, type StateType } from "../../runtime/protocol/states.ts";
import type { ItemWord } from "../context.ts";
import { tellApart } from "../paths.ts";
import { joined, stateIcon, stateWord, type Tooltip, type TreeNode } from "./node.ts";

/** Lines under one line; the run's page shows all. */
export const childLimit = 100;

/** @param where tells its flow from others of that name */
export function runNode(run: FlowRun, now: number, where?: string): TreeNode {
  const state = stateWord(run.state_type, run.state_name);
  const ended = isTerminal(run.state_type);
  const duration = ended && run.start_time !== null ? formatDuration(run.total_run_time * 1000) : undefined;
  const progress = ended ? undefined : taskProgress(run);
  const when = ended ? age(Date.parse(run.end_time ?? run.created), now) : undefined;
  return {
    id: run.id,
    run_id: run.id,
    label: run.name,
    description: joined(run.flow_name, where, isWaiting(run.state_type) ? state : undefined, progress, duration, when),
    tooltip: runTooltip(run, state),
    icon: stateIcon(run.state_type, run.state_name),
    words: runWords(run),
    opens: "closed",
    click: { kind: "run", run_id: run.id },
    says: [
      `Run ${run.name} of ${run.flow_name}${where === undefined ? "" : ` in ${where}`}`,
      state,
      progress,
      duration,
      when,
    ]
      .filter(Boolean)
      .join(", "),
  };
}

/** Of runs whose flows have one name and lie in several files: what tells the files apart. By file. */
export function placesOf(runs: readonly FlowRun[]): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const ofName of Map.groupBy(runs, (run) => run.flow_name).values()) {
    const files = [...new Set(ofName.map((run) => run.flow_file))];
    if (files.length > 1) for (const [file, place] of tellApart(files)) places.set(file, place);
  }
  return places;
}

/** In whole minutes: a list in which seconds count draws the eye for nothing. */
function age(time: number, now: number): string {
  return now - time < 60_000 ? "just now" : formatRelative(time, now);
}

/** States that the eye does not tell from the icon alone. */
function isWaiting(type: StateType): boolean {
  return type === "PAUSED" || type === "SCHEDULED" || type === "PENDING" || type === "CANCELLING";
}

/** "3 done" of a live run: nobody knows how many will come. */
function taskProgress({ task_run_counts: counts }: FlowRun): string | undefined {
  const ended = sum([counts.COMPLETED, counts.FAILED, counts.CRASHED, counts.CANCELLED].map((count) => count ?? 0));
  return ended === 0 ? undefined : `${formatCount(ended)} done`;
}

function runWords(run: FlowRun): readonly ItemWord[] {
  const type = run.state_type;
  const words: ItemWord[] = ["run", isTerminal(type) ? "ended" : "live"];
  if (!isTerminal(type) && type !== "CANCELLING") words.push("cancellable");
  if (type === "FAILED" || type === "CRASHED" || type === "CANCELLED") words.push("resumable");
  if (type === "PAUSED") words.push("paused");
  if (run.error !== null) words.push("failed");
  if (run.flow_file !== "") words.push("source");
  return words;
}

function runTooltip(run: FlowRun, state: string): Tooltip {
  const lines: [string, string][] = [["Flow", run.flow_name]];
  // An error is told below, with its name.
  lines.push(["State", joined(state, run.error === null ? (run.state.message ?? undefined) : undefined)]);
  if (run.start_time !== null) lines.push(["Started", formatMoment(Date.parse(run.start_time))]);
  if (run.end_time !== null) lines.push(["Took", formatDuration(run.total_run_time * 1000)]);
  if (run.run_count > 1) lines.push(["Executed", formatPlural(run.run_count, "time")]);
  const counts = stateCounts(run.task_run_counts);
  if (counts !== "") lines.push(["Tasks", counts]);
  lines.push(["File", run.flow_file]);
  return {
    title: run.name,
    icon: iconName(run.state_type, run.state_name),
    lines: lines.filter(([, value]) => value !== ""),
    ...(run.error === null ? {} : { note: `${run.error.name}: ${run.error.message}` }),
  };
}

/** What a run did, in the order in which it began; what a later call replaced is history and left out. */
export function taskNodes(run: FlowRun, tasks: readonly TaskRun[]): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  const maps = new Map<string, TaskRun[]>();
  const calls = new Map<string, number>();
  for (const { task_key: key } of tasks) calls.set(key, (calls.get(key) ?? 0) + 1);
  for (const task of tasks) {
    if (task.superseded === true || task.parent_task_run_id !== null) continue;
    const items = task.map_id === null ? undefined : maps.get(task.map_id);
    if (items !== undefined) items.push(task);
    else if (task.map_id === null) {
      const label = calls.get(task.task_key) === 1 ? usualName(task) : task.name;
      nodes.push(taskNode(run, task, label));
    } else {
      maps.set(task.map_id, [task]);
      // Stands where its first item began; filled in when all are known.
      nodes.push({ ...taskNode(run, task, task.name), id: groupId(run, task.map_id) });
    }
  }
  const filled = nodes.map((node) => {
    const items = maps.get(node.id.slice(groupPrefix(run).length));
    return node.id.startsWith(groupPrefix(run)) && items !== undefined ? groupNode(run, items) : node;
  });
  return limited(filled, run);
}

const groupPrefix = (run: FlowRun) => `${run.id} map `;
const groupId = (run: FlowRun, mapId: string) => `${groupPrefix(run)}${mapId}`;

/** "fetch" for the call "fetch-0" of it. */
function usualName({ name, dynamic_key: key }: TaskRun): string {
  return name.endsWith(`-${key}`) ? name.slice(0, -key.length - 1) : name;
}

function taskNode(run: FlowRun, task: TaskRun, label: string): TreeNode {
  const state = stateWord(task.state_type, task.state_name);
  const ended = isTerminal(task.state_type);
  const duration = ended && task.start_time !== null ? formatDuration(task.total_run_time * 1000) : undefined;
  const attempts = task.run_count > 1 ? `attempt ${task.run_count}` : undefined;
  const words: ItemWord[] = ["taskRun", ended ? "ended" : "live"];
  if (task.error !== null) words.push("failed");
  if (task.source !== null) words.push("source");
  const message = task.error === null ? (task.state.message ?? undefined) : undefined;
  const lines: [string, string][] = [["State", joined(state, message)]];
  if (task.start_time !== null) lines.push(["Started", formatMoment(Date.parse(task.start_time))]);
  if (duration !== undefined) lines.push(["Took", duration]);
  if (task.run_count > 1) lines.push(["Attempts", formatCount(task.run_count)]);
  if (task.source !== null) lines.push(["Called at", `${task.source.file}:${task.source.line}`]);
  return {
    // Ids of task runs are unique; the run's id keeps them apart from it.
    id: `${run.id} ${task.id}`,
    run_id: run.id,
    task_run_id: task.id,
    label,
    description: joined(
      ended || task.state_type === "RUNNING" ? undefined : state,
      task.state_name === "Cached" || task.state_name === "Skipped" ? state.toLowerCase() : undefined,
      duration,
      attempts,
    ),
    tooltip: {
      title: label,
      icon: iconName(task.state_type, task.state_name),
      lines,
      ...(task.error === null ? {} : { note: `${task.error.name}: ${task.error.message}` }),
    },
    icon: stateIcon(task.state_type, task.state_name),
    words,
    opens: "never",
    click: { kind: "run", run_id: run.id, task_run_id: task.id },
    says: [`Task ${label}`, state, duration, attempts].filter(Boolean).join(", "),
  };
}

/** All items of one `task.map(…)`; those that need a look come first. */
function groupNode(run: FlowRun, items: readonly TaskRun[]): TreeNode {
  const counts: Partial<Record<StateType, number>> = {};
  for (const { state_type: type } of items) counts[type] = (counts[type] ?? 0) + 1;
  const decisive = worst(items);
  const [first] = items;
  const name = first === undefined ? "" : usualName(first);
  const size = Math.max(items.length, first?.map_size ?? 0);
  const told = joined(
    stateCounts(counts),
    size > items.length ? `${formatCount(size - items.length)} to come` : undefined,
  );
  const sorted = [...items].sort(
    (one, other) => rank(one.state_type) - rank(other.state_type) || (one.map_index ?? 0) - (other.map_index ?? 0),
  );
  return {
    id: groupId(run, items[0]?.map_id ?? ""),
    run_id: run.id,
    label: `${name} ×${formatCount(size)}`,
    description: told,
    tooltip: {
      title: `${name} ×${formatCount(size)}`,
      icon: iconName(decisive.state_type, decisive.state_name),
      lines: [["Items", told]],
    },
    icon: stateIcon(decisive.state_type, decisive.state_name),
    words: [],
    opens: "closed",
    says: `Mapped task ${name}, ${formatPlural(size, "item")}, ${told}`,
    children: limited(
      sorted.map((task) => taskNode(run, task, `${usualName(task)}[${task.map_index ?? 0}]`)),
      run,
      `${run.id} map ${items[0]?.map_id ?? ""}`,
    ),
  };
}

function worst(items: readonly TaskRun[]): Pick<TaskRun, "state_type" | "state_name"> {
  const [first] = [...items].sort((one, other) => rank(one.state_type) - rank(other.state_type));
  return first ?? { state_type: "PENDING", state_name: "Pending" };
}

function rank(type: StateType): number {
  return stateOrder.indexOf(type);
}

/** "480 completed · 3 failed", in the order of what happened most often last. */
export function stateCounts(counts: Readonly<Partial<Record<StateType, number>>>): string {
  const done = counts.COMPLETED ?? 0;
  const others = stateOrder.filter((type) => type !== "COMPLETED" && (counts[type] ?? 0) > 0);
  return joined(
    done > 0 ? `${formatCount(done)} completed` : undefined,
    ...others.map((type) => `${formatCount(counts[type] ?? 0)} ${type.toLowerCase()}`),
  );
}

function limited(nodes: readonly TreeNode[], run: FlowRun, parentId: string = run.id): readonly TreeNode[] {
  if (nodes.length <= childLimit) return nodes;
  const rest = nodes.length - childLimit;
  return [
    ...nodes.slice(0, childLimit),
    {
      id: `${parentId} more`,
      run_id: run.id,
      label: "Show all on the run page",
      description: `${formatCount(rest)} more`,
      icon: { kind: "codicon", name: "ellipsis" },
      words: [],
      opens: "never",
      click: { kind: "run", run_id: run.id },
      says: `Show all on the run page, ${formatCount(rest)} more`,
    },
  ];
}

function iconName(type: FlowRun["state_type"], name: FlowRun["state_name"]): string {
  const icon = stateIcon(type, name);
  return icon.kind === "codicon" ? icon.name : "";
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
